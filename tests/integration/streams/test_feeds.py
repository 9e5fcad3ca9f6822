"""The Faust feeds on a real broker and a real PostgreSQL: whatever ends the process, no event is lost."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any, LiteralString

import orjson
import psycopg
import pytest
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer

from adjudication.model.vocabulary import ClaimId
from contracts.events.dead_letters import DeadLettered
from contracts.events.topics import (
    AUTHORIZATIONS_CHANGED,
    CLAIMS_SUBMITTED,
    COVERAGE_CHANGED,
    PROVIDERS_CHANGED,
    TOPICS,
)
from rulebook.library import default_policies_dir, load_reference
from storage.outbox.queue import unpack
from streams.feeds.faust_app import FeedOptions, Feeds
from streams.feeds.projection import Projection
from streams.feeds.releases import FeedReleases
from streams.kafka.records import Record
from tests.builders.events import CENTER, a_coverage_event, a_provider_event, an_authorization_event
from tests.builders.servers.kafka import KafkaServer, eventually
from tests.builders.streams.ports import RecordingFeedStore, RecordingOffice, RecordingResumer
from tests.builders.streams.running import Child, running

pytestmark = pytest.mark.servers
SHIPPED = load_reference(default_policies_dir())
POISON = b"\xffno feed event"
PROCESS = "tests.builders.streams.feed_process"
FEEDS = tuple(topic.name for topic in TOPICS if topic.incoming and topic.name != CLAIMS_SUBMITTED)


class Bench:
    """One consumer group over one database, its processes run one after the other."""

    def __init__(self, kafka: KafkaServer, group: str, dsn: str, folder: Path) -> None:
        self.kafka, self.group, self.dsn, self.folder = kafka, group, dsn, folder
        self.outage = folder / "outage"
        self._runs = 0

    def process(self) -> Child:
        self._runs += 1
        arguments = (self.kafka.bootstrap, self.dsn, self.group, str(self.folder))
        return Child(PROCESS, *arguments, log=self.folder / f"run-{self._runs}.log")

    async def send_spans(self, first: int, count: int) -> None:
        values = [orjson.dumps(a_coverage_event(f"SYN-COV-{n}")) for n in range(first, first + count)]
        for number, value in enumerate(values):
            await self.kafka.send(COVERAGE_CHANGED, [value], partition=number % 3)

    def spans(self) -> set[str]:
        return {row[0] for row in self._query("SELECT coverage_id FROM coverage")}

    def headers(self) -> list[tuple[str, str | None]]:
        """The headers of every queued dead letter, values in base64."""
        return [(each.name, each.value_base64) for letter in self._letters() for each in letter.data.headers or ()]

    def letters(self) -> list[bytes]:
        """The original bytes of every queued dead letter."""
        return [base64.b64decode(letter.data.value_base64 or "") for letter in self._letters()]

    def _letters(self) -> list[DeadLettered]:
        messages = [message for (packed,) in self._query("SELECT messages FROM outbox") for message in unpack(packed)]
        return [DeadLettered.model_validate_json(message.value or b"") for message in messages]

    def _query(self, query: LiteralString) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.dsn) as connection:
            return connection.execute(query).fetchall()

    async def everything_is_acknowledged(self) -> None:
        async def nothing_left() -> bool:
            topics = (COVERAGE_CHANGED, AUTHORIZATIONS_CHANGED, PROVIDERS_CHANGED)
            return sum([await self.kafka.uncommitted(self.group, topic) for topic in topics]) == 0

        await eventually(nothing_left, "not everything was acknowledged")


@pytest.fixture
async def bench(kafka: KafkaServer, database: str, tmp_path: Path) -> Bench:
    return Bench(kafka, await kafka.new_group(*FEEDS), database, tmp_path)  # other tests leave poison on every topic


def _expected(count: int) -> set[str]:
    return {f"SYN-COV-{n}" for n in range(count)}


async def test_poison_between_good_events_is_dead_lettered_and_the_process_ends_cleanly(bench: Bench) -> None:
    await bench.send_spans(0, 4)
    await bench.kafka.send(COVERAGE_CHANGED, [POISON, b""], partition=1, headers=(("traceparent", b"00-synthetic"),))
    await bench.send_spans(4, 4)
    await bench.kafka.send(AUTHORIZATIONS_CHANGED, [orjson.dumps(an_authorization_event())])
    await bench.kafka.send(PROVIDERS_CHANGED, [orjson.dumps(a_provider_event()), POISON])
    with bench.process() as child:
        await bench.everything_is_acknowledged()
        assert child.terminate() == 0
    assert bench.spans() == _expected(8)
    assert sorted(bench.letters()) == [b"", POISON, POISON]
    assert bench.headers() == [("traceparent", "MDAtc3ludGhldGlj")] * 2
    assert bench._query("SELECT npi, version FROM providers") == [(CENTER, 1)]
    assert bench._query("SELECT number FROM authorizations") == [("SYN-AUTH-1",)]


async def test_a_header_whose_name_is_no_text_neither_stops_the_feed_nor_harms_its_event(bench: Bench) -> None:
    values = [orjson.dumps(a_coverage_event("SYN-COV-0")), POISON, orjson.dumps(a_coverage_event("SYN-COV-1"))]
    await bench.kafka.send_headed(COVERAGE_CHANGED, values, b"\xff", partition=1)
    with bench.process() as child:
        await bench.everything_is_acknowledged()
        assert child.terminate() == 0
    assert bench.spans() == _expected(2)
    assert bench.headers() == [("\\xff", "MQ==")]


@pytest.mark.parametrize("end", ["kill", "terminate"])
async def test_a_process_that_ends_in_the_middle_of_an_outage_loses_no_event(bench: Bench, end: str) -> None:
    bench.outage.touch()
    await bench.send_spans(0, 6)
    await bench.kafka.send(COVERAGE_CHANGED, [POISON], partition=0)
    with bench.process() as child:
        await eventually(lambda: child.wrote("store-refused") >= 3, "the outage was not met")
        await bench.send_spans(6, 6)
        assert await bench.kafka.uncommitted(bench.group, COVERAGE_CHANGED) == 13
        if end == "kill":
            child.kill()
        else:
            assert child.terminate() == 0
    assert await bench.kafka.uncommitted(bench.group, COVERAGE_CHANGED) == 13
    bench.outage.unlink()
    with bench.process() as child:
        await bench.everything_is_acknowledged()
        child.terminate()
    assert bench.spans() == _expected(12)
    assert bench.letters() == [POISON]


async def test_a_process_killed_again_and_again_loses_no_event(bench: Bench) -> None:
    for start in range(0, 30, 10):
        await bench.send_spans(start, 10)
        with bench.process() as child:
            await eventually(lambda: child.wrote("store-applied") > 0, "nothing was applied")
            child.kill()
    with bench.process() as child:
        await bench.everything_is_acknowledged()
        child.terminate()
    assert bench.spans() == _expected(30)


async def test_an_outage_that_ends_is_survived_in_place(bench: Bench) -> None:
    bench.outage.touch()
    await bench.send_spans(0, 3)
    with bench.process() as child:
        await eventually(lambda: child.wrote("store-refused") >= 2, "the outage was not met")
        bench.outage.unlink()
        await bench.everything_is_acknowledged()
        child.terminate()
    assert bench.spans() == _expected(3)


async def test_a_coverage_event_wakes_the_claims_that_wait_for_eligibility_or_for_another_payer(
    bench: Bench, tmp_path: Path
) -> None:
    store, resumer = RecordingFeedStore(), RecordingResumer()
    member = a_coverage_event("SYN-COV-0")["data"]["member_id"]
    codes = ("P-ELIG", "P-COB", "P-AUTH", "P-DOC")
    store.waiting = {ClaimId(code): (member, code) for code in codes}
    options = FeedOptions(bench.kafka.connection, tmp_path / "faust", bench.group, session_seconds=6.0)

    async def loop(stop: asyncio.Event, ready: asyncio.Event) -> None:
        await Feeds(options, FeedReleases(store, resumer, SHIPPED), RecordingOffice(), stop).run(ready)

    async with running(loop):
        await bench.kafka.send(COVERAGE_CHANGED, [orjson.dumps(a_coverage_event("SYN-COV-0"))], partition=0)
        await eventually(lambda: len(resumer.notified) == 2, "the waiting claims were not notified")
    assert resumer.notified == [("P-ELIG", "coverage-changed"), ("P-COB", "coverage-changed")]


async def test_even_an_agent_that_raises_acknowledges_nothing_that_was_not_applied(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A defect of our own: Faust takes the event for done and goes on, but its offset is never committed."""
    store = RecordingFeedStore()
    failed: list[int] = []
    original = Projection.apply

    async def defective(self: Projection[Any], records: Sequence[Record]) -> None:
        if not failed:
            failed.append(records[-1].offset)
            raise ZeroDivisionError
        await original(self, records)

    options = FeedOptions(bench.kafka.connection, tmp_path / "faust", bench.group, session_seconds=6.0)

    async def loop(stop: asyncio.Event, ready: asyncio.Event) -> None:
        await Feeds(options, FeedReleases(store, RecordingResumer(), SHIPPED), RecordingOffice(), stop).run(ready)

    monkeypatch.setattr(Projection, "apply", defective)
    async with running(loop):
        await bench.kafka.send(COVERAGE_CHANGED, [orjson.dumps(a_coverage_event("SYN-COV-0"))], partition=0)
        await eventually(lambda: bool(failed), "the defect was not met")
        await bench.kafka.send(COVERAGE_CHANGED, [orjson.dumps(a_coverage_event("SYN-COV-1"))], partition=0)
        await eventually(lambda: "SYN-COV-1" in store.versions, "the agent did not go on")
        await asyncio.sleep(2.5)  # two commit intervals: time to do the wrong thing
    assert "SYN-COV-0" not in store.versions
    assert await bench.kafka.uncommitted(bench.group, COVERAGE_CHANGED) == 2
    async with running(loop):
        await bench.everything_is_acknowledged()
    assert set(store.versions) == {"SYN-COV-0", "SYN-COV-1"}


def test_faust_still_has_the_methods_that_are_replaced() -> None:
    owners = [vars(each) for each in Consumer.__mro__]
    replaced = (
        "force_commit", "_commit", "_wait_next_records", "_to_message", "perform_seek", "on_partitions_revoked",
        "_new_consumer_thread",
    )  # fmt: skip
    assert [name for name in replaced if not any(name in owner for owner in owners)] == []
    assert "_create_worker_consumer" in vars(AIOKafkaConsumerThread)
