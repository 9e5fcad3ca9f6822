"""Events as upstream sends them: JSON values with one thing wrong or nothing, and the Kafka records around them.

The member's data are words that occur nowhere else, so that a test can look for them where they must not be.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson

from contracts.events.codec import envelope
from contracts.events.topics import AUTHORIZATIONS_CHANGED, CLAIMS_SUBMITTED, COVERAGE_CHANGED, DOCUMENTS_RECEIVED
from streams.kafka.records import Record

CENTER, RADIOLOGIST, VENDOR = "1234567893", "1679576722", "1245319599"
MEMBER, FAMILY_NAME, GIVEN_NAME, BORN = "SYN-000042", "Synthquist", "Synnove", "1961-04-03"
NOTE = "synthetic narrative that no person may repeat"
PRIVATE = (MEMBER, FAMILY_NAME, GIVEN_NAME, BORN, NOTE)
SERVICE_DATE = "2025-08-20"
RECEIVED = datetime(2025, 9, 1, 9, 0, tzinfo=UTC)
Json = dict[str, Any]


def a_line(number: int = 1, code: str | None = "72148", **changes: Any) -> Json:
    line = {"number": number, "code": code, "units": "1", "charge": "500.00", "service_date": SERVICE_DATE}
    return without_none({**line, "diagnosis_pointers": [1], **changes})


def a_claim_event(control: str = "C1", **changes: Any) -> Json:
    """A clean professional claim; a change of None leaves the key out."""
    data = {
        "submitter": "SYNTHETIC",
        "claim_control_number": control,
        "form": "professional",
        "place_of_service": "11",
        "member": {
            "member_id": MEMBER,
            "birth_date": BORN,
            "family_name": FAMILY_NAME,
            "given_name": GIVEN_NAME,
        },
        "billing": {"npi": CENTER, "taxonomy": "2085R0202X"},
        "ordering": {"npi": "1992999825", "taxonomy": "207T00000X"},
        "diagnoses": ["M54.10"],
        "notes": [NOTE],
        "lines": [a_line()],
    }
    return _event("claim.submitted", f"claim-{control}", without_none({**data, **changes}))


def an_institutional_claim_event(control: str = "C1", **changes: Any) -> Json:
    lines = [a_line(revenue_code="0612", diagnosis_pointers=[])]
    facility = {"form": "institutional", "place_of_service": None, "bill_type": "131", "lines": lines}
    return a_claim_event(control, **{**facility, **changes})


def a_coverage_event(coverage_id: str = "SYN-COV-1", version: int = 1, **changes: Any) -> Json:
    data = {
        "coverage_id": coverage_id,
        "member_id": MEMBER,
        "plan_id": "HUDSON-COMM",
        "birth_date": BORN,
        "starts": "2025-01-01",
        "version": version,
    }
    return _event("coverage.changed", f"{coverage_id}-{version}", {**data, **changes})


def an_authorization_event(number: str = "SYN-AUTH-1", version: int = 1, **changes: Any) -> Json:
    data = {
        "authorization_number": number,
        "member_id": MEMBER,
        "plan_id": "CASCADE-MA",
        "status": "approved",
        "services": [{"code": "0609T", "units": "1", "starts": "2025-01-01", "ends": "2026-01-01"}],
        "version": version,
    }
    return _event("authorization.changed", f"{number}-{version}", {**data, **changes})


def a_provider_event(npi: str = CENTER, version: int = 1, **changes: Any) -> Json:
    """A provider under contract with one plan and never investigated."""
    contracts = [{"plan_id": "CASCADE-MA", "starts": "2025-01-01"}]
    return _event(
        "provider.changed", f"{npi}-{version}", {"npi": npi, "contracts": contracts, "version": version, **changes}
    )


def a_document_event(document_id: str = "SYN-DOC-1", version: int = 1, **changes: Any) -> Json:
    """A note that states one fact of claim C1; a change of None leaves the key out."""
    fact = {"fact": "eval.adequate", "flag": True, "source": "visit note", "recorded_on": "2025-08-20"}
    data = {
        "document_id": document_id,
        "version": version,
        "submitter": "SYNTHETIC",
        "claim_control_number": "C1",
        "kind": "clinical-note",
        "facts": [fact],
    }
    return _event("document.received", f"{document_id}-{version}", without_none({**data, **changes}))


def a_record(
    event: Any, *, topic: str = CLAIMS_SUBMITTED, partition: int = 0, offset: int = 7, at: datetime = RECEIVED
) -> Record:
    """The record of an event, or of bytes as they are."""
    value = event if isinstance(event, bytes) or event is None else orjson.dumps(event)
    return Record(topic, partition, offset, at, b"key", value)


def a_coverage_record(event: Any, offset: int = 7) -> Record:
    return a_record(event, topic=COVERAGE_CHANGED, offset=offset)


def an_authorization_record(event: Any, offset: int = 7) -> Record:
    return a_record(event, topic=AUTHORIZATIONS_CHANGED, offset=offset)


def a_document_record(event: Any, offset: int = 7) -> Record:
    return a_record(event, topic=DOCUMENTS_RECEIVED, offset=offset)


def without_none(values: Json) -> Json:
    return {name: value for name, value in values.items() if value is not None}


def _event(kind: str, identity: str, data: Json) -> Json:
    return envelope(kind, identity, "synthetic", "2025-09-01T09:00:00Z", data)
