"""Sends refused events to the dead-letter topic, with their original bytes, and the answer to the sender."""

from __future__ import annotations

import base64
from hashlib import sha256

from contracts.events import topics
from contracts.events.codec import encode
from contracts.events.dead_letters import LARGEST_ORIGINAL, DeadLettered, DeadLetterV3, HeaderV1, Kept, Refusal
from contracts.events.headers import too_many
from contracts.events.outgoing import DeadLetterMessage, OutgoingMessage
from contracts.events.status import ClaimState, ClaimStatus, ClaimStatusV1, StatusReasonV1
from contracts.ids import claim_id, event_id, payer_claim_number, record_event_id
from streams.intake.decode import Refused
from streams.kafka.records import Record, Unread

_SOURCE = "claimwright/intake"
_CONFLICT = StatusReasonV1(
    code="conflict",
    message="this claim control number was accepted before for this member and day with other content; "
    "operations must decide, or send a correction with frequency 7 and the payer claim number",
)
_VERSION_CONFLICT = StatusReasonV1(
    code="version-conflict",
    field="data.version",
    message="this version was received before with other content, which stands; send the change under the next version",
)


def refusal_messages(refused: Refused) -> tuple[OutgoingMessage, ...]:
    """Return the dead letter, and a `rejected` status where the claim's key could be read."""
    letter = dead_letter(refused.record, refused.refusal, refused.reasons)
    return (letter,) if refused.claim_key is None else (letter, _rejected(refused, refused.claim_key))


def conflict_message(record: Record) -> DeadLetterMessage:
    """Return the dead letter of a claim whose key was accepted before with other content."""
    return dead_letter(record, Refusal.CONFLICT, (_CONFLICT,))


def version_conflict(record: Record) -> DeadLetterMessage:
    """Return the dead letter of a feed event whose version was received before with other content."""
    return dead_letter(record, Refusal.CONFLICT, (_VERSION_CONFLICT,))


def not_storable(code: str) -> StatusReasonV1:
    """Return the reason for an event that the database refused; `code` is its SQLSTATE or the driver's error."""
    text = f"the ledger cannot hold a value of this event ({code}); operations must look at our log"
    return StatusReasonV1(code="not-storable", message=text)


def dead_letter(record: Record, refusal: Refusal, reasons: tuple[StatusReasonV1, ...]) -> DeadLetterMessage:
    """Wrap a record; its id follows from its identity, so a repeat is the same letter."""
    identity = record_event_id(record.identity, refusal.value)
    kept, (sha256_hex, size) = _kept(record), _measure(record.value)
    here = kept is Kept.EVENT
    event = DeadLettered(
        id=identity,
        source=_SOURCE,
        time=record.timestamp,
        data=DeadLetterV3(
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            refusal=refusal,
            reasons=reasons,
            kept=kept,
            key_base64=_base64(record.key) if here else None,
            value_base64=_base64(record.value) if here else None,
            sha256=sha256_hex,
            size=size,
            headers=_headers(record),
            headers_left_out=len(record.headers) if too_many(record.headers) else None,
        ),
    )
    whole = not isinstance(record.value, Unread)
    return DeadLetterMessage(
        topics.DEAD_LETTER, record.position, identity, encode(event), record.key, record.value, whole
    )


def _kept(record: Record) -> Kept:
    if isinstance(record.value, Unread):
        return Kept.TOPIC
    large = len(record.key or b"") + len(record.value or b"") > LARGEST_ORIGINAL
    return Kept.LEDGER if large else Kept.EVENT


def _measure(value: bytes | None) -> tuple[str | None, int | None]:
    if isinstance(value, Unread):
        return value.digest.hex(), value.size
    return (None, None) if value is None else (sha256(value).hexdigest(), len(value))


def _rejected(refused: Refused, key: tuple[str, str, int]) -> OutgoingMessage:
    claim = claim_id(*key)
    identity = event_id(claim, "status:rejected", refused.record.identity)
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
