"""Apply a run of feed records to the store; this part of the feeds does not depend on Faust."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import structlog

from contracts.events.documents import DocumentReceived
from contracts.events.feeds import AuthorizationChanged, CoverageChanged, ProviderChanged
from contracts.events.outgoing import OutgoingMessage
from streams.feeds.offsets import AppliedOffsets
from streams.intake.decode import Refused, decode_event
from streams.kafka import metrics
from streams.kafka.backoff import StoppedError, until_done
from streams.kafka.records import Record
from streams.outbox.dead_letters import dead_letter
from streams.ports import DeadLetterQueue

log = structlog.get_logger(__name__)
Event = TypeVar("Event", CoverageChanged, AuthorizationChanged, ProviderChanged, DocumentReceived)


class Projection(Generic[Event]):
    """Applies runs of records of one model; never raises, and retries until shutdown."""

    def __init__(
        self,
        model: type[Event],
        store: Callable[[Sequence[Event]], Awaitable[None]],
        office: DeadLetterQueue,
        applied: AppliedOffsets,
        stop: asyncio.Event,
    ) -> None:
        """Write events of one model to the store, with one statement per run."""
        self._model: type[Event] = model
        self._store: Callable[[Sequence[Event]], Awaitable[None]] = store
        self._office = office
        self._applied = applied
        self._stop = stop

    async def apply(self, records: Sequence[Record]) -> None:
        """Apply the records that decode, dead-letter the others; retry after an error.

        Shutdown during a retry ends it with nothing applied. The caller may still acknowledge the records: AppliedOffsets
        holds back every commit at or beyond a record that was not applied.
        """
        try:
            await until_done(lambda: self._apply_once(records), self._stop, "project feed")
        except StoppedError:
            log.info("stopped before the feed was applied; it will be delivered again", topic=records[0].topic)
        else:
            self._applied.note(records)

    async def _apply_once(self, records: Sequence[Record]) -> None:
        """Store first, then queue dead letters: a repeat of the former changes nothing, of the latter sends twice."""
        events, letters = self._decode(records)
        if events:
            # Of two versions in one run the later must win; across runs the store keeps the newer version.
            await self._store(sorted(events, key=lambda event: (event.time, event.data.version)))
        if letters:
            await self._office.queue(letters)
        metrics.FEED_EVENTS.labels(records[0].topic, "applied").inc(len(events))
        metrics.FEED_EVENTS.labels(records[0].topic, "refused").inc(len(letters))

    def _decode(self, records: Sequence[Record]) -> tuple[list[Event], list[OutgoingMessage]]:
        events: list[Event] = []
        letters: list[OutgoingMessage] = []
        for record in records:
            event = decode_event(record, self._model)
            if isinstance(event, Refused):
                metrics.REFUSALS.labels(record.topic, event.refusal.value).inc()
                letters.append(dead_letter(record, event.refusal, event.reasons))
            else:
                events.append(event)
        return events, letters
