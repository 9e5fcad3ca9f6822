"""What the plan owes before the member's cost share is named `payable`; what was published as `paid` stays and is still read."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson
import pytest

from contracts.events.determinations import DeterminationV1, LineDeterminationV1, ProposedLineV1
from contracts.records.decision_json import payable, read_finding, read_line
from contracts.stored import read_stored
from storage.recovery.published import decision_of

LINE: dict[str, Any] = {
    "line": 1,
    "code": "72148",
    "disposition": "approved",
    "charge": "500.00",
    "adjustments": [{"group": "CO", "carc": "45", "amount": "87.50", "rarcs": ["N381"]}],
    "reason": "pricing.rated",
    "reason_label": "Priced",
    "would_also_fail": [],
    "findings": [],
}
DETERMINATION: dict[str, Any] = {
    "claim_id": "SYN-1",
    "submitter": "SYN-CLEARING",
    "claim_control_number": "C1",
    "revision": 1,
    "payer_claim_number": "SYN-N1",
    "version": 1,
    "decided_at": "2025-11-20T10:00:00Z",
    "charge": "500.00",
    "policy_bundle": "SYN-HASH",
}
EITHER = pytest.mark.parametrize("name", ["paid", "payable"])


@EITHER
def test_an_event_of_any_version_of_ours_is_read_and_shown_with_the_new_name(name: str) -> None:
    stored = {**DETERMINATION, name: "412.50", "lines": [{**LINE, name: "412.50"}]}
    read = read_stored(DeterminationV1, orjson.dumps(stored))
    assert (read.payable, read.lines[0].payable) == (Decimal("412.50"), Decimal("412.50"))
    shown = read.model_dump(mode="json")
    assert {"paid", "payable"} & shown.keys() == {"paid", "payable"} & shown["lines"][0].keys() == {"payable"}


@EITHER
def test_a_stored_line_is_read_for_letters_corrections_and_appeals(name: str) -> None:
    line = read_line({**LINE, name: "412.50"}, clinical=False, signature=None)
    assert line.paid == payable({name: "412.50"}) == Decimal("412.50")


@EITHER
def test_a_decision_proposed_to_a_second_person_is_read(name: str) -> None:
    proposed = {"line": 1, "disposition": "approved", name: "412.50", "reason": "pricing.rated", "people": []}
    assert ProposedLineV1.model_validate_json(orjson.dumps(proposed)).payable == Decimal("412.50")
    finding = read_finding(
        {
            "step": "pricing",
            "outcome": "quality.sampled",
            "verdict": "pends",
            "citation": {"source": "synthetic-payers", "locator": "sample"},
            "pend": "P-QA",
            "detail": {"proposed_lines": [proposed]},
        }
    )
    assert [each.paid for each in getattr(finding.detail, "lines", ())] == [Decimal("412.50")]


def test_one_decision_under_both_names_is_one_decision_to_a_recovery() -> None:
    before, now = ({"data": {"lines": [{**LINE, name: "412.50"}]}} for name in ("paid", "payable"))
    other = {"data": {"lines": [{**LINE, "payable": "0.00"}]}}
    assert decision_of(before) == decision_of(now)
    assert decision_of(now) != decision_of(other)


def test_the_contract_of_the_topic_names_what_the_amount_is() -> None:
    for model in (DeterminationV1, LineDeterminationV1, ProposedLineV1):
        schema = model.model_json_schema()
        assert "payable" in schema["properties"]
        assert "paid" not in schema["properties"]
