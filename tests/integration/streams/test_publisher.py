"""The publisher between a real PostgreSQL outbox and a real broker."""

from __future__ import annotations

import asyncio
import base64
import os
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.events.dead_letters import DeadLettered
from contracts.events.outgoing import OutgoingMessage
from contracts.events.topics import CLAIMS_STATUS, CLAIMS_SUBMITTED, DEAD_LETTER, DETERMINATIONS, LARGEST_INCOMING
from storage.outbox.queue import PostgresOutbox
from streams.kafka import trouble
from streams.outbox import publisher as publisher_module
from streams.outbox.publisher import Publisher, PublisherOptions
from tests.builders.servers.kafka import KafkaServer, eventually
from tests.builders.streams.intake_bench import Bench
from tests.builders.streams.running import Child, running

pytestmark = pytest.mark.servers


class OutboxBench:
    """An outbox and publishers of it."""

    def __init__(self, kafka: KafkaServer, engine: AsyncEngine, dsn: str) -> None:
        self.kafka, self._engine, self._dsn = kafka, engine, dsn
        self.outbox = PostgresOutbox(engine, dsn)

    def publisher(self) -> Publisher:
        """A publisher with its own connections, as a process would have."""
        options = PublisherOptions(self.kafka.connection, entries_per_turn=3, standby_seconds=0.1)
        return Publisher(options, PostgresOutbox(self._engine, self._dsn))

    async def unpublished(self) -> int:
        async with self._engine.connect() as connection:
            found = await connection.scalar(text("SELECT count(*) FROM outbox WHERE published_at IS NULL"))
        return int(found or 0)

    async def in_trace(self, traceparent: str) -> None:
        """Have every row that waits belong to a trace."""
        async with self._engine.begin() as connection:
            await connection.execute(text("UPDATE outbox SET traceparent = :span"), {"span": traceparent})

    async def everything_is_published(self) -> None:
        async def nothing_left() -> bool:
            return await self.unpublished() == 0

        await eventually(nothing_left, "not everything was published")


@pytest.fixture
def bench(kafka: KafkaServer, engine: AsyncEngine, database: str) -> OutboxBench:
    return OutboxBench(kafka, engine, database)


def _messages(count: int, topic: str = CLAIMS_STATUS, keys: int = 5) -> list[OutgoingMessage]:
    return [OutgoingMessage(topic, f"claim-{n % keys}", f"event-{n}", b'{"synthetic":%d}' % n) for n in range(count)]


async def _queue_singly(bench: OutboxBench, messages: Sequence[OutgoingMessage]) -> None:
    for message in messages:
        await bench.outbox.queue([message])


async def test_messages_arrive_byte_for_byte_in_order_per_key_with_their_ids(bench: OutboxBench) -> None:
    since = await bench.kafka.ends(CLAIMS_STATUS)
    messages = _messages(50)
    await bench.outbox.queue(messages[:20])
    await _queue_singly(bench, messages[20:])
    async with running(bench.publisher().run):
        await bench.everything_is_published()
    records = await bench.kafka.read(CLAIMS_STATUS, since, 50)
    by_key: dict[str, list[tuple[bytes, bytes]]] = defaultdict(list)
    for record in records:
        headers = dict(record.headers)
        assert headers["content-type"] == b"application/cloudevents+json"
        by_key[record.key.decode()].append((headers["ce_id"], record.value))
    expected: dict[str, list[tuple[bytes, bytes]]] = defaultdict(list)
    for message in messages:
        expected[message.key].append((message.event_id.encode(), message.value))
    assert by_key == expected


async def test_what_a_killed_publisher_had_sent_is_sent_again_byte_identical(
    bench: OutboxBench, database: str, tmp_path: Path
) -> None:
    since = await bench.kafka.ends(DETERMINATIONS)
    await bench.outbox.queue(_messages(4, DETERMINATIONS, keys=1))
    arguments = (bench.kafka.bootstrap, database)
    with Child("tests.builders.streams.publisher_process", *arguments, log=tmp_path / "log") as child:
        await eventually(lambda: child.wrote("sent") > 0, "the publisher sent nothing")
        child.kill()
    assert await bench.unpublished() == 1
    async with running(bench.publisher().run):
        await bench.everything_is_published()
    records = await bench.kafka.read(DETERMINATIONS, since, 8)
    sent = [(record.key, record.value, record.headers) for record in records]
    assert sent[:4] == sent[4:]


async def test_three_publishers_come_and_go_and_each_event_arrives_once_and_in_order(bench: OutboxBench) -> None:
    """Shares change hands while events wait; the order of a claim holds across them."""
    since = await bench.kafka.ends(CLAIMS_STATUS)
    publishers = [bench.publisher() for _ in range(3)]

    async def shared() -> bool:
        return all(len(each.shards) >= 2 for each in publishers)

    async with running(publishers[0].run):
        await _queue_singly(bench, _messages(60, keys=30))
        async with running(publishers[1].run), running(publishers[2].run):
            await eventually(shared, "the shards were not shared")
            await _queue_singly(bench, _messages(120, keys=30)[60:])
        await _queue_singly(bench, _messages(180, keys=30)[120:])
        await bench.everything_is_published()
    records = await bench.kafka.read(CLAIMS_STATUS, since, 180)
    arrived: dict[str, list[str]] = defaultdict(list)
    for record in records:
        arrived[record.key.decode()].append(dict(record.headers)["ce_id"].decode())
    expected: dict[str, list[str]] = defaultdict(list)
    for message in _messages(180, keys=30):
        expected[message.key].append(message.event_id)
    assert arrived == expected


async def test_an_event_names_the_span_that_committed_it_where_publishers_make_no_spans(bench: OutboxBench) -> None:
    since = await bench.kafka.ends(CLAIMS_STATUS)
    await bench.outbox.queue(_messages(1))
    await bench.in_trace("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    await bench.outbox.queue(_messages(2)[1:])
    async with running(bench.publisher().run):
        await bench.everything_is_published()
    headers = [dict(record.headers) for record in await bench.kafka.read(CLAIMS_STATUS, since, 2)]
    assert sorted(each.get("traceparent", b"") for each in headers) == [
        b"",
        b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    ]


async def test_a_broker_that_is_killed_and_comes_back_drops_nothing(bench: OutboxBench) -> None:
    since = await bench.kafka.ends(CLAIMS_STATUS)
    async with running(bench.publisher().run):
        await bench.outbox.queue(_messages(3))
        await bench.everything_is_published()
        await asyncio.to_thread(bench.kafka.stack.kill, "kafka")
        await bench.outbox.queue(_messages(6)[3:])
        await asyncio.sleep(1)
        await asyncio.to_thread(bench.kafka.stack.start, "kafka", lambda _name, _what: None)
        await bench.everything_is_published()
    records = await bench.kafka.read(CLAIMS_STATUS, since, 6)
    assert {record.value for record in records} == {message.value for message in _messages(6)}


async def test_a_standing_outage_is_met_with_ever_longer_waits(
    bench: OutboxBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts: list[int] = []

    def recorded(attempt: int) -> float:
        attempts.append(attempt)
        return 0.001

    async def broken(*_: object) -> None:
        raise ConnectionError("synthetic outage")

    monkeypatch.setattr(publisher_module, "delay_seconds", recorded)
    monkeypatch.setattr(PostgresOutbox, "pending", broken)
    async with running(bench.publisher().run):
        await eventually(lambda: len(attempts) >= 4, "the outage was not met")
        assert any(each.startswith("publish: ") for each in trouble.lasting(time.time() + 1000))
    assert attempts[:4] == [0, 1, 2, 3]
    assert trouble.lasting(time.time() + 1000) == (), "a publisher that ended is in no trouble"


async def test_the_largest_poison_fits_into_its_dead_letter(bench: OutboxBench) -> None:
    """Base64 makes the letter larger than the original; one that did not fit would hold back the whole outbox."""
    poison = os.urandom(LARGEST_INCOMING - 2000)
    since = await bench.kafka.ends(DEAD_LETTER)
    intake = Bench(bench.kafka, await bench.kafka.new_group(CLAIMS_SUBMITTED))
    await bench.kafka.send(CLAIMS_SUBMITTED, [poison])
    async with running(intake.intake().run):
        await intake.everything_is_acknowledged()
    await bench.outbox.queue(intake.ledger.messages)
    async with running(bench.publisher().run):
        await bench.everything_is_published()
    (record,) = await bench.kafka.read(DEAD_LETTER, since, 1)
    letter = DeadLettered.model_validate_json(record.value)
    assert base64.b64decode(letter.data.value_base64 or "") == poison
