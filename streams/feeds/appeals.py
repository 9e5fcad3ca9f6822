"""Applies `appeals.filed`, one appeal per record; an appeal of an unknown claim is dead-lettered with the reason."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

import structlog

from contracts.events.appeals import AppealFiled, AppealFiledV1
from contracts.events.dead_letters import Refusal
from contracts.events.outgoing import OutgoingMessage
from contracts.events.status import StatusReasonV1
from contracts.records.appeals import AppealStarter, AppealTaken
from contracts.unstorable import UnstorableError
from streams.feeds.offsets import AppliedOffsets
from streams.intake.decode import CLOCKS_DIFFER, Refused, decode_event
from streams.kafka import metrics
from streams.kafka.backoff import StoppedError, until_done
from streams.kafka.records import Record
from streams.outbox.dead_letters import dead_letter, not_storable, version_conflict
from streams.ports import DeadLetterQueue
from streams.tracing import link_senders, taking

log = structlog.get_logger(__name__)
UNKNOWN_CLAIM: Final = StatusReasonV1(
    code="unknown-claim",
    field="claim",
    message="no claim here has this number, or several have; send the payer claim number of the remittance",
)
NOT_YET: Final = StatusReasonV1(
    code="received-in-the-future",
    field="received_at",
    message="received_at lies in the future, so its deadlines could not run; correct it and send it again",
)


class AppealIntake(Protocol):
    """Records filings."""

    async def file(self, filed: AppealFiledV1) -> AppealTaken | None:
        """Open an appeal, or record a newer version of one; a repeat changes nothing. None: the claim is unknown."""
        ...


@dataclass(frozen=True, slots=True)
class AppealFeed:
    """The store of filings, and the starter of appeal workflows."""

    intake: AppealIntake
    starter: AppealStarter


class AppealProjection:
    """Applies runs of filings; never raises, and retries until shutdown."""

    def __init__(
        self, feed: AppealFeed, dead_letters: DeadLetterQueue, applied: AppliedOffsets, stop: asyncio.Event
    ) -> None:
        """Take the stores of filings and dead letters."""
        self._feed = feed
        self._dead_letters = dead_letters
        self._applied = applied
        self._stop = stop

    async def apply(self, records: Sequence[Record]) -> None:
        """Apply each filing; dead-letter one that does not decode or names no known claim; retry after an error."""
        try:
            with taking(records[0].topic) as span:
                link_senders(span, records)
                await self._apply(records)
        except StoppedError:
            log.info("stopped before the feed was applied; it will be delivered again", topic=records[0].topic)
        else:
            self._applied.note(records)

    async def _apply(self, records: Sequence[Record]) -> None:
        """Apply records in order; an older version that arrives late is recorded and has no effect."""
        letters = []
        for number, record in enumerate(records):
            letter = await self._take(record, len(records) - number)
            if letter is not None:
                letters.append(letter)
        if letters:
            await until_done(
                lambda: self._dead_letters.queue(letters), self._stop, "queue dead letters", records=len(letters)
            )
        metrics.FEED_EVENTS.labels(records[0].topic, "applied").inc(len(records) - len(letters))
        metrics.FEED_EVENTS.labels(records[0].topic, "refused").inc(len(letters))

    async def _take(self, record: Record, behind: int) -> OutgoingMessage | None:
        event = decode_event(record, AppealFiled)
        if isinstance(event, Refused):
            metrics.REFUSALS.labels(record.topic, event.refusal.value).inc()
            return dead_letter(record, event.refusal, event.reasons)
        if event.data.received_at > datetime.now(UTC) + CLOCKS_DIFFER:
            return _refused(record, Refusal.BUSINESS_RULE, NOT_YET)
        try:
            return await until_done(
                lambda: self._file(record, event.data),
                self._stop,
                "appeals feed",
                records=behind,
                gives_up=UnstorableError,
            )
        except UnstorableError as error:
            log.error("an appeal cannot be stored", position=record.position, code=error.code)  # noqa: TRY400 - its text may hold data
            return _refused(record, Refusal.NOT_STORABLE, not_storable(error.code))

    async def _file(self, record: Record, filed: AppealFiledV1) -> OutgoingMessage | None:
        taken = await self._feed.intake.file(filed)
        if taken is None:
            return _refused(record, Refusal.BUSINESS_RULE, UNKNOWN_CLAIM)
        if taken.conflict:
            metrics.REFUSALS.labels(record.topic, Refusal.CONFLICT.value).inc()
            return version_conflict(record)
        if taken.also is not None:
            await self._feed.starter.hold(taken.also)
        if taken.held:
            await self._feed.starter.hold(taken.appeal_id)
        return None


def _refused(record: Record, refusal: Refusal, reason: StatusReasonV1) -> OutgoingMessage:
    metrics.REFUSALS.labels(record.topic, refusal.value).inc()
    return dead_letter(record, refusal, (reason,))
