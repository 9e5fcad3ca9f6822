"""Both ways to read a stored claim give equal claims: with its model, and without validating it again."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from adjudication.model.vocabulary import ClaimId
from benchmarks.load import straight_through_claims
from contracts.claim_intake import stored_claims
from contracts.claim_intake.mapping import to_core
from contracts.claim_intake.stored_claims import read_claim
from contracts.events.claims import ClaimSubmittedV1
from contracts.stored import read_stored
from tests.builders.events import a_claim_event, an_institutional_claim_event
from tests.builders.json_values import places

CLAIM, RECEIVED = ClaimId("00000000-0000-5000-8000-000000000001"), datetime(2025, 11, 3, 9, tzinfo=UTC)
FULL = {
    **orjson.loads(next(straight_through_claims(1, 1, 1))[1])["data"],
    "revision": 2,
    "frequency": "7",
    "payer_claim_number": "P1",
    "rendering": {"npi": "1234567893", "name": "Synthetic Radiology", "taxonomy": "261QM1200X"},
    "operating": {"npi": "1234567893"},
    "total_charge": "910.50",
    "authorization_number": "A-1",
    "authorization_exception": "3",
    "assignment_accepted": True,
    "benefits_assigned": False,
    "attachments": [{"control_number": "D-1", "report_type": "OZ", "transmission": "EL"}],
    "notes": ["a synthetic note"],
    "supporting_information": [
        {"fact": "trial.failed", "flag": False, "source": "visit note", "recorded_on": "2025-08-25"},
        {"fact": "trial.days", "number": "42.50", "source": "visit note", "recorded_on": "2025-08-25"},
        {"fact": "trial.began", "day": "2025-07-01", "source": "visit note", "recorded_on": "2025-08-25"},
        {
            "fact": "repeat.reason",
            "code": "progression",
            "source": "visit note",
            "recorded_on": "2025-08-25",
            "about": {"line": 1, "study": "72148", "region": "lumbar", "side": "left", "episode": "2025-06-01"},
        },
    ],
    "lines": [
        {
            "number": 1,
            "code": "72148",
            "modifiers": ["26", "59"],
            "units": "1",
            "unit_basis": "UN",
            "charge": "910.50",
            "service_date": "2025-09-02",
            "diagnosis_pointers": [1],
            "place_of_service": "11",
            "description": "imaging",
            "authorization_number": "A-2",
            "control_number": "L-1",
            "rendering": {"npi": "1234567893"},
        }
    ],
}
CLAIMS = (FULL, a_claim_event()["data"], an_institutional_claim_event()["data"])
VALUES: st.SearchStrategy[Any] = st.sampled_from(
    (
        None,
        True,
        False,
        1,
        2.5,
        -3,
        "",
        "1",
        "1.50",
        "1e3",
        "-0",
        "01",
        " 1",
        "٣",
        "é",
        "2025-09-02",
        "20250902",
        "7",
        [],
        {},
    )
)


@st.composite
def altered_claims(draw: st.DrawFn) -> dict[str, Any]:
    """A claim with up to three places replaced or left out, as an earlier version may have stored it."""
    claim: dict[str, Any] = deepcopy(draw(st.sampled_from(CLAIMS)))
    for _ in range(draw(st.integers(0, 3))):
        container, key = draw(st.sampled_from(list(places(claim))))
        if draw(st.booleans()):
            container[key] = draw(VALUES)
        else:
            del container[key]
    return claim


@given(altered_claims())
@example(FULL)
@settings(max_examples=400, deadline=None)
def test_a_claim_read_without_validation_equals_the_claim_that_its_model_reads(claim: dict[str, Any]) -> None:
    payload = orjson.dumps(claim).decode()
    try:
        expected = to_core(read_stored(ClaimSubmittedV1, payload), CLAIM, RECEIVED)
    except (ValidationError, ValueError):
        return  # no version stored it
    assert read_claim(payload, CLAIM, RECEIVED) == expected


def test_a_claim_in_the_form_of_today_needs_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(stored_claims, "read_stored")
    read = read_claim(orjson.dumps(FULL).decode(), CLAIM, RECEIVED)
    assert [fact.value for fact in read.supporting] == [False, Decimal("42.50"), date(2025, 7, 1), "progression"]
