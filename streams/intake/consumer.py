"""Registers claims from Kafka in the ledger and starts their workflows; an offset is committed only after both.

Records may arrive more than once and are registered once: the ledger recognizes a repeated delivery, the workflow id a repeated
start. During errors of PostgreSQL, Temporal or Kafka nothing is committed, so the backlog stays in Kafka,
where its lag is visible. If too much work is in flight, the partitions are paused while polling continues, so the group does
not rebalance.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from contracts.claim_intake.registration import USUAL_LIMITS, BatchLimits
from contracts.events.topics import CLAIMS_SUBMITTED
from streams.intake.aside import Aside
from streams.intake.grown import SETTLED_AFTER, NewPartitions
from streams.intake.hand_off import HandOff
from streams.kafka import metrics, trouble
from streams.kafka.backoff import StoppedError, delay_seconds, stopped_within
from streams.kafka.batches import READ_LIMITS, ReadLimits, read_any_batch
from streams.kafka.connection import KafkaConnection
from streams.kafka.records import Record, instant
from streams.ports import BatchStarter, ClaimLedger, DeadLetterQueue

log = structlog.get_logger(__name__)
Fetched = Mapping[TopicPartition, Sequence[ConsumerRecord]]
COMMIT_SECONDS: Final = 30.0
REVOKE_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class IntakeOptions:
    """The options of intake. `linger_ms`: the maximum wait for a first claim when traffic is low.

    If `small_batches_in_flight` batches run already, fewer claims than `enough_claims` wait, at most `hold_ms`, until one of
    them ends. A backlog fills whole batches at once; at half load, waiting for a full batch would take half a second.
    """

    kafka: KafkaConnection
    group: str = "claimwright-intake"
    batches: BatchLimits = USUAL_LIMITS
    batches_per_poll: int = 2
    max_batches_in_flight: int = 16
    small_batches_in_flight: int = 2
    enough_claims: int = 128
    hold_ms: int = 500
    linger_ms: int = 20
    session_ms: int = 10_000
    repair_after: timedelta = timedelta(seconds=20)
    limits: ReadLimits = READ_LIMITS
    settled_after: timedelta = SETTLED_AFTER


class Intake:
    """One intake process; several share the partitions."""

    def __init__(
        self, options: IntakeOptions, ledger: ClaimLedger, starter: BatchStarter, dead_letters: DeadLetterQueue
    ) -> None:
        """Take the options and the ports."""
        self._options = options
        self._hand_off = HandOff(ledger, starter, dead_letters, options.batches)
        self._busy, self._aside = asyncio.Lock(), Aside()
        self._large: asyncio.Task[None] | None = None
        self._committed: dict[TopicPartition, int] = {}
        self._new = NewPartitions(options.settled_after)
        self._failures = 0

    async def run(self, stop: asyncio.Event, ready: asyncio.Event) -> None:
        """Read until asked to stop; finish and commit the current poll, then leave the group."""
        try:
            while not stop.is_set():
                try:
                    await self._read(stop, ready)
                except StoppedError:
                    log.info("stopped before the work in hand was acknowledged; it will be delivered again")
                except (KafkaError, TimeoutError) as error:
                    trouble.failed(self, "read claims", error)
                    delay = delay_seconds(self._failures)
                    self._failures += 1
                    metrics.RETRIES.labels("read claims").inc()
                    log.warning("reading interrupted", attempt=self._failures, delay_seconds=delay, exc_info=True)
                    await stopped_within(stop, delay)
                finally:
                    ready.clear()
        finally:
            trouble.over(self)

    async def _read(self, stop: asyncio.Event, ready: asyncio.Event) -> None:
        """Read with one consumer; the next one begins at the committed offsets, so nothing is skipped."""
        consumer, self._committed = self._consumer(), {}
        self._aside.give_up()
        self._new.forget()
        try:
            await consumer.start()
            ready.set()
            log.info("intake reading", topic=CLAIMS_SUBMITTED, group=self._options.group)
            while not stop.is_set():
                await self._turn(consumer, stop)
            await self._end_large()
        finally:
            await self._cancel_large()
            await consumer.stop()

    def _consumer(self) -> AIOKafkaConsumer:
        read_any_batch(self._options.limits)
        consumer = self._options.kafka.consumer(
            group_id=self._options.group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            session_timeout_ms=self._options.session_ms,
            heartbeat_interval_ms=self._options.session_ms // 3,
            max_poll_interval_ms=600_000,
        )
        consumer.subscribe([self._options.kafka.name(CLAIMS_SUBMITTED)], listener=_Rebalancing(self._busy, self._aside))
        return consumer

    async def _turn(self, consumer: AIOKafkaConsumer, stop: asyncio.Event) -> None:
        await self._balance(consumer, stop)
        await self._hand_off.repair(self._options.repair_after, stop)
        epoch = self._aside.epoch
        fetched = await self._new.in_turn(consumer, await self._fetch(consumer, stop))
        # Records are taken even while paused: newly assigned partitions are not paused yet, and a record that
        # was fetched and not taken would be committed over.
        records = [self._record(record) for partition in fetched.values() for record in partition]
        async with self._busy:
            if records:
                with metrics.INTAKE_SECONDS.time():
                    await self._take(records, stop)
            # Partitions that were revoked meanwhile are read again from their committed offset.
            if self._aside.epoch == epoch:
                await self._commit(consumer, fetched)
        self._start_large(stop)
        _observe_lag(consumer, self._committed)
        self._failures = 0
        trouble.over(self)

    def _record(self, record: ConsumerRecord) -> Record:
        topic, received, headers = (
            self._options.kafka.topic(record.topic),
            instant(record.timestamp),
            tuple(record.headers),
        )
        return Record(topic, record.partition, record.offset, received, record.key, record.value, headers)

    async def _fetch(self, consumer: AIOKafkaConsumer, stop: asyncio.Event) -> Fetched:
        """Fetch records. While enough batches run, wait for more claims instead of starting a small batch.

        Starting a batch costs as much as a dozen claims, so many small batches would exhaust the worker at half load. When
        a batch ends, or after `hold_ms`, the claims received by then become one batch.
        """
        options = self._options
        most = options.batches.claims * min(options.batches_per_poll, options.max_batches_in_flight)
        until = time.monotonic() + options.hold_ms / 1000
        fetched: dict[TopicPartition, list[ConsumerRecord]] = {}
        count = 0
        while True:
            more: Fetched = await consumer.getmany(timeout_ms=options.linger_ms, max_records=most - count)
            for partition, records in more.items():
                fetched.setdefault(partition, []).extend(records)
                count += len(records)
            few = 0 < count < min(options.enough_claims, options.batches.claims) and not stop.is_set()
            if not few or time.monotonic() > until or not await self._enough_in_flight(stop):
                return fetched
            await stopped_within(stop, options.linger_ms / 1000)

    async def _enough_in_flight(self, stop: asyncio.Event) -> bool:
        enough = self._options.small_batches_in_flight
        if self._hand_off.in_flight < enough:
            return False
        return await self._hand_off.count_in_flight(self._options.repair_after, stop) >= enough

    async def _take(self, records: Sequence[Record], stop: asyncio.Event) -> None:
        """Register ordinary claims at once; large ones, and records that must follow them, are queued for a separate task."""
        epoch = self._aside.epoch
        ordinary, later = self._aside.sort_out(records)
        if ordinary:
            await self._hand_off.take(ordinary, stop)
        # Partitions that were revoked meanwhile are read again by their new owner.
        if self._aside.epoch == epoch:
            self._aside.queue(later)

    def _start_large(self, stop: asyncio.Event) -> None:
        """Start a task that registers queued large claims; raise the error of the previous task, if it failed."""
        if self._large is not None and self._large.done():
            ended, self._large = self._large, None
            ended.result()
        if self._large is None and len(self._aside):
            self._large = asyncio.create_task(self._take_large(stop))

    async def _take_large(self, stop: asyncio.Event) -> None:
        while len(self._aside) and not stop.is_set():
            large, epoch = self._aside.some(), self._aside.epoch
            await self._hand_off.take(large, stop)
            # Partitions that were revoked meanwhile are read again by their new owner.
            if self._aside.epoch == epoch:
                self._aside.done(large)

    async def _end_large(self) -> None:
        """Wait until the current large claim is registered; after a stop no further one is begun."""
        if self._large is not None:
            ended, self._large = self._large, None
            await ended

    async def _cancel_large(self) -> None:
        """Cancel the current large claim; it will be delivered again."""
        if self._large is not None:
            self._large.cancel()
            await asyncio.gather(self._large, return_exceptions=True)
            self._large = None

    async def _balance(self, consumer: AIOKafkaConsumer, stop: asyncio.Event) -> None:
        """Pause while too many of our batches are unfinished; resume when there is room for a whole poll."""
        room = max(0, self._options.max_batches_in_flight - self._options.batches_per_poll)
        full = (
            self._hand_off.in_flight > room
            and await self._hand_off.count_in_flight(self._options.repair_after, stop) > room
        )
        assigned = consumer.assignment()
        if full or self._aside.full:
            consumer.pause(*assigned)
        else:
            consumer.resume(*(assigned - self._new.held))
            consumer.pause(*(assigned & self._new.held))
        metrics.PAUSED.set(full)

    async def _commit(self, consumer: AIOKafkaConsumer, fetched: Fetched) -> None:
        """Commit the offsets of records read, and of positions without records, such as the markers of transactions."""
        epoch = self._aside.epoch
        try:
            async with asyncio.timeout(COMMIT_SECONDS):
                read = {each: await consumer.position(each) for each in consumer.assignment()}
                for partition, records in fetched.items():
                    read[partition] = (
                        max(records[-1].offset + 1, read.get(partition, 0)) if records else read[partition]
                    )
                if self._aside.epoch != epoch:
                    return  # the queue was emptied meanwhile: its records are read again by their new owner
                first = {self._options.kafka.at(*each): offset for each, offset in self._aside.first().items()}
                read |= {each: offset for each, offset in first.items() if each in read}
                moved = {each: offset for each, offset in read.items() if self._committed.get(each) != offset}
                if moved:
                    await consumer.commit(moved)
                self._committed = read
        except (CommitFailedError, IllegalStateError):
            # The partitions moved to another intake, which reads these records again and recognizes them.
            log.warning("offsets not committed: partitions were reassigned", partitions=len(fetched))
            self._committed = {}


class _Rebalancing(ConsumerRebalanceListener):  # type: ignore[misc]
    """Delays a rebalance until the current poll is committed, so that the next owner does not read it again."""

    def __init__(self, busy: asyncio.Lock, aside: Aside) -> None:
        self._busy, self._aside = busy, aside

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        if not revoked:
            return
        metrics.REBALANCES.inc()
        for partition in revoked:
            metrics.INTAKE_LAG.labels(str(partition.partition)).set(0)
        try:
            async with asyncio.timeout(REVOKE_SECONDS), self._busy:
                log.info("partitions handed back", partitions=len(revoked))
        except TimeoutError:
            log.warning("partitions handed back before their claims were acknowledged", partitions=len(revoked))
        self._aside.give_up()

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        log.info("partitions assigned", partitions=len(assigned))


def _observe_lag(consumer: AIOKafkaConsumer, committed: Mapping[TopicPartition, int]) -> None:
    for partition in consumer.assignment() & set(committed):
        end = consumer.highwater(partition)
        if end is not None:
            metrics.INTAKE_LAG.labels(str(partition.partition)).set(max(0, end - committed[partition]))
