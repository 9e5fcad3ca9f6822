"""Take in `appeals.filed`, one appeal per record; an appeal for an unknown claim goes to the dead letters with the reason."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

import structlog

from contracts.events.appeals import AppealFiled, AppealFiledV1
from contracts.events.dead_letters import Refusal
from contracts.events.outgoing import OutgoingMessage
from contracts.events.status import StatusReasonV1
from contracts.records.appeals import AppealStarter, AppealTaken
from streams.feeds.offsets import AppliedOffsets
from streams.intake.decode import Refused, decode_event
from streams.kafka import metrics
from streams.kafka.backoff import StoppedError, until_done
from streams.kafka.records import Record
from streams.outbox.dead_letters import dead_letter
from streams.ports import DeadLetterQueue

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
_CLOCKS_DIFFER: Final = timedelta(hours=1)
"""How far the system time of a sender may be ahead of ours."""


class AppealIntake(Protocol):
    """Records filings."""

    async def file(self, filed: AppealFiledV1) -> AppealTaken | None:
        """Open an appeal, or record a newer version of one; a repeat changes nothing. None: the claim is unknown."""
        ...


@dataclass(frozen=True, slots=True)
class AppealFeed:
    """Where filings are recorded, and what starts the workflow of an appeal."""

    intake: AppealIntake
    starter: AppealStarter


class AppealProjection:
    """Takes in runs of filings; never raises, and retries until shutdown."""

    def __init__(self, feed: AppealFeed, office: DeadLetterQueue, applied: AppliedOffsets, stop: asyncio.Event) -> None:
        """Take where filings and dead letters go."""
        self._feed = feed
        self._office = office
        self._applied = applied
        self._stop = stop

    async def apply(self, records: Sequence[Record]) -> None:
        """Take in each filing; dead-letter one that does not decode or names no known claim; retry after an error."""
        try:
            await until_done(lambda: self._apply_once(records), self._stop, "appeals feed")
        except StoppedError:
            log.info("stopped before the feed was applied; it will be delivered again", topic=records[0].topic)
        else:
            self._applied.note(records)

    async def _apply_once(self, records: Sequence[Record]) -> None:
        """Take records in their order: a version that comes late is recorded, and changes nothing newer."""
        letters = [letter for record in records if (letter := await self._take(record)) is not None]
        if letters:
            await self._office.queue(letters)
        metrics.FEED_EVENTS.labels(records[0].topic, "applied").inc(len(records) - len(letters))
        metrics.FEED_EVENTS.labels(records[0].topic, "refused").inc(len(letters))

    async def _take(self, record: Record) -> OutgoingMessage | None:
        event = decode_event(record, AppealFiled)
        if isinstance(event, Refused):
            metrics.REFUSALS.labels(record.topic, event.refusal.value).inc()
            return dead_letter(record, event.refusal, event.reasons)
        if event.data.received_at > datetime.now(UTC) + _CLOCKS_DIFFER:
            return _refused(record, NOT_YET)
        taken = await self._feed.intake.file(event.data)
        if taken is None:
            return _refused(record, UNKNOWN_CLAIM)
        if taken.also is not None:
            await self._feed.starter.hold(taken.also)
        if taken.held:
            await self._feed.starter.hold(taken.appeal_id)
        return None


def _refused(record: Record, reason: StatusReasonV1) -> OutgoingMessage:
    metrics.REFUSALS.labels(record.topic, Refusal.BUSINESS_RULE.value).inc()
    return dead_letter(record, Refusal.BUSINESS_RULE, (reason,))
