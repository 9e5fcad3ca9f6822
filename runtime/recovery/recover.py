"""Rebuilds in a restored ledger the events that only the topics still have. Intake, feeds, worker and publisher must be stopped.

Accepted claims are read from `claims.submitted` again; published determinations become decisions of the ledger again;
every published event id is stored with its digest, so that the publisher never sends different content under it. The feeds are
read again by their own process. Running it twice changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import orjson
from aiokafka import ConsumerRecord
from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.model.reference import ReferenceData
from contracts.claim_intake.registration import BatchLimits, Registration, RegistrationRequest
from contracts.events.topics import AUDIT_HEADS, CLAIMS_SUBMITTED, DETERMINATIONS, TOPICS
from contracts.records.recovery import PublishedEvent, Standing
from runtime.recovery.topics import begins, move_group, read_records, reader
from storage.claims.registration import PostgresLedger
from storage.recovery.decisions import restore_decisions
from storage.recovery.published import keep_published
from streams.intake.decode import Refused, decode_submission
from streams.kafka.connection import KafkaConnection
from streams.kafka.records import Record, instant
from streams.outbox.dead_letters import conflict_message, refusal_messages

_OUTGOING: Final = tuple(topic.name for topic in TOPICS if not topic.incoming and topic.name != AUDIT_HEADS)
_FEEDS: Final = tuple(topic.name for topic in TOPICS if topic.incoming and topic.name != CLAIMS_SUBMITTED)
"""Feeds are read again from the beginning; the ledger keeps the newest version of each record."""

_DECISIONS_AT_ONCE: Final = 200

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class RecoveryOptions:
    """`since`: nothing before this time is read; None: everything that the topics hold."""

    kafka: KafkaConnection
    intake_group: str
    feed_group: str
    batches: BatchLimits
    since: datetime | None = None


@dataclass(slots=True)
class Recovered:
    """The result of a recovery: events kept, claims by outcome of their registration, decisions by standing."""

    events: int = 0
    claims: Counter[Registration] = field(default_factory=Counter)
    refused: int = 0
    decisions: Counter[Standing] = field(default_factory=Counter)


async def recover(options: RecoveryOptions, engine: AsyncEngine, reference: ReferenceData, say: Say) -> Recovered:
    """Read the topics, bring claims and decisions back, and set the groups to the offsets read."""
    done = Recovered()
    say("reading what was published")
    async for records in _read(options, _OUTGOING):
        await keep_published(engine, _published(options.kafka, records))
        done.events += len(records)
    say(f"kept the ids of {done.events} published events; reading the claims again")
    await _claims(options, engine, done)
    say(f"{done.claims[Registration.NEW]} claims brought back; bringing published decisions back")
    async for records in _read(options, (DETERMINATIONS,)):
        events = _published(options.kafka, records)
        for start in range(0, len(events), _DECISIONS_AT_ONCE):
            some = events[start : start + _DECISIONS_AT_ONCE]
            done.decisions += await restore_decisions(engine, some, reference)
    await _rewind_feeds(options)
    return done


async def _read(options: RecoveryOptions, topics: Sequence[str]) -> AsyncIterator[list[ConsumerRecord]]:
    async with reader(options.kafka) as consumer:
        start = await begins(options.kafka, consumer, topics, options.since)
        ends = await consumer.end_offsets(list(start))
        async for records in read_records(consumer, start, ends):
            yield records


def _published(kafka: KafkaConnection, records: Sequence[ConsumerRecord]) -> list[PublishedEvent]:
    """Return our published events; other records are left out."""
    found = []
    for record in records:
        try:
            topic, value = kafka.topic(record.topic), record.value
            found.append(PublishedEvent(topic, orjson.loads(value or b"")["id"], value))
        except (orjson.JSONDecodeError, KeyError, TypeError):
            continue
    return found


async def _claims(options: RecoveryOptions, engine: AsyncEngine, done: Recovered) -> None:
    """Register every claim that the topic holds; those already in the ledger are recognized. Then move the group's offsets past them."""
    ledger = PostgresLedger(engine)
    async with reader(options.kafka) as consumer:
        start = await begins(options.kafka, consumer, (CLAIMS_SUBMITTED,), options.since)
        ends = dict(await consumer.end_offsets(list(start)))
        async for records in read_records(consumer, start, ends):
            await _register(ledger, [_record(options.kafka, record) for record in records], options.batches, done)
    await move_group(options.kafka, options.intake_group, ends)


async def _register(ledger: PostgresLedger, records: Sequence[Record], limits: BatchLimits, done: Recovered) -> None:
    decoded = [(record, decode_submission(record)) for record in records]
    refused = [each for _, each in decoded if isinstance(each, Refused)]
    taken = [(record, each) for record, each in decoded if not isinstance(each, Refused)]
    messages = tuple(message for each in refused for message in refusal_messages(each))
    answer = await ledger.register(RegistrationRequest(tuple(each for _, each in taken), messages), limits)
    outcomes = [(record, outcome) for (record, _), outcome in zip(taken, answer.outcomes, strict=True)]
    conflicts = [conflict_message(record) for record, outcome in outcomes if outcome is Registration.CONFLICT]
    if conflicts:
        await ledger.register(RegistrationRequest((), tuple(conflicts)), limits)
    done.claims += Counter(answer.outcomes)
    done.refused += len(refused)


async def _rewind_feeds(options: RecoveryOptions) -> None:
    async with reader(options.kafka) as consumer:
        start = await begins(options.kafka, consumer, _FEEDS, options.since)
    await move_group(options.kafka, options.feed_group, start)


def _record(kafka: KafkaConnection, record: ConsumerRecord) -> Record:
    received, headers = instant(record.timestamp), tuple(record.headers)
    return Record(
        kafka.topic(record.topic), record.partition, record.offset, received, record.key, record.value, headers
    )
