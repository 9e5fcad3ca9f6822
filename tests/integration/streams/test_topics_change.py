"""Topics that are deleted, created again or given partitions while intake and the feeds read them: nothing stays unread."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import orjson
import pytest

from adjudication.model.reference import ReferenceData
from streams.kafka import reading
from streams.kafka.topic_identity import describe_topics
from tests.builders.servers.kafka import KafkaServer, eventually
from tests.builders.streams.edge_bench import INBOUND, EdgeBench, name_of
from tests.builders.streams.fuzz import EVENTS, PARTITIONS

pytestmark = pytest.mark.servers
BEFORE, AFTER = 2, 5
Names = Mapping[str, set[str]]


@pytest.fixture
async def bench(
    kafka: KafkaServer, database: str, reference: ReferenceData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[EdgeBench]:
    """The processes look at their topics often; the topics are those of before when the test is over."""
    monkeypatch.setattr(reading, "LOOKS_EVERY_SECONDS", 0.3)
    async with EdgeBench.on(kafka, database, reference, tmp_path) as bench:
        yield bench
    await kafka.recreate(*INBOUND)


async def _send(bench: EdgeBench, words: str, count: int, claims: Sequence[str], *, place: int = 0) -> Names:
    """Send so many good events to each topic; return what names them. `place`: the partition, counted behind the last for -1."""
    sent = {}
    for topic in INBOUND:
        first = sum(words.encode()) * 10
        events = [EVENTS[topic](f"{words}-{n}", first + n, claims) for n in range(count)]
        partition = PARTITIONS[topic] if place < 0 else place
        await bench.kafka.send(topic, [orjson.dumps(each) for each in events], partition=partition)
        sent[topic] = {name_of(topic, each) for each in events}
    return sent


async def _stored(bench: EdgeBench, sent: Names) -> bool:
    return all([sent[topic] <= await bench.names(topic) for topic in INBOUND])


async def test_topics_that_are_created_again_are_read_from_their_first_record_by_running_processes(
    bench: EdgeBench,
) -> None:
    """The offset at which a process stands lies in the middle of the new topic, where Kafka itself sees nothing wrong."""
    claims = await bench.denied_claims(1)
    async with bench.processes():
        first = await _send(bench, "before", BEFORE, claims)
        await eventually(lambda: _stored(bench, first), "the topics were not read")
        was = await describe_topics(bench.kafka.connection, INBOUND)
        await bench.kafka.recreate(*INBOUND)
        now = await describe_topics(bench.kafka.connection, INBOUND)
        assert not {each.topic_id for each in was.values()} & {each.topic_id for each in now.values()}
        again = await _send(bench, "again", AFTER, claims)
        await eventually(lambda: _stored(bench, again), "topics that were created again are not read")


async def _all_are_missed(bench: EdgeBench) -> None:
    for topic in INBOUND:
        await eventually(lambda topic=topic: topic in bench.waits, f"no person says that {topic} is missing")  # type: ignore[misc]


async def test_topics_that_are_gone_are_waited_for_and_read_when_they_are_there_again(bench: EdgeBench) -> None:
    claims = await bench.denied_claims(1)
    async with bench.processes():
        await bench.kafka.delete(*INBOUND)
        await _all_are_missed(bench)
        await bench.kafka.create()
        sent = await _send(bench, "back", AFTER, claims)
        await eventually(lambda: _stored(bench, sent), "topics that were gone are not read")
        assert not bench.waits.strip()


async def test_topics_that_are_missing_at_the_start_are_waited_for_and_read(bench: EdgeBench) -> None:
    claims = await bench.denied_claims(1)
    await bench.kafka.delete(*INBOUND)
    stop, ready = asyncio.Event(), [asyncio.Event(), asyncio.Event()]
    starting = asyncio.gather(bench.intake(stop, ready[0]), bench.feeds(stop, ready[1]))
    try:
        await _all_are_missed(bench)
        assert [each.is_set() for each in ready] == [False, False]
        await bench.kafka.create()
        sent = await _send(bench, "late", AFTER, claims)
        await eventually(lambda: _stored(bench, sent), "topics that were missing at the start are not read")
        assert [each.is_set() for each in ready] == [True, True]
    finally:
        stop.set()
        await starting


async def test_partitions_that_are_added_are_read_by_running_processes(bench: EdgeBench) -> None:
    claims = await bench.denied_claims(1)
    async with bench.processes():
        await bench.kafka.add_partition(*INBOUND)
        sent = await _send(bench, "added", AFTER, claims, place=-1)
        await eventually(lambda: _stored(bench, sent), "partitions that were added are not read")
