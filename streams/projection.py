"""A run of feed records applied to the store: the part of the feeds that knows nothing of Faust."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import structlog

from contracts.feeds import AuthorizationChanged, CoverageChanged
from contracts.outgoing import OutgoingMessage
from streams import metrics
from streams.applied import AppliedOffsets
from streams.backoff import StoppedError, until_done
from streams.dead_letters import dead_letter
from streams.decode import Refused, decode_event
from streams.ports import DeadLetterOffice
from streams.records import Record

log = structlog.get_logger(__name__)
Event = TypeVar("Event", CoverageChanged, AuthorizationChanged)


class Halt:
    """Shutdown as a projection sees it: it was asked for, and it left work undone."""

    def __init__(self, asked: asyncio.Event) -> None:
        """Watch the process's stop event."""
        self.asked = asked
        self.work_left = asyncio.Event()


class Projection(Generic[Event]):
    """Applies runs of records of one model; never raises, and never returns before they are applied."""

    def __init__(
        self,
        model: type[Event],
        store: Callable[[Sequence[Event]], Awaitable[None]],
        office: DeadLetterOffice,
        applied: AppliedOffsets,
        halt: Halt,
    ) -> None:
        """Write events of one model to the store with one statement a run."""
        self._model: type[Event] = model
        self._store: Callable[[Sequence[Event]], Awaitable[None]] = store
        self._office = office
        self._applied = applied
        self._halt = halt

    async def apply(self, records: Sequence[Record]) -> None:
        """Apply what decodes, dead-letter what does not, wait out trouble."""
        topic = records[0].topic
        self._applied.hand_out(records)
        try:
            await until_done(lambda: self._apply_once(records), self._halt.asked, "project feed")
        except StoppedError:
            log.info("stopped before the feed was applied; it will be delivered again", topic=topic)
            self._halt.work_left.set()
            await asyncio.Event().wait()  # neither return nor raise: Faust would acknowledge on both
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
