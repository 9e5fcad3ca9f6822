from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

import streams.intake.decode
from contracts.claim_intake.registration import Submission
from contracts.events.claims import ClaimSubmittedV1
from contracts.events.dead_letters import Refusal
from contracts.events.documents import DocumentReceived
from contracts.ids import claim_id
from streams.intake.decode import MAX_REASONS, Refused, decode_event, decode_submission
from streams.kafka.records import instant
from tests.builders.events import (
    BORN,
    CENTER,
    NOTE,
    PRIVATE,
    RECEIVED,
    a_claim_event,
    a_coverage_event,
    a_document_event,
    a_document_record,
    a_line,
    a_record,
)


def _refused(value: Any) -> Refused:
    decoded = decode_submission(a_record(value))
    assert isinstance(decoded, Refused)
    return decoded


def test_a_clean_claim_is_decoded_with_its_identity_position_and_time_of_receipt() -> None:
    decoded = decode_submission(a_record(a_claim_event("C1", revision=2), partition=3, offset=41))
    assert isinstance(decoded, Submission)
    assert decoded.claim_id == claim_id("SYNTHETIC", "C1", 2)
    assert decoded.position == "claims.submitted/3/41"
    assert decoded.received_at == RECEIVED
    assert decoded.event_id == "claim-C1"


def test_the_payload_kept_is_the_claim_that_was_validated() -> None:
    decoded = decode_submission(a_record(a_claim_event()))
    assert isinstance(decoded, Submission)
    assert ClaimSubmittedV1.model_validate_json(decoded.payload) == decoded.claim


def test_a_key_that_occurs_twice_is_read_alike_by_validation_and_by_what_is_kept() -> None:
    twice = orjson.dumps(a_claim_event()).replace(b'"submitter":', b'"claim_control_number":"FIRST","submitter":')
    decoded = decode_submission(a_record(twice))
    assert isinstance(decoded, Submission)
    assert ClaimSubmittedV1.model_validate_json(decoded.payload) == decoded.claim


def test_the_order_of_keys_and_blanks_do_not_change_the_hash() -> None:
    event = a_claim_event()
    shuffled = {**event, "data": dict(reversed(event["data"].items()))}
    first, second = (decode_submission(a_record(text)) for text in (event, orjson.dumps(shuffled, option=2)))
    assert isinstance(first, Submission)
    assert isinstance(second, Submission)
    assert first.payload_hash == second.payload_hash


@pytest.mark.parametrize("value", [None, b"", b"\xff\xfe\x00", b"{", b"not json", b"[" * 5000, b'{"a":NaN}'])
def test_bytes_that_are_no_json_are_undecodable(value: bytes | None) -> None:
    assert _refused(value).refusal is Refusal.UNDECODABLE


@pytest.mark.parametrize("value", [b"1", b"[]", b"null", b'"text"', b"{}", orjson.dumps(a_coverage_event())])
def test_json_that_is_another_event_is_of_unknown_type(value: bytes) -> None:
    assert _refused(value).refusal is Refusal.UNKNOWN_TYPE


def test_a_later_version_of_the_event_is_of_unknown_type_and_still_answered() -> None:
    refused = _refused({**a_claim_event("C9"), "type": "com.claimwright.claim.submitted.v2"})
    assert refused.refusal is Refusal.UNKNOWN_TYPE
    assert refused.claim_key == ("SYNTHETIC", "C9", 1)


def test_a_schema_problem_names_field_and_rule() -> None:
    lines = [a_line(), a_line(2, units="many")]
    refused = _refused(a_claim_event(lines=lines, diagnoses=None))
    assert refused.refusal is Refusal.SCHEMA
    assert {(reason.code, reason.field) for reason in refused.reasons} == {
        ("missing", "data.diagnoses"),
        ("plain_number", "data.lines.1.units"),
    }


def test_an_unknown_key_is_shown_by_its_parent_only() -> None:
    member = {**a_claim_event()["data"]["member"], "Synthquist-1961-04-03": "x"}
    refused = _refused(a_claim_event(member=member))
    assert [(reason.code, reason.field) for reason in refused.reasons] == [("extra_forbidden", "data.member")]


def test_a_business_rule_is_distinguished_from_the_schema() -> None:
    refused = _refused(a_claim_event(billing={"npi": CENTER[:-1] + "4"}))
    assert refused.refusal is Refusal.BUSINESS_RULE
    assert refused.claim_key == ("SYNTHETIC", "C1", 1)


def test_a_flood_of_problems_is_cut() -> None:
    lines = [a_line(number, units="many") for number in range(1, 200)]
    assert len(_refused(a_claim_event(lines=lines)).reasons) == MAX_REASONS


@pytest.mark.parametrize("private", PRIVATE)
@pytest.mark.parametrize("field", ["form", "frequency", "place_of_service", "diagnoses", "attachments", "lines"])
def test_a_refusal_never_repeats_what_was_sent(field: str, private: str) -> None:
    refused = _refused(a_claim_event(**{field: private}))
    assert private not in " ".join(f"{reason.field} {reason.message}" for reason in refused.reasons)


def test_a_document_that_finds_no_claim_says_what_is_missing_and_what_to_do() -> None:
    decoded = decode_event(a_document_record(a_document_event(claim_control_number=None)), DocumentReceived)
    assert isinstance(decoded, Refused)
    [reason] = decoded.reasons
    words = "a document needs claim_control_number or attachment_control_number to find its claim; add one"
    assert (reason.field, reason.message) == ("data", words)


@pytest.mark.parametrize("wrong", [{"flag": True}, {"legible": False}, {"code": None}])
def test_what_a_check_of_the_contract_says_repeats_no_value_of_the_event(wrong: dict[str, Any]) -> None:
    fact = {"fact": "synthquist.fact", "code": "SYNTHQUIST-1", "source": NOTE, "recorded_on": BORN, **wrong}
    event = a_document_event("SYNTHQUIST-2", claim_control_number="SYNTHQUIST-3", kind="synthquist", facts=[fact])
    decoded = decode_event(a_document_record(event), DocumentReceived)
    assert isinstance(decoded, Refused)
    [reason] = decoded.reasons
    assert reason.message.endswith("correct it and send the document again")
    for value in ("synthquist", NOTE, BORN):
        assert value not in f"{reason.field} {reason.message}".lower()


@pytest.mark.parametrize(
    "changes",
    [
        {"submitter": None},
        {"submitter": ""},
        {"submitter": "two words"},
        {"claim_control_number": "x" * 51},
        {"claim_control_number": "a\x00b"},
        {"revision": True},
        {"revision": 0},
        {"revision": 2**63},
        {"revision": "1"},
    ],
)
def test_a_key_that_no_accepted_claim_could_have_is_not_used_to_answer(changes: dict[str, Any]) -> None:
    assert _refused(a_claim_event(**{"form": "neither", **changes})).claim_key is None


def test_a_defect_of_our_own_refuses_one_record_instead_of_stopping_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(streams.intake.decode, "check_claim", broken)
    refused = _refused(a_claim_event())
    assert refused.refusal is Refusal.UNDECODABLE
    assert [reason.code for reason in refused.reasons] == ["decoder-failed"]


@pytest.mark.parametrize(
    ("milliseconds", "expected"),
    [
        (1_756_717_200_000, RECEIVED),
        (-1, datetime(1990, 1, 1, tzinfo=UTC)),
        (None, datetime(1990, 1, 1, tzinfo=UTC)),
        (-(2**63), datetime(1990, 1, 1, tzinfo=UTC)),
        (2**63 - 1, datetime(2199, 12, 31, tzinfo=UTC)),
    ],
)
def test_any_kafka_timestamp_is_a_time_from_which_deadlines_can_be_computed(
    milliseconds: int | None, expected: datetime
) -> None:
    assert instant(milliseconds) == expected


@pytest.mark.parametrize("milliseconds", [-1, -(2**63), 0, 2**63 - 1])
def test_a_claim_whose_record_has_no_time_of_receipt_is_refused_since_its_deadlines_could_not_run(
    milliseconds: int,
) -> None:
    """A topic that carries the sender's time; in the far past every deadline would be missed, in the future none run."""
    refused = decode_submission(replace(a_record(a_claim_event()), timestamp=instant(milliseconds)))
    assert isinstance(refused, Refused)
    assert [reason.code for reason in refused.reasons] == ["no-time-of-receipt"]
