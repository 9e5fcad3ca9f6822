"""From records to started batches: what must have happened before an offset may be committed.

Decode, register with the refusals in one transaction, answer conflicts, start the batches, note that they
started. Every step is tried until it works or shutdown comes, and each is harmless when done again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import structlog

from contracts.claim_intake.registration import Batch, Registered, Registration, RegistrationRequest, Submission
from contracts.events.outgoing import OutgoingMessage
from streams.intake.decode import Refused, decode_submission
from streams.kafka import metrics
from streams.kafka.backoff import until_done
from streams.kafka.records import Record
from streams.outbox.dead_letters import conflict_message, refusal_messages
from streams.ports import BatchStarter, ClaimLedger, DeadLetterQueue

log = structlog.get_logger(__name__)
_NEVER = datetime.min.replace(tzinfo=UTC)
_REPAIRED_AT_ONCE = 100


class HandOff:
    """Registers claims in the ledger, starts their batches in Temporal, and counts batches in flight."""

    def __init__(self, ledger: ClaimLedger, starter: BatchStarter, office: DeadLetterQueue, batch_size: int) -> None:
        """Take the ports, and the most claims of one batch."""
        self._ledger = ledger
        self._starter = starter
        self._office = office
        self._batch_size = batch_size
        self._repaired_at = self._asked_temporal_at = _NEVER
        self._own: dict[str, datetime] = {}

    @property
    def in_flight(self) -> int:
        """Batches that this process started and that were unfinished when the ledger was asked last."""
        return len(self._own)

    async def take(self, records: Sequence[Record], stop: asyncio.Event) -> None:
        """Register what arrived and start its batches. Raises StoppedError: then nothing may be acknowledged."""
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
        done = await until_done(lambda: self._ledger.register(request, self._batch_size), stop, "register claims")
        await self._report_conflicts(done, source, stop)
        await self._start(done.batches, stop)

    async def repair(self, every: timedelta, stop: asyncio.Event) -> None:
        """Now and then start batches that a crashed intake registered but perhaps never started."""
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

    async def count_in_flight(self, lost_after: timedelta, stop: asyncio.Event) -> int:
        """Ask the ledger how many of this process's batches are unfinished; leave out those that Temporal lost.

        Only its own: what another process left unfinished must not stop this one. A batch that is unfinished for long and
        that no workflow runs is for reconciliation to start again (runtime/reconciliation/reconciler.py).
        """
        unfinished = await until_done(lambda: self._ledger.unfinished(self._own), stop, "count work in flight")
        self._own = {batch: since for batch, since in self._own.items() if batch in unfinished}
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

    async def _report_conflicts(self, done: Registered, source: Sequence[Record], stop: asyncio.Event) -> None:
        """Dead-letter the bytes of conflicting claims; after a crash before this, Kafka delivers them again, and they conflict again."""
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
        starts = (self._start_one(batch, stop) for batch in batches)
        for ended in await asyncio.gather(*starts, return_exceptions=True):
            if ended is not None:
                raise ended
        started = [batch.batch_id for batch in batches]
        await until_done(lambda: self._ledger.mark_started(started), stop, "mark batches started")
        self._own |= dict.fromkeys(started, datetime.now(UTC))
        metrics.BATCHES_STARTED.inc(len(batches))
        metrics.IN_FLIGHT.set(self.in_flight)

    async def _start_one(self, batch: Batch, stop: asyncio.Event) -> None:
        await until_done(lambda: self._starter.start(batch), stop, "start batch")
