"""Bytes to a validated event, or a refusal that says what is wrong without repeating what was sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

import orjson
import structlog
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from contracts.claim_intake.checks import check_claim
from contracts.claim_intake.key import claim_key
from contracts.claim_intake.registration import Submission
from contracts.events.claims import ClaimSubmitted
from contracts.events.codec import canonical, payload_hash
from contracts.events.dead_letters import Refusal
from contracts.events.envelope import CloudEvent
from contracts.events.status import StatusReasonV1
from contracts.ids import claim_id
from streams.kafka.records import EARLIEST, Record, Unread

Event = TypeVar("Event", bound=CloudEvent)
Decoded = TypeVar("Decoded")
MAX_REASONS: Final = 20
CLOCKS_DIFFER: Final = timedelta(hours=1)
"""How far the system time of a sender may be ahead of ours."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a record was refused, and the claim's key where it could be read (to answer its sender)."""

    record: Record
    refusal: Refusal
    reasons: tuple[StatusReasonV1, ...]
    claim_key: tuple[str, str, int] | None = None


def decode_submission(record: Record) -> Submission | Refused:
    """Decode and validate one record of `claims.submitted`; never raises."""
    return _or_refused(record, lambda: _submission(record))


def decode_event(record: Record, model: type[Event]) -> Event | Refused:
    """Decode one record as an event of the given model; never raises."""
    return _or_refused(record, lambda: _event(record, model))


def _or_refused(record: Record, decode: Callable[[], Decoded | Refused]) -> Decoded | Refused:
    """Refuse what our own code failed on, too: one such record must not hold back all behind it."""
    if isinstance(record.value, Unread):
        return Refused(record, Refusal.UNDECODABLE, (_unread(record.value),))
    try:
        return decode()
    except Exception:
        where = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
        log.exception("decoder failed on one event", **where)
        text = "the event could not be decoded because of a defect on our side; operations must look at our log"
        return Refused(record, Refusal.UNDECODABLE, (_reason("decoder-failed", None, text),))


def _unread(value: Unread) -> StatusReasonV1:
    if value.too_far:
        text = "the batch of this record inflates beyond what is read at once; send fewer records in one batch"
        return _reason("inflates-too-far", None, text)
    text = "the batch of this record is damaged or has an unknown codec; check the sender's client and send it again"
    return _reason("unreadable-batch", None, text)


def _submission(record: Record) -> Submission | Refused:
    event = _event(record, ClaimSubmitted)
    if isinstance(event, Refused):
        return event
    claim = event.data
    key = (claim.submitter, claim.claim_control_number, claim.revision)
    if not EARLIEST < record.timestamp <= datetime.now(UTC) + CLOCKS_DIFFER:
        return Refused(record, Refusal.BUSINESS_RULE, (_NO_RECEIPT,), key)
    reasons = check_claim(claim, record.timestamp.date())
    if reasons:
        return Refused(record, Refusal.BUSINESS_RULE, reasons[:MAX_REASONS], key)
    payload = canonical(orjson.loads(record.value or b"")["data"])
    return Submission(
        claim_id=claim_id(*key),
        claim=claim,
        payload=payload,
        payload_hash=payload_hash(payload),
        event_id=event.id,
        received_at=record.timestamp,
        position=record.position,
    )


def _event(record: Record, model: type[Event]) -> Event | Refused:
    try:
        parsed = orjson.loads(record.value or b"")
    except orjson.JSONDecodeError:
        text = "the value is not JSON in UTF-8; send a CloudEvents 1.0 event in structured mode"
        return Refused(record, Refusal.UNDECODABLE, (_reason("not-json", None, text),))
    expected = model.model_fields["type"].default
    if not isinstance(parsed, dict) or parsed.get("type") != expected:
        text = f"the event's type is not {expected}, which is what this topic takes"
        return Refused(record, Refusal.UNKNOWN_TYPE, (_reason("type", "type", text),), claim_key(parsed))
    try:
        return model.model_validate_json(record.value or b"")
    except ValidationError as error:
        return Refused(record, Refusal.SCHEMA, _explain(error), claim_key(parsed))


def _explain(error: ValidationError) -> tuple[StatusReasonV1, ...]:
    """Say where and which rule; never the input, which may be member data.

    An unknown key is sent by the other side, so it is not repeated either: only its parent is named.
    """
    reasons = []
    for problem in error.errors(include_url=False, include_context=False, include_input=False)[:MAX_REASONS]:
        kind = str(problem["type"])
        unknown = kind == "extra_forbidden"
        location = problem["loc"][:-1] if unknown else problem["loc"]
        field = ".".join(str(part) for part in location) or "event"
        text = (
            "a key here is not part of the contract; remove it or see docs/asyncapi.json"
            if unknown
            else _own_words(problem)
        )
        reasons.append(_reason(kind, field, text))
    return tuple(reasons)


def _own_words(problem: ErrorDetails) -> str:
    """Word a problem: what a check of the contract says itself is ours, and names no value; pydantic's words may."""
    kind = str(problem["type"])
    if kind == "value_error":
        return str(problem["msg"]).removeprefix(_PYDANTICS)
    return _RULES.get(kind, "the value does not fit the contract; see docs/asyncapi.json")


_PYDANTICS: Final = "Value error, "
_RULES: Final = {
    "missing": "a required value is missing; add it",
    "string_pattern_mismatch": "the text does not have the required form; see docs/asyncapi.json",
    "string_too_long": "the text is too long; see docs/asyncapi.json",
    "string_too_short": "the text is empty; fill it or leave the key out",
    "too_short": "at least one entry is needed; add it",
    "too_long": "there are too many entries; see docs/asyncapi.json",
    "enum": "the value is not one of the allowed ones; see docs/asyncapi.json",
    "date_from_datetime_parsing": "a date must look like 2025-11-03",
    "date_parsing": "a date must look like 2025-11-03",
    "decimal_parsing": "a number is needed here",
    "greater_than": "the number is too small",
    "greater_than_equal": "the number is too small",
}


def _reason(code: str, field: str | None, message: str) -> StatusReasonV1:
    return StatusReasonV1(code=code, field=field, message=message)


_NO_RECEIPT: Final = _reason(
    "no-time-of-receipt",
    None,
    "the record has no time at which we can have received it, so its deadlines could not run; "
    "set message.timestamp.type of the topic to LogAppendTime, then replay the record",
)
