from __future__ import annotations

import base64

import pytest

from contracts.events.codec import encode
from contracts.events.dead_letters import DeadLettered, Refusal
from contracts.events.headers import LARGEST_HEADERS, MOST_HEADERS, Headers
from contracts.events.status import ClaimState, ClaimStatus
from contracts.events.topics import CLAIMS_STATUS, DEAD_LETTER, LARGEST_INCOMING
from contracts.ids import claim_id, payer_claim_number
from streams.intake.decode import Refused, decode_submission
from streams.kafka.records import Record
from streams.kafka.topics import LARGEST_OUTGOING
from streams.outbox.dead_letters import conflict_message, refusal_messages
from tests.builders.events import PRIVATE, RECEIVED, a_claim_event, a_record

POISON = b"\xff\xfe not a claim \x00"


def _refused(record: Record) -> Refused:
    refused = decode_submission(record)
    assert isinstance(refused, Refused)
    return refused


def test_a_dead_letter_holds_the_original_bytes_its_place_and_the_reason() -> None:
    (message,) = refusal_messages(_refused(a_record(POISON, partition=2, offset=9)))
    letter = DeadLettered.model_validate_json(message.value).data
    assert message.topic == DEAD_LETTER
    assert (letter.topic, letter.partition, letter.offset) == ("claims.submitted", 2, 9)
    assert letter.refusal is Refusal.UNDECODABLE
    assert letter.reasons
    assert base64.b64decode(letter.value_base64 or "") == POISON
    assert base64.b64decode(letter.key_base64 or "") == b"key"


def test_a_tombstone_is_kept_as_one() -> None:
    (message,) = refusal_messages(_refused(Record("claims.submitted", 0, 1, RECEIVED, None, None)))
    letter = DeadLettered.model_validate_json(message.value).data
    assert (letter.key_base64, letter.value_base64) == (None, None)


def test_the_same_delivery_gives_the_same_letter_and_another_delivery_another() -> None:
    first, again, other = (refusal_messages(_refused(a_record(POISON, offset=offset))) for offset in (1, 1, 2))
    assert first == again
    assert first[0].event_id != other[0].event_id


def test_a_refused_claim_whose_key_can_be_read_is_answered_too() -> None:
    letter, status = refusal_messages(_refused(a_record(a_claim_event("C7", form="neither"))))
    shown = ClaimStatus.model_validate_json(status.value).data
    claim = claim_id("SYNTHETIC", "C7", 1)
    assert letter.topic == DEAD_LETTER
    assert (status.topic, status.key) == (CLAIMS_STATUS, claim)
    assert shown.state is ClaimState.REJECTED
    assert (shown.claim_control_number, shown.payer_claim_number) == ("C7", payer_claim_number(claim))
    assert [reason.field for reason in shown.reasons] == ["data.form"]


def test_a_rejection_carries_nothing_of_the_member() -> None:
    _, status = refusal_messages(_refused(a_record(a_claim_event(form="neither"))))
    assert not [private for private in PRIVATE if private.encode() in status.value]


def test_a_claim_resent_with_the_same_mistake_is_answered_again() -> None:
    first, second = (refusal_messages(_refused(a_record(a_claim_event(form="x"), offset=n)))[1] for n in (1, 2))
    assert first.event_id != second.event_id


def test_a_conflict_is_kept_with_its_bytes() -> None:
    record = a_record(a_claim_event())
    letter = DeadLettered.model_validate_json(conflict_message(record).value)
    assert letter.data.refusal is Refusal.CONFLICT
    assert base64.b64decode(letter.data.value_base64 or "") == record.value


@pytest.mark.parametrize("record", [a_record(POISON), a_record(a_claim_event(form="x"))])
def test_letters_and_rejections_are_canonical(record: Record) -> None:
    models: dict[str, type[DeadLettered | ClaimStatus]] = {DEAD_LETTER: DeadLettered, CLAIMS_STATUS: ClaimStatus}
    messages = refusal_messages(_refused(record))
    assert messages
    for message in messages:
        event = models[message.topic].model_validate_json(message.value)
        assert encode(event) == message.value
        assert event.id == message.event_id


def test_headers_are_shown_as_they_came_in_order_and_as_often() -> None:
    headers = (("traceparent", b"00-synthetic"), ("x", None), ("x", b"\xff"))
    (message,) = refusal_messages(_refused(Record("claims.submitted", 0, 1, RECEIVED, None, POISON, headers)))
    shown = DeadLettered.model_validate_json(message.value).data
    assert [(each.name, each.value_base64) for each in shown.headers or ()] == [
        ("traceparent", base64.b64encode(b"00-synthetic").decode()),
        ("x", None),
        ("x", "/w=="),
    ]
    assert shown.headers_left_out is None


@pytest.mark.parametrize(
    "headers",
    [tuple(("\x00", b"") for _ in range(LARGEST_INCOMING // 4)), (("large", b"x" * (LARGEST_INCOMING - 100)),)],
)
def test_headers_that_would_make_a_letter_too_large_are_left_out_and_counted(headers: Headers) -> None:
    """A letter that did not fit its topic would hold back everything behind it."""
    (message,) = refusal_messages(_refused(Record("claims.submitted", 0, 1, RECEIVED, None, POISON, headers)))
    shown = DeadLettered.model_validate_json(message.value).data
    assert (shown.headers, shown.headers_left_out) == (None, len(headers))
    assert len(message.value) < 10_000


def test_the_most_headers_that_are_kept_fit_next_to_the_largest_event() -> None:
    """Control characters and short names grow most in JSON."""
    value = b"\xff" * (LARGEST_INCOMING - LARGEST_HEADERS)
    headers = tuple(("\x01" * (LARGEST_HEADERS // MOST_HEADERS), b"") for _ in range(MOST_HEADERS))
    (message,) = refusal_messages(_refused(Record("claims.submitted", 0, 1, RECEIVED, None, value, headers)))
    assert len(DeadLettered.model_validate_json(message.value).data.headers or ()) == MOST_HEADERS
    assert len(message.value) < LARGEST_OUTGOING
