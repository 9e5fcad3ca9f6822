"""Dead letters as the Kafka edge makes them, of bytes that need not be events."""

from __future__ import annotations

import orjson

from contracts.events.dead_letters import Refusal
from contracts.events.headers import Headers
from contracts.events.outgoing import OutgoingMessage
from contracts.events.status import StatusReasonV1
from contracts.events.topics import CLAIMS_SUBMITTED
from streams.kafka.records import Record
from streams.outbox.dead_letters import dead_letter
from tests.builders.events import RECEIVED, a_claim_event

POISON = b"\xff\xfe not a claim \x00"


def a_letter(
    offset: int,
    value: bytes | None = POISON,
    *,
    key: bytes | None = b"SYN-REF-1",
    topic: str = CLAIMS_SUBMITTED,
    refusal: Refusal = Refusal.UNDECODABLE,
    code: str = "not-json",
    headers: Headers = (),
) -> OutgoingMessage:
    """A letter about the record that stood at an offset of partition 0."""
    record = Record(topic, 0, offset, RECEIVED, key, value, headers)
    return dead_letter(record, refusal, (StatusReasonV1(code=code, message="a reason in our own words"),))


def a_refused_claim(offset: int, control: str = "C1") -> OutgoingMessage:
    """A letter about a claim whose key can be read."""
    value = orjson.dumps(a_claim_event(control, form="neither"))
    return a_letter(offset, value, refusal=Refusal.SCHEMA, code="enum")
