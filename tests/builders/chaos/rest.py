"""Whether the pipeline is at rest, and whether everything that was promised holds then."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.service import RPCError

from adjudication.model.vocabulary import ClaimId
from contracts.events.topics import AUDIT_HEADS, DETERMINATIONS
from contracts.ids import review_workflow_id
from deploy.local.pipeline import Pipeline
from runtime import wiring
from runtime.clients.topic_reader import OUTGOING
from runtime.console.kafka_lag import KafkaBroker, groups_of
from runtime.reconciliation.workflows import TemporalWorkflows
from runtime.recovery.topics import read_records, reader
from storage.audit import trail
from tests.builders.chaos.events import Sent
from tests.builders.chaos.timeline import Timeline
from tests.builders.pipeline.command_line import CommandLine

MAX_WAIT_SECONDS: Final = 300
RECONCILE_EACH_SECONDS: Final = 15
UNANSWERED: Final = "actions have no answer"
UNANSWERED_ON_APPEAL: Final = "actions on appeals have no answer"
UNSIGNED: Final = "published denials are not signed again"
_OPEN: Final = {
    "batches are not decided": "SELECT count(*) FROM batches WHERE finished_at IS NULL",
    "entries of the outbox are not published": "SELECT count(*) FROM outbox WHERE published_at IS NULL",
    UNANSWERED: """
        SELECT count(*) FROM review_actions a WHERE accepted IS NULL
        AND EXISTS (SELECT 1 FROM pends p WHERE p.claim_id = a.claim_id AND p.closed_at IS NULL)""",
    UNANSWERED_ON_APPEAL: """
        SELECT count(*) FROM appeal_actions JOIN appeals USING (appeal_id) WHERE accepted IS NULL AND NOT closed""",
    "claims wait for a coverage that is there": """
        SELECT count(DISTINCT p.claim_id) FROM pends p JOIN claims USING (claim_id) JOIN coverage USING (member_id)
        WHERE p.closed_at IS NULL AND p.code = 'P-ELIG'""",
    UNSIGNED: """
        SELECT count(*) FROM published_decisions p WHERE standing <> 'restored'
        AND NOT EXISTS (SELECT 1 FROM determinations d WHERE d.claim_id = p.claim_id AND d.version >= p.version)""",
}
_WAITING: Final = """
    SELECT p.claim_id::text, p.round, p.opened_at::text, p.read_at::text, v.coverage_id, v.version, v.changed_at::text, now()::text
    FROM pends p JOIN claims USING (claim_id) JOIN coverage v USING (member_id)
    WHERE p.closed_at IS NULL AND p.code = 'P-ELIG' LIMIT 20"""
_VERSIONS: Final = "SELECT claim_id::text, max(version) FROM determinations GROUP BY claim_id HAVING max(version) > 1"
_BY_THE_SAME: Final = """SELECT d.appeal_id::text FROM appeal_decisions d JOIN reviewer_signatures s USING (claim_id)
    WHERE s.action_id IS NOT NULL AND s.reviewer_id = d.person_id"""
_UNITS: Final = "SELECT sum(units), count(DISTINCT number) FROM authorization_uses WHERE released_at IS NULL"
_WITHHELD: Final = "SELECT event_id FROM withheld_events WHERE NOT differs"


class Promises:
    """Remembers what was published from one check to the next: no event id may ever stand for two contents."""

    def __init__(self, pipeline: Pipeline, claimwright: CommandLine, timeline: Timeline) -> None:
        self._pipeline, self._claimwright, self._timeline = pipeline, claimwright, timeline
        self._read: dict[TopicPartition, int] = {}
        self._published: dict[str, bytes] = {}
        self._decided: dict[tuple[str, int], str] = {}
        """Event id of the determination by claim and version."""

    def await_rest(self, sent: Sent, work: Callable[[], object]) -> None:
        """Return once nothing is open. `claimwright reconcile` is run now and then, and people send again what has no answer
        and sign published denials that lost their signature, as the runbook says."""
        began = reconciled = shown = time.monotonic()
        while left := asyncio.run(self._left(sent)):
            now = time.monotonic()
            if now - began >= MAX_WAIT_SECONDS:
                raise AssertionError(f"no rest after {MAX_WAIT_SECONDS} s: {left}; {asyncio.run(self._details())}")
            if now - shown > 4:
                shown = now
                self._timeline.progress(f"not at rest: {left}")
            # The reconciler is not ready while a published denial lacks its signature.
            if left.keys() & {UNSIGNED, UNANSWERED, UNANSWERED_ON_APPEAL, "reconciler"}:
                work()
            if now - reconciled > RECONCILE_EACH_SECONDS:
                said = self._claimwright("reconcile")
                if said.returncode != 0:
                    self._timeline.say(f"claimwright reconcile: {said.stdout}{said.stderr}")
                reconciled = time.monotonic()
            time.sleep(0.5)
        self._timeline.say(f"at rest after {time.monotonic() - began:.1f} s")

    def hold(self, sent: Sent, rulings: Mapping[str, int]) -> None:
        """Assert every promise of a pipeline at rest; `rulings`: how many decisions of appeals were sent, by claim."""
        for command in (("reconcile",), ("verify",), ("audit", "verify")):
            said = self._claimwright(*command)
            assert said.returncode == 0, f"claimwright {' '.join(command)}: {said.stdout}{said.stderr}"
        asyncio.run(self._read_published())
        asyncio.run(self._hold(sent, rulings))
        self._timeline.say(
            f"holds: {len(sent.claims)} claims, {len(self._decided)} decisions, {len(sent.appeals)} appeals, {sum(rulings.values())} "
            f"rulings, {sent.repeats} repeats"
        )

    def forget_positions(self) -> None:
        """Read the topics from their start next: they were created again."""
        self._read = {}

    async def _left(self, sent: Sent) -> Mapping[str, object]:
        """Return what is still open; a server that does not answer is open too."""
        if waiting := {part.name: part.state for part in self._pipeline.status() if not part.ready}:
            return waiting
        engine = wiring.database(self._pipeline.settings)
        try:
            async with engine.connect() as connection:
                counted = {name: await connection.scalar(text(query)) for name, query in _OPEN.items()}
            counted |= await self._unread()
            counted |= {
                f"{what} are not in the ledger": len(left) for what, left in (await _missing(engine, sent)).items()
            }
            if not any(counted.values()):
                counted["pended claims have no workflow"] = await self._without_workflow(engine)
        except (SQLAlchemyError, OSError, KafkaError, RPCError, RuntimeError) as error:
            return {"no answer": type(error).__name__}
        finally:
            await engine.dispose()
        return {name: count for name, count in counted.items() if count}

    async def _details(self) -> object:
        """Return which claims wait for a coverage that is there, with the times that decide whether they are tried again."""
        engine = wiring.database(self._pipeline.settings)
        try:
            return await _rows(engine, _WAITING)
        except (SQLAlchemyError, OSError) as error:
            return type(error).__name__
        finally:
            await engine.dispose()

    async def _unread(self) -> dict[str, int]:
        broker = KafkaBroker(wiring.kafka(self._pipeline.settings), groups_of(self._pipeline.settings))
        try:
            return {
                f"records of {topic.topic} are not read": sum(each.unread for each in topic.partitions)
                for topic in await broker.lags()
            }
        finally:
            await broker.close()

    async def _without_workflow(self, engine: AsyncEngine) -> int:
        pended = await _column(engine, "SELECT DISTINCT claim_id::text FROM pends WHERE closed_at IS NULL")
        workflows = TemporalWorkflows(await wiring.temporal(self._pipeline.settings))
        wanted = [review_workflow_id(ClaimId(claim)) for claim in pended]
        missing = 0
        for start in range(0, len(wanted), 200):
            some = wanted[start : start + 200]
            missing += len(some) - len(await workflows.running(some))
        return missing

    async def _read_published(self) -> None:
        """Read what is new on every outgoing topic."""
        topics = [topic for topic in OUTGOING if topic != AUDIT_HEADS]
        kafka = wiring.kafka(self._pipeline.settings)
        async with reader(kafka) as consumer:
            parts = await kafka.partitions(consumer, topics)
            ends = dict(await consumer.end_offsets(parts))
            start = {each: self._read.get(each, 0) for each in parts}
            async for records in read_records(consumer, start, ends):
                for record in records:
                    self._note(record.topic, record.value)
            self._read = ends

    def _note(self, topic: str, value: bytes) -> None:
        event = orjson.loads(value)
        digest = hashlib.sha256(value).digest()
        known = self._published.setdefault(event["id"], digest)
        assert known == digest, f"{topic}: two contents under the event id {event['id']}"
        if topic == DETERMINATIONS:
            decided = event["data"]["claim_id"], event["data"]["version"]
            first = self._decided.setdefault(decided, event["id"])
            assert first == event["id"], f"claim and version {decided} were decided twice: {first}, {event['id']}"

    async def _hold(self, sent: Sent, rulings: Mapping[str, int]) -> None:
        engine = wiring.database(self._pipeline.settings)
        try:
            twice = [each for each in await _rows(engine, _VERSIONS) if each[1] > 1 + rulings.get(each[0], 0)]
            assert twice == [], "claims were decided twice"
            assert await _column(engine, _BY_THE_SAME) == [], "who denied decided the appeal"
            assert [words async for words in trail.broken(engine)] == []
            await self._all_is_accounted_for(engine, sent)
            await self._what_was_decided_is_what_went_out(engine)
            [(held, authorizations)] = await _rows(engine, _UNITS)
            units = len(sent.authorizations)
            assert (int(held or 0), authorizations) == (units, units), "an authorization does not hold its one unit"
        finally:
            await engine.dispose()

    async def _all_is_accounted_for(self, engine: AsyncEngine, sent: Sent) -> None:
        """Every event that was sent is accepted or kept as a dead letter; a repeat is one of those."""
        assert {what: left for what, left in (await _missing(engine, sent)).items() if left} == {}
        assert await _controls(engine) <= sent.claims

    async def _what_was_decided_is_what_went_out(self, engine: AsyncEngine) -> None:
        same = set(await _column(engine, _WITHHELD))
        for identity, event in await _rows(engine, "SELECT event_id, event::text FROM determinations"):
            assert identity in self._published, f"the determination {identity} was not published"
            out = self._published[identity] == hashlib.sha256(event.encode()).digest()
            assert out or identity in same, f"the ledger holds another determination than {identity} that went out"


async def _missing(engine: AsyncEngine, sent: Sent) -> dict[str, set[Any]]:
    letters = {bytes(value) for value in await _column(engine, "SELECT value FROM dead_letters")}
    newest = dict(await _rows(engine, "SELECT coverage_id, version FROM coverage"))
    return {
        "claims": sent.claims - await _controls(engine),
        "dead letters": sent.unreadable - letters,
        "newest spans of coverage": {span for span, version in sent.coverage.items() if newest.get(span) != version},
        "documents": sent.documents - set(await _column(engine, "SELECT document_id FROM documents")),
        "appeals": sent.appeals
        - set(await _column(engine, "SELECT content ->> 'appeal_reference' FROM appeal_filings")),
    }


async def _controls(engine: AsyncEngine) -> set[str]:
    return set(await _column(engine, "SELECT control_number FROM claims"))


async def _column(engine: AsyncEngine, query: str) -> list[Any]:
    return [value for (value,) in await _rows(engine, query)]


async def _rows(engine: AsyncEngine, query: str) -> list[tuple[Any, ...]]:
    async with engine.connect() as connection:
        return [tuple(row) for row in (await connection.execute(text(query))).all()]
