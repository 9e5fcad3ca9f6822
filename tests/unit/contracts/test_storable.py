"""What a contract accepts, PostgreSQL can store; one event it cannot would block every event behind it for ever."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import orjson
import pytest

from contracts.events.claims import ClaimSubmitted
from contracts.events.dead_letters import Refusal
from contracts.events.envelope import CloudEvent
from contracts.events.feeds import CoverageChanged
from contracts.events.topics import CLAIMS_SUBMITTED, COVERAGE_CHANGED
from streams.intake.decode import Refused, decode_event
from streams.kafka.records import Record

NUL = "a\x00b"


def _claim(**changes: Any) -> dict[str, Any]:
    line = {"number": 1, "code": "72148", "units": "1", "charge": "500.00", "service_date": "2025-08-20"}
    data: dict[str, Any] = {
        "submitter": "SYNTHETIC",
        "claim_control_number": "C1",
        "form": "professional",
        "member": {
            "member_id": "SYN-000001",
            "birth_date": "1961-04-03",
            "family_name": changes.pop("family_name", "Synthberg"),
            "given_name": "Synnove",
        },
        "billing": {"npi": "1234567893"},
        "diagnoses": ["M54.16"],
        "lines": [{**line, **changes.pop("line", {})}],
    }
    event = {"type": "com.claimwright.claim.submitted.v1", "id": changes.pop("id", "event-1")}
    return _envelope(event, {**data, **changes})


def _coverage(**changes: Any) -> dict[str, Any]:
    data = {
        "coverage_id": "COV-1",
        "member_id": "SYN-000001",
        "plan_id": "HUDSON-COMM",
        "birth_date": "1961-04-03",
        "starts": "2025-01-01",
        "version": 1,
    }
    return _envelope({"type": "com.claimwright.coverage.changed.v1", "id": "event-1"}, {**data, **changes})


def _envelope(event: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    now = "2025-09-01T09:00:00Z"
    return {**event, "specversion": "1.0", "source": "synthetic", "time": now, "data": data}


def _decode(topic: str, event: dict[str, Any], model: type[CloudEvent]) -> CloudEvent | Refused:
    return decode_event(Record(topic, 0, 0, datetime(2025, 9, 1, tzinfo=UTC), b"key", orjson.dumps(event)), model)


@pytest.mark.parametrize(
    "changes",
    [{"notes": [NUL]}, {"id": NUL}, {"family_name": NUL}, {"line": {"description": NUL}}, {"notes": ["\x00"]}],
    ids=["note", "event id", "name", "description", "nothing else"],
)
def test_a_nul_anywhere_in_a_claim_is_refused(changes: dict[str, Any]) -> None:
    refused = _decode(CLAIMS_SUBMITTED, _claim(**changes), ClaimSubmitted)
    assert isinstance(refused, Refused)
    assert refused.refusal is Refusal.SCHEMA


@pytest.mark.parametrize("note", ["two\nlines", "a\\u0000b, spelled out", "é and 漢", " blank at the ends "])
def test_any_other_note_is_accepted(note: str) -> None:
    decoded = _decode(CLAIMS_SUBMITTED, _claim(notes=[note]), ClaimSubmitted)
    assert isinstance(decoded, ClaimSubmitted)
    assert decoded.data.notes == (note,)


def test_a_span_that_ends_before_it_starts_is_refused_without_reporting_its_dates() -> None:
    refused = _decode(COVERAGE_CHANGED, _coverage(ends="2024-12-31"), CoverageChanged)
    assert isinstance(refused, Refused)
    assert refused.refusal is Refusal.SCHEMA
    assert not any("2024" in reason.message for reason in refused.reasons)


def test_an_empty_span_is_accepted_only_where_it_takes_coverage_back() -> None:
    assert isinstance(_decode(COVERAGE_CHANGED, _coverage(ends="2025-01-01"), CoverageChanged), Refused)
    decoded = _decode(COVERAGE_CHANGED, _coverage(ends="2025-01-01", voided=True), CoverageChanged)
    assert isinstance(decoded, CoverageChanged)
    assert decoded.data.ends == date(2025, 1, 1)


def test_a_version_beyond_the_database_integer_is_refused() -> None:
    assert isinstance(_decode(COVERAGE_CHANGED, _coverage(version=2**63), CoverageChanged), Refused)
    assert isinstance(_decode(COVERAGE_CHANGED, _coverage(version=2**63 - 1), CoverageChanged), CoverageChanged)
