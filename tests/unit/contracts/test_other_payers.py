from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from adjudication.model.other_payers import PayerOrder
from contracts.events.documents import DocumentReceivedV1
from contracts.events.feeds import CoverageChangedV1

COVERAGE: dict[str, Any] = {
    "coverage_id": "SYN-COV-1",
    "member_id": "SYN-000001",
    "plan_id": "HUDSON-COMM",
    "birth_date": "1961-04-03",
    "starts": "2025-01-01",
    "version": 1,
}
EOB: dict[str, Any] = {
    "document_id": "SYN-DOC-1",
    "version": 1,
    "submitter": "SYNTHETIC",
    "claim_control_number": "C1",
    "kind": "explanation-of-benefits",
    "adjudication": {"payer_id": "SYN-OTHER-PAYER", "adjudicated_on": "2025-08-28", "paid": "300.00"},
}


def _read(**changes: Any) -> CoverageChangedV1:
    return CoverageChangedV1.model_validate({**COVERAGE, **changes}, strict=False)


def test_a_feed_that_says_nothing_says_something_else_than_that_there_is_none() -> None:
    assert _read().other_coverage is None
    assert _read(other_coverage=()).other_coverage == ()


def test_an_order_no_person_settled_is_shown_as_unknown_and_never_left_out() -> None:
    (shown,) = (
        _read(other_coverage=({"payer_id": "P", "order": "unknown", "starts": "2025-01-01"},)).other_coverage or ()
    )
    assert shown.to_core().order is PayerOrder.UNKNOWN
    with pytest.raises(ValidationError, match="order"):
        _read(other_coverage=({"payer_id": "P", "starts": "2025-01-01"},))


def test_other_coverage_that_ends_before_it_starts_is_refused_in_words() -> None:
    backwards = {"payer_id": "P", "order": "primary", "starts": "2025-01-01", "ends": "2024-12-31"}
    with pytest.raises(ValidationError, match="send the last day inside as through"):
        _read(other_coverage=(backwards,))


def test_only_an_explanation_of_benefits_states_what_another_payer_did() -> None:
    shown = DocumentReceivedV1.model_validate(EOB, strict=False).adjudication
    assert shown is not None
    assert shown.to_core("SYN-DOC-1").source == "SYN-DOC-1"
    with pytest.raises(ValidationError, match="correct the kind"):
        DocumentReceivedV1.model_validate({**EOB, "kind": "clinical-note"}, strict=False)
