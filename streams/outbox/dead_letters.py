"""Refused events on their way to the dead-letter topic, with their original bytes, and the answer to the sender."""

from __future__ import annotations

import base64

from contracts.events import topics
from contracts.events.codec import encode
from contracts.events.dead_letters import DeadLettered, DeadLetterV2, HeaderV1, Refusal
from contracts.events.headers import too_many
from contracts.events.outgoing import OutgoingMessage
from contracts.events.status import ClaimState, ClaimStatus, ClaimStatusV1, StatusReasonV1
from contracts.ids import claim_id, event_id, payer_claim_number, position_event_id
from streams.intake.decode import Refused
from streams.kafka.records import Record

_SOURCE = "claimwright/intake"
_CONFLICT = StatusReasonV1(
    code="conflict",
    message="this claim control number was accepted before for this member and day with other content; "
    "operations must decide, or send a correction with frequency 7 and the payer claim number",
)


def refusal_messages(refused: Refused) -> tuple[OutgoingMessage, ...]:
    """Return the dead letter, and a `rejected` status where the claim's key could be read."""
    letter = dead_letter(refused.record, refused.refusal, refused.reasons)
    return (letter,) if refused.claim_key is None else (letter, _rejected(refused, refused.claim_key))


def conflict_message(record: Record) -> OutgoingMessage:
    """Return the dead letter of a claim whose key was accepted before with other content."""
    return dead_letter(record, Refusal.CONFLICT, (_CONFLICT,))


def dead_letter(record: Record, refusal: Refusal, reasons: tuple[StatusReasonV1, ...]) -> OutgoingMessage:
    """Wrap a record; its id follows from its position, so a repeat is the same letter."""
    identity = position_event_id(record.topic, record.partition, record.offset, refusal.value)
    event = DeadLettered(
        id=identity,
        source=_SOURCE,
        time=record.timestamp,
        data=DeadLetterV2(
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            refusal=refusal,
            reasons=reasons,
            key_base64=_base64(record.key),
            value_base64=_base64(record.value),
            headers=_headers(record),
            headers_left_out=len(record.headers) if too_many(record.headers) else None,
        ),
    )
    return OutgoingMessage(topics.DEAD_LETTER, record.position, identity, encode(event))


def _rejected(refused: Refused, key: tuple[str, str, int]) -> OutgoingMessage:
    claim = claim_id(*key)
    identity = event_id(claim, "status:rejected", refused.record.position)
    event = ClaimStatus(
        id=identity,
        source=_SOURCE,
        time=refused.record.timestamp,
        data=ClaimStatusV1(
            claim_id=claim,
            submitter=key[0],
            claim_control_number=key[1],
            revision=key[2],
            payer_claim_number=payer_claim_number(claim),
            state=ClaimState.REJECTED,
            reasons=refused.reasons,
        ),
    )
    return OutgoingMessage(topics.CLAIMS_STATUS, claim, identity, encode(event))


def _headers(record: Record) -> tuple[HeaderV1, ...] | None:
    if not record.headers or too_many(record.headers):
        return None
    return tuple(HeaderV1(name=name, value_base64=_base64(value)) for name, value in record.headers)


def _base64(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode()
