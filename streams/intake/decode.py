"""Decode bytes into a validated event, or a refusal with its reason, without repeating the content."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

import orjson
import structlog
from pydantic import ValidationError

from contracts.claim_intake.checks import check_claim
from contracts.claim_intake.key import claim_key
from contracts.claim_intake.registration import Submission
from contracts.days import latest_day
from contracts.events.claims import ClaimSubmitted
from contracts.events.codec import canonical, payload_hash
from contracts.events.dead_letters import Refusal
from contracts.events.envelope import CloudEvent
from contracts.events.status import StatusReasonV1
from contracts.ids import claim_id
from contracts.problem_words import value_problems
from streams.kafka.records import EARLIEST, Record, Unread

Event = TypeVar("Event", bound=CloudEvent)
Decoded = TypeVar("Decoded")
MAX_REASONS: Final = 20
CLOCKS_DIFFER: Final = timedelta(hours=1)
"""The most by which a sender's system time may be ahead of ours."""
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
    """Also refuse records on which our own code fails, because such a record must not block all records after it."""
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
    parsed = _parsed(record, ClaimSubmitted)
    if isinstance(parsed, Refused):
        return parsed
    event = _validated(record, ClaimSubmitted, parsed)
    if isinstance(event, Refused):
        return event
    claim = event.data
    key = (claim.submitter, claim.claim_control_number, claim.revision)
    if not EARLIEST < record.timestamp <= datetime.now(UTC) + CLOCKS_DIFFER:
        return Refused(record, Refusal.BUSINESS_RULE, (_NO_RECEIPT,), key)
    reasons = check_claim(claim, latest_day(record.timestamp))
    if reasons:
        return Refused(record, Refusal.BUSINESS_RULE, reasons[:MAX_REASONS], key)
    payload = canonical(parsed["data"])
    return Submission(
        claim_id=claim_id(*key),
        claim=claim,
        payload=payload,
        patient=canonical(parsed["data"]["member"]),
        payload_hash=payload_hash(payload),
        event_id=event.id,
        received_at=record.timestamp,
        position=record.position,
    )


def _event(record: Record, model: type[Event]) -> Event | Refused:
    parsed = _parsed(record, model)
    return parsed if isinstance(parsed, Refused) else _validated(record, model, parsed)


def _parsed(record: Record, model: type[Event]) -> dict[str, Any] | Refused:
    """Parse the JSON of an event of this type."""
    try:
        parsed = orjson.loads(record.value or b"")
    except orjson.JSONDecodeError:
        text = "the value is not JSON in UTF-8; send a CloudEvents 1.0 event in structured mode"
        return Refused(record, Refusal.UNDECODABLE, (_reason("not-json", None, text),))
    expected = model.model_fields["type"].default
    if not isinstance(parsed, dict) or parsed.get("type") != expected:
        text = f"the event's type is not {expected}, which is what this topic takes"
        return Refused(record, Refusal.UNKNOWN_TYPE, (_reason("type", "type", text),), claim_key(parsed))
    return parsed


def _validated(record: Record, model: type[Event], parsed: dict[str, Any]) -> Event | Refused:
    try:
        return model.model_validate_json(record.value or b"")
    except ValidationError as error:
        return Refused(record, Refusal.SCHEMA, _explain(error), claim_key(parsed))


def _explain(error: ValidationError) -> tuple[StatusReasonV1, ...]:
    """Return the place and the broken rule, never the input, which may be member data.

    An unknown key is sent by the other side, so it is not repeated either: only its parent is named.
    """
    reasons = []
    for problem in value_problems(error.errors(include_url=False, include_input=False)):
        location = problem.place[:-1] if problem.kind == "extra_forbidden" else problem.place
        field = ".".join(str(part) for part in location) or "event"
        where = "" if problem.kind == "value_error" else "; see docs/asyncapi.json"
        reasons.append(_reason(problem.kind, field, problem.words + where))
    return tuple(reasons[:MAX_REASONS])


def _reason(code: str, field: str | None, message: str) -> StatusReasonV1:
    return StatusReasonV1(code=code, field=field, message=message)


_NO_RECEIPT: Final = _reason(
    "no-time-of-receipt",
    None,
    "the record has no time at which we can have received it, so its deadlines could not run; "
    "set message.timestamp.type of the topic to LogAppendTime, then replay the record",
)
