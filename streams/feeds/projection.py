"""Apply a run of feed records to the store; this part of the feeds does not depend on Faust."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Generic, TypeVar

import structlog

from contracts.events.dead_letters import Refusal
from contracts.events.documents import DocumentReceived
from contracts.events.feeds import AuthorizationChanged, CoverageChanged, ProviderChanged
from contracts.events.letters import LetterSent
from contracts.events.outgoing import OutgoingMessage
from contracts.events.status import StatusReasonV1
from contracts.unstorable import UnstorableError
from streams.feeds.offsets import AppliedOffsets
from streams.intake.decode import MAX_REASONS, Refused, decode_event
from streams.kafka import metrics
from streams.kafka.backoff import StoppedError, until_done
from streams.kafka.records import Record
from streams.outbox.dead_letters import dead_letter, not_storable, version_conflict
from streams.ports import DeadLetterQueue
from streams.tracing import link_senders, taking

log = structlog.get_logger(__name__)
Event = TypeVar("Event", CoverageChanged, AuthorizationChanged, ProviderChanged, DocumentReceived, LetterSent)
Unapplied = Collection[int] | Mapping[int, StatusReasonV1 | None]
"""The indexes, within a run, of events that were not applied, with the reason; None: their version was stored with other content."""


class Projection(Generic[Event]):
    """Applies runs of records of one model; never raises, and retries until shutdown."""

    def __init__(
        self,
        model: type[Event],
        store: Callable[[Sequence[Event]], Awaitable[Unapplied]],
        dead_letters: DeadLetterQueue,
        applied: AppliedOffsets,
        stop: asyncio.Event,
        read: Callable[[Event], tuple[Event, Sequence[StatusReasonV1]]] | None = None,
    ) -> None:
        """Write events of one model to the store, with one statement per run; the store returns those that it did not apply.

        `read` may change a decoded event, or say why it is refused.
        """
        self._model: type[Event] = model
        self._store: Callable[[Sequence[Event]], Awaitable[Unapplied]] = store
        self._dead_letters = dead_letters
        self._applied = applied
        self._stop = stop
        self._read: Callable[[Event], tuple[Event, Sequence[StatusReasonV1]]] | None = read

    async def apply(self, records: Sequence[Record]) -> None:
        """Apply the records that decode, dead-letter the others; retry after an error.

        Shutdown during a retry ends it with nothing applied. The caller may still acknowledge the records: AppliedOffsets
        holds back every commit at or beyond a record that was not applied.
        """
        try:
            with metrics.FEED_SECONDS.labels(records[0].topic).time(), taking(records[0].topic) as span:
                link_senders(span, records)
                await self._apply(records)
        except StoppedError:
            log.info("stopped before the feed was applied; it will be delivered again", topic=records[0].topic)
        else:
            self._applied.note(records)

    async def _apply(self, records: Sequence[Record]) -> None:
        """Store first, then queue dead letters: repeating the store changes nothing, repeating the queueing would send twice."""
        decoded, letters = self._decode(records)
        if decoded:
            # Of two versions in one run only the newer is stored; across runs the store keeps the newer one.
            decoded.sort(key=lambda each: (each[0].time, each[0].data.version))
            letters += await self._store_all(decoded)
        if letters:
            await until_done(
                lambda: self._dead_letters.queue(letters), self._stop, "queue dead letters", records=len(letters)
            )
        metrics.FEED_EVENTS.labels(records[0].topic, "applied").inc(len(records) - len(letters))
        metrics.FEED_EVENTS.labels(records[0].topic, "refused").inc(len(letters))

    async def _store_all(self, decoded: Sequence[tuple[Event, Record]]) -> list[OutgoingMessage]:
        """Store a run; return the dead letters of those that are refused. One that cannot be stored is found by bisection."""
        events = [event for event, _ in decoded]
        try:
            unapplied = await until_done(
                lambda: self._store(events), self._stop, "project feed", records=len(events), gives_up=UnstorableError
            )
        except UnstorableError as error:
            if len(decoded) > 1:
                half: int = len(decoded) // 2
                return [*await self._store_all(decoded[:half]), *await self._store_all(decoded[half:])]
            [(_, record)] = decoded
            log.error("an event cannot be stored", position=record.position, code=error.code)  # noqa: TRY400 - its text may hold data
            return [self._refuse(record, Refusal.NOT_STORABLE, not_storable(error.code))]
        return [self._unapplied(decoded[place][1], reason) for place, reason in _reasons(unapplied).items()]

    def _decode(self, records: Sequence[Record]) -> tuple[list[tuple[Event, Record]], list[OutgoingMessage]]:
        decoded: list[tuple[Event, Record]] = []
        letters: list[OutgoingMessage] = []
        for record in records:
            event = decode_event(record, self._model)
            if isinstance(event, Refused):
                letters.append(self._refuse(record, event.refusal, *event.reasons))
                continue
            taken, reasons = (event, ()) if self._read is None else self._read(event)
            if reasons:
                letters.append(self._refuse(record, Refusal.BUSINESS_RULE, *reasons[:MAX_REASONS]))
            else:
                decoded.append((taken, record))
        return decoded, letters

    def _unapplied(self, record: Record, reason: StatusReasonV1 | None) -> OutgoingMessage:
        if reason is not None:
            return self._refuse(record, Refusal.BUSINESS_RULE, reason)
        metrics.REFUSALS.labels(record.topic, Refusal.CONFLICT.value).inc()
        return version_conflict(record)

    def _refuse(self, record: Record, refusal: Refusal, *reasons: StatusReasonV1) -> OutgoingMessage:
        metrics.REFUSALS.labels(record.topic, refusal.value).inc()
        return dead_letter(record, refusal, reasons)


def _reasons(unapplied: Unapplied) -> Mapping[int, StatusReasonV1 | None]:
    return unapplied if isinstance(unapplied, Mapping) else dict.fromkeys(unapplied)
