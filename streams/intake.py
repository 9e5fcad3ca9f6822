"""Claims from Kafka into the ledger and into workflows; an offset is committed only after both.

At least once in, exactly once registered: the ledger recognises a repeated delivery, the workflow id a repeated
start. Trouble with PostgreSQL or Temporal is waited out without committing, so the backlog stays in Kafka, where
its lag is visible. Too much work in flight pauses the partitions and keeps polling, so the group does not
rebalance.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError

from contracts.outgoing import OutgoingMessage
from contracts.registration import Batch, Registered, Registration, RegistrationRequest, Submission
from contracts.topics import CLAIMS_SUBMITTED
from streams import metrics
from streams.backoff import StoppedError, until_done
from streams.dead_letters import conflict_message, refusal_messages
from streams.decode import Refused, decode_submission
from streams.ports import BatchStarter, ClaimLedger, DeadLetterOffice
from streams.records import Record

log = structlog.get_logger(__name__)
Fetched = Mapping[TopicPartition, Sequence[ConsumerRecord]]


@dataclass(frozen=True, slots=True)
class IntakeOptions:
    """How intake reads. `linger_ms` is how long it waits for a batch to fill when traffic is thin."""

    bootstrap: str
    group: str = "claimwright-intake"
    batch_size: int = 128
    batches_per_poll: int = 2
    max_batches_in_flight: int = 6
    linger_ms: int = 20
    repair_after: timedelta = timedelta(seconds=20)


class Intake:
    """One intake process; several share the partitions."""

    def __init__(
        self, options: IntakeOptions, ledger: ClaimLedger, starter: BatchStarter, office: DeadLetterOffice
    ) -> None:
        """Take the options and the ports."""
        self._options = options
        self._ledger = ledger
        self._starter = starter
        self._office = office
        self._in_flight = 0
        self._repaired_at = datetime.min.replace(tzinfo=UTC)

    async def run(self, stop: asyncio.Event, ready: asyncio.Event) -> None:
        """Read until asked to stop; finish the poll in hand, commit it, leave the group."""
        consumer = await until_done(self._connect, stop, "connect to Kafka")
        ready.set()
        log.info("intake reading", topic=CLAIMS_SUBMITTED, group=self._options.group)
        try:
            while not stop.is_set():
                await self._turn(consumer, stop)
        except StoppedError:
            log.info("stopped before the work in hand was acknowledged; it will be delivered again")
        finally:
            await consumer.stop()

    async def _connect(self) -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(
            CLAIMS_SUBMITTED,
            bootstrap_servers=self._options.bootstrap,
            group_id=self._options.group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            session_timeout_ms=10_000,
            heartbeat_interval_ms=3_000,
            max_poll_interval_ms=600_000,
        )
        try:
            await consumer.start()
        except Exception:
            await consumer.stop()
            raise
        return consumer

    async def _turn(self, consumer: AIOKafkaConsumer, stop: asyncio.Event) -> None:
        await self._hold_back(consumer, stop)
        await self._repair(stop)
        most = self._options.batch_size * self._options.batches_per_poll
        fetched: Fetched = await consumer.getmany(timeout_ms=self._options.linger_ms, max_records=most)
        records = [_record(r) for partition in fetched.values() for r in partition]
        if records:
            await self._take(records, stop)
            await self._commit(consumer, fetched)
            _observe_lag(consumer, fetched)

    async def _hold_back(self, consumer: AIOKafkaConsumer, stop: asyncio.Event) -> None:
        """Pause while too many batches are unfinished; keep polling so that the group keeps us."""
        room = self._options.max_batches_in_flight - self._options.batches_per_poll
        if self._in_flight <= room:
            return
        self._in_flight = await until_done(self._ledger.unfinished_batches, stop, "count work in flight")
        paused = False
        while self._in_flight > room and not stop.is_set():
            consumer.pause(*consumer.assignment())
            paused = True
            metrics.PAUSED.set(1)
            await consumer.getmany(timeout_ms=20)
            self._in_flight = await until_done(self._ledger.unfinished_batches, stop, "count work in flight")
            metrics.IN_FLIGHT.set(self._in_flight)
        if paused:
            consumer.resume(*consumer.assignment())
            metrics.PAUSED.set(0)

    async def _take(self, records: Sequence[Record], stop: asyncio.Event) -> None:
        """Register what arrived and start its batches; nothing is acknowledged before this returns."""
        submissions: list[Submission] = []
        source: list[Record] = []
        messages: list[OutgoingMessage] = []
        for record in records:
            decoded = decode_submission(record)
            if isinstance(decoded, Refused):
                metrics.REFUSALS.labels(record.topic, decoded.refusal.value).inc()
                messages += refusal_messages(decoded)
            else:
                submissions.append(decoded)
                source.append(record)
        request = RegistrationRequest(tuple(submissions), tuple(messages))
        size = self._options.batch_size
        done = await until_done(lambda: self._ledger.register(request, size), stop, "register claims")
        await self._report_conflicts(done, source, stop)
        await self._start(done.batches, stop)

    async def _report_conflicts(self, done: Registered, source: Sequence[Record], stop: asyncio.Event) -> None:
        for outcome in done.outcomes:
            metrics.SUBMISSIONS.labels(outcome.value).inc()
        letters = [
            conflict_message(record)
            for outcome, record in zip(done.outcomes, source, strict=True)
            if outcome is Registration.CONFLICT
        ]
        if letters:
            await until_done(lambda: self._office.queue(letters), stop, "queue conflicts")

    async def _start(self, batches: Sequence[Batch], stop: asyncio.Event) -> None:
        if not batches:
            return
        await asyncio.gather(
            *(until_done(lambda b=batch: self._starter.start(b), stop, "start batch") for batch in batches)  # type: ignore[misc]
        )
        await until_done(
            lambda: self._ledger.mark_started([batch.batch_id for batch in batches]), stop, "mark batches started"
        )
        self._in_flight += len(batches)
        metrics.BATCHES_STARTED.inc(len(batches))
        metrics.IN_FLIGHT.set(self._in_flight)

    async def _repair(self, stop: asyncio.Event) -> None:
        """Start batches that a crashed intake registered but perhaps never started."""
        now = datetime.now(UTC)
        if now - self._repaired_at < self._options.repair_after:
            return
        self._repaired_at = now
        older_than = now - self._options.repair_after
        found = await until_done(
            lambda: self._ledger.unstarted_batches(older_than, 100), stop, "look for batches never started"
        )
        if found:
            log.warning("starting batches of a crashed intake", batches=len(found))
            await self._start(found, stop)

    async def _commit(self, consumer: AIOKafkaConsumer, fetched: Fetched) -> None:
        offsets = {partition: records[-1].offset + 1 for partition, records in fetched.items() if records}
        try:
            await consumer.commit(offsets)
        except (CommitFailedError, IllegalStateError):
            # The partitions moved to another intake meanwhile: it will read this again and recognise it.
            log.warning("offsets not committed: partitions were reassigned", partitions=len(offsets))


def _record(record: ConsumerRecord) -> Record:
    timestamp = datetime.fromtimestamp(record.timestamp / 1000, UTC)
    return Record(record.topic, record.partition, record.offset, timestamp, record.key, record.value)


def _observe_lag(consumer: AIOKafkaConsumer, fetched: Fetched) -> None:
    for partition, records in fetched.items():
        end = consumer.highwater(partition)
        if end is not None and records:
            metrics.INTAKE_LAG.labels(str(partition.partition)).set(max(0, end - records[-1].offset - 1))
