"""Turns records into started batches; only then may an offset be committed.

Decode, register with the refusals in one transaction, answer conflicts, start the batches, note that they
started. Every step is retried until it succeeds or the process stops, and may be repeated safely.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from contracts.claim_intake.registration import (
    Batch,
    BatchLimits,
    Registered,
    Registration,
    RegistrationRequest,
    Submission,
)
from contracts.events.dead_letters import Refusal
from contracts.events.outgoing import OutgoingMessage
from contracts.events.topics import CLAIMS_SUBMITTED
from contracts.unstorable import UnstorableError
from streams.intake.decode import Refused, decode_submission
from streams.kafka import metrics
from streams.kafka.backoff import until_done
from streams.kafka.records import Record
from streams.outbox.dead_letters import conflict_message, not_storable, refusal_messages
from streams.ports import BatchStarter, ClaimLedger, DeadLetterQueue
from streams.tracing import link_senders, taking

log = structlog.get_logger(__name__)
Decoded = tuple[Submission, Record]
_NEVER = datetime.min.replace(tzinfo=UTC)
_REPAIRED_AT_ONCE = 100
_AT_A_TIME: Final = 32
"""Ordinary records decoded before the event loop is yielded: some 3 ms."""

_LONG: Final = 8_192
"""Size in bytes from which a record is decoded in a thread: 450 lines are some 60 kB and take 20 ms."""

_MOST_LINES: Final = 2048
_MOST_BYTES: Final = 4_194_304
"""The most bytes of one registration: a full poll of ordinary claims is half of it."""


class _Share:
    """The part of a poll that one registration takes."""

    def __init__(self) -> None:
        self.decoded: list[Decoded] = []
        self.messages: list[OutgoingMessage] = []
        self.records: list[Record] = []
        self._lines = self._bytes = 0

    def add(self, record: Record, decoded: Submission | Refused) -> None:
        """Take a decoded record, or the messages about a refused one."""
        self._bytes += len(record.value or b"")
        self.records.append(record)
        if isinstance(decoded, Refused):
            metrics.REFUSALS.labels(record.topic, decoded.refusal.value).inc()
            self.messages += refusal_messages(decoded)
        else:
            self.decoded.append((decoded, record))
            self._lines += len(decoded.claim.lines)

    @property
    def full(self) -> bool:
        """Return whether it holds as much as one transaction takes."""
        return self._lines >= _MOST_LINES or self._bytes >= _MOST_BYTES


async def _decoded(record: Record) -> Submission | Refused:
    """Decode a record; a long one in a thread, so that heartbeats and timers continue."""
    if len(record.value or b"") > _LONG:
        return await asyncio.to_thread(decode_submission, record)
    return decode_submission(record)


class HandOff:
    """Registers claims in the ledger, starts their batches in Temporal, and counts batches in flight."""

    def __init__(
        self, ledger: ClaimLedger, starter: BatchStarter, dead_letters: DeadLetterQueue, limits: BatchLimits
    ) -> None:
        """Take the ports, and the most claims of one batch."""
        self._ledger = ledger
        self._starter = starter
        self._dead_letters = dead_letters
        self._limits = limits
        self._repaired_at = self._asked_temporal_at = _NEVER
        self._own: dict[str, datetime] = {}

    @property
    def in_flight(self) -> int:
        """Batches that this process started and that were unfinished at the last query of the ledger."""
        return len(self._own)

    async def take(self, records: Sequence[Record], stop: asyncio.Event) -> None:
        """Register the records and start their batches. Raises StoppedError: then nothing may be acknowledged.

        A poll of large claims is registered in several transactions, so that neither memory nor a transaction grows
        with it; ordinary claims of one poll share one.
        """
        share = _Share()
        for number, record in enumerate(records, start=1):
            share.add(record, await _decoded(record))
            if number % _AT_A_TIME == 0:
                await asyncio.sleep(0)
            if share.full:
                await self._take_share(share, stop)
                share = _Share()
        await self._take_share(share, stop)

    async def _take_share(self, share: _Share, stop: asyncio.Event) -> None:
        with taking(CLAIMS_SUBMITTED) as span:
            done = await self._register(share.decoded, share.messages, stop)
            await self._report_conflicts(done, stop)
            batches = [batch for each, _ in done for batch in each.batches]
            claims = ((submission.position, submission.claim_id) for submission, _ in share.decoded)
            link_senders(span, share.records, claims, batches)
            await self._start(batches, stop)

    async def _register(
        self, decoded: Sequence[Decoded], messages: Sequence[OutgoingMessage], stop: asyncio.Event
    ) -> list[tuple[Registered, Sequence[Decoded]]]:
        """Register claims with the messages. If the ledger can never store one of them, find it by bisection and refuse it alone."""
        request = RegistrationRequest(tuple(submission for submission, _ in decoded), tuple(messages))
        try:
            done = await until_done(
                lambda: self._ledger.register(request, self._limits),
                stop,
                "register claims",
                records=len(decoded) + len(messages),
                gives_up=UnstorableError if decoded else (),
            )
        except UnstorableError as error:
            if len(decoded) == 1:
                return await self._register((), [*messages, *_unstorable(*decoded[0], error)], stop)
            half = len(decoded) // 2
            first = await self._register(decoded[:half], messages, stop)
            return first + await self._register(decoded[half:], (), stop)
        return [(done, decoded)]

    async def repair(self, every: timedelta, stop: asyncio.Event) -> None:
        """Start batches, from time to time, that a crashed intake registered and may not have started."""
        now = datetime.now(UTC)
        if now - self._repaired_at < every:
            return
        self._repaired_at = now
        found = await until_done(
            lambda: self._ledger.unstarted_batches(now - every, _REPAIRED_AT_ONCE),
            stop,
            "look for batches never started",
        )
        if found:
            log.warning("starting batches of a crashed intake", batches=len(found))
            await self._start(found, stop)

    def in_hand(self, *batches: Batch) -> None:
        """Count batches that this process started.

        Large claims have a separate queue in Temporal and are not counted, because they would block ordinary claims.
        """
        self._own |= dict.fromkeys((each.batch_id for each in batches if not each.large), datetime.now(UTC))

    async def count_in_flight(self, lost_after: timedelta, stop: asyncio.Event) -> int:
        """Read from the ledger how many of this process's batches are unfinished, without those that Temporal lost.

        Batches of other processes are not counted, so that they cannot stop this one. The reconciler starts batches again that
        have no workflow (runtime/reconciliation/reconciler.py).
        """
        asked = frozenset(self._own)
        unfinished = await until_done(lambda: self._ledger.unfinished(asked), stop, "count work in flight")
        # Batches that were started meanwhile were not in the query.
        self._own = {batch: since for batch, since in self._own.items() if batch in unfinished or batch not in asked}
        now = datetime.now(UTC)
        old = [batch for batch, since in self._own.items() if now - since > lost_after]
        if old and now - self._asked_temporal_at > lost_after:
            self._asked_temporal_at = now
            await self._leave_out_lost(old, stop)
        metrics.IN_FLIGHT.set(self.in_flight)
        return self.in_flight

    async def _leave_out_lost(self, old: Sequence[str], stop: asyncio.Event) -> None:
        running = await until_done(lambda: self._starter.running(old), stop, "ask which batches run")
        lost = [batch for batch in old if batch not in running]
        for batch in lost:
            del self._own[batch]
        if lost:
            log.warning("unfinished batches without a running workflow", batches=len(lost))

    async def _report_conflicts(
        self, registered: Sequence[tuple[Registered, Sequence[Decoded]]], stop: asyncio.Event
    ) -> None:
        """Dead-letter the bytes of conflicting claims; after a crash before this, Kafka delivers them again, and they conflict again."""
        letters = []
        for done, decoded in registered:
            for outcome, (_, record) in zip(done.outcomes, decoded, strict=True):
                metrics.SUBMISSIONS.labels(outcome.value).inc()
                if outcome is Registration.CONFLICT:
                    letters.append(conflict_message(record))
        if letters:
            await until_done(lambda: self._dead_letters.queue(letters), stop, "queue conflicts", records=len(letters))

    async def _start(self, batches: Sequence[Batch], stop: asyncio.Event) -> None:
        if not batches:
            return
        starts = (self._start_one(batch, stop) for batch in batches)
        for ended in await asyncio.gather(*starts, return_exceptions=True):
            if ended is not None:
                raise ended
        started = [batch.batch_id for batch in batches]
        await until_done(lambda: self._ledger.mark_started(started), stop, "mark batches started")
        self.in_hand(*batches)
        metrics.BATCHES_STARTED.inc(len(batches))
        metrics.IN_FLIGHT.set(self.in_flight)

    async def _start_one(self, batch: Batch, stop: asyncio.Event) -> None:
        await until_done(lambda: self._starter.start(batch), stop, "start batch")


def _unstorable(submission: Submission, record: Record, error: UnstorableError) -> tuple[OutgoingMessage, ...]:
    metrics.REFUSALS.labels(record.topic, Refusal.NOT_STORABLE.value).inc()
    log.error("a claim cannot be stored", position=record.position, code=error.code)
    claim = submission.claim
    key = (claim.submitter, claim.claim_control_number, claim.revision)
    return refusal_messages(Refused(record, Refusal.NOT_STORABLE, (not_storable(error.code),), key))
