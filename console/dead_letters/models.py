"""Dead letters on the wire. Bytes are base64; times ISO 8601 in UTC."""

from __future__ import annotations

import base64
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from console.dead_letters.view import state_of
from console.worklist.models import ResponseModel
from contracts.events.headers import to_pairs
from contracts.records.dead_letters import (
    LONGEST_REASON,
    SHORTEST_REASON,
    DeadLetter,
    DeadLetterCount,
    DeadLetterState,
    Original,
)
from contracts.scalars import Moment


class CloseDeadLetterV1(BaseModel):
    """Closes a dead letter without a replay."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    reason: str = Field(
        min_length=SHORTEST_REASON,
        max_length=LONGEST_REASON,
        description="Why nothing is to be done with it, without naming a member; it stands in the audit trail.",
    )


class DeadLetterReasonResponse(ResponseModel):
    """One reason of a refusal in our own words; `field` is where in the event."""

    code: str
    message: str
    field: str | None
    line: int | None


class ReplayResponse(ResponseModel):
    """The replay of a letter. `position` is its new place in the topic, absent until the broker has it."""

    asked_by: str
    asked_at: Moment
    sent_at: Moment | None
    position: str | None
    refused_as: str | None


class ClosedResponse(ResponseModel):
    """The person who closed a letter without a replay, and the reason."""

    closed_by: str
    closed_at: Moment
    reason: str


class DeadLetterResponse(ResponseModel):
    """A refused event without its content. `removed_at`: when the content was removed at the end of its retention."""

    letter_id: str
    state: DeadLetterState
    topic: str
    partition: int
    offset: int
    refusal: str
    reasons: tuple[DeadLetterReasonResponse, ...]
    received_at: Moment
    kept_at: Moment
    size: int
    claim_id: str | None
    replay: ReplayResponse | None
    closed: ClosedResponse | None
    replay_of: str | None
    removed_at: Moment | None


class DeadLetterCountResponse(ResponseModel):
    """Open letters of one topic, refusal and first reason, and since when the oldest waits."""

    topic: str
    refusal: str
    reason: str
    letters: int
    oldest: Moment


class DeadLettersResponse(ResponseModel):
    """A page of letters, the newest first; send `next` as `after` for the next page."""

    open: tuple[DeadLetterCountResponse, ...]
    letters: tuple[DeadLetterResponse, ...]
    next: str | None


class HeaderResponse(ResponseModel):
    """One header of the record."""

    name: str
    value_base64: str | None


class OriginalResponse(ResponseModel):
    """The original event, member data included. Headers beyond the limit are left out and counted."""

    key_base64: str | None
    value_base64: str | None
    headers: tuple[HeaderResponse, ...]
    headers_left_out: int


def letter_shown(letter: DeadLetter, now: datetime) -> DeadLetterResponse:
    """Show a letter."""
    replay, closed = letter.replay, letter.closed
    return DeadLetterResponse(
        letter_id=letter.letter_id,
        state=state_of(letter, now),
        topic=letter.topic,
        partition=letter.partition,
        offset=letter.offset,
        refusal=letter.refusal,
        reasons=tuple(
            DeadLetterReasonResponse(code=each.code, message=each.message, field=each.field, line=each.line)
            for each in letter.reasons
        ),
        received_at=letter.received_at,
        kept_at=letter.kept_at,
        size=letter.size,
        claim_id=letter.claim_id,
        replay=None
        if replay is None
        else ReplayResponse(
            asked_by=replay.asked_by,
            asked_at=replay.asked_at,
            sent_at=replay.sent_at,
            position=replay.position,
            refused_as=replay.refused_as,
        ),
        closed=None
        if closed is None
        else ClosedResponse(closed_by=closed.by, closed_at=closed.at, reason=closed.reason),
        replay_of=letter.replay_of,
        removed_at=letter.removed_at,
    )


def count_shown(count: DeadLetterCount) -> DeadLetterCountResponse:
    """Show how many open letters share a reason."""
    return DeadLetterCountResponse(
        topic=count.topic, refusal=count.refusal, reason=count.reason, letters=count.letters, oldest=count.oldest
    )


def original_shown(original: Original) -> OriginalResponse:
    """Show the original event."""
    headers = (HeaderResponse(name=name or "", value_base64=value) for name, value in to_pairs(original.headers))
    return OriginalResponse(
        key_base64=_base64(original.key),
        value_base64=_base64(original.value),
        headers=tuple(headers),
        headers_left_out=original.headers_left_out,
    )


def _base64(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode()
