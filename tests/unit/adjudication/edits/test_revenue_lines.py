"""Hospital lines with a revenue code only (case C03): packaged or priced by a person, as the plan says, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adjudication.model import outcomes
from adjudication.model.claim import Claim, ClaimLine
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimForm, Verdict
from tests.builders.claims import a_claim, a_line
from tests.builders.edits import by_line, edit, one, verdict_and_pend


def _supply(code: str, charge: str = "85.00") -> ClaimLine:
    return replace(a_line(code, charge=charge), revenue_code=code)


def _claim(*lines: ClaimLine | str) -> Claim:
    return a_claim(*lines, form=ClaimForm.INSTITUTIONAL)


@pytest.mark.parametrize("code", ["0255", "0270"])
def test_a_packaged_line_is_paid_with_the_service_of_its_day(reference: ReferenceData, code: str) -> None:
    finding = one(edit(_claim("72148", _supply(code)), reference), outcomes.REVENUE_PACKAGED)
    assert verdict_and_pend(finding) == (Verdict.DENIES, None)
    rule = reference.outcomes[outcomes.REVENUE_PACKAGED]
    assert (rule.carc, rule.rarcs, rule.clinical) == ("97", ("M15",), False)


def test_a_line_that_the_plan_does_not_package_waits_for_a_price(reference: ReferenceData) -> None:
    finding = one(edit(_claim("72148", _supply("0710")), reference), outcomes.REVENUE_BY_HAND)
    assert verdict_and_pend(finding) == (Verdict.PENDS, "P-PRICE")


def test_a_line_with_no_service_to_be_paid_with_waits_for_a_price(reference: ReferenceData) -> None:
    assert verdict_and_pend(one(edit(_claim(_supply("0270")), reference), outcomes.REVENUE_BY_HAND)) == (
        Verdict.PENDS,
        "P-PRICE",
    )


def test_other_edits_do_not_judge_it_nor_the_service_by_it(reference: ReferenceData) -> None:
    claim = _claim("72148", _supply("0270"), _supply("0270"))
    found = by_line(edit(claim, reference), claim)
    assert found == [[outcomes.EDITS_CLEAN], [outcomes.REVENUE_PACKAGED], [outcomes.REVENUE_PACKAGED]]


@pytest.mark.parametrize(
    ("revenue", "code", "waits"),
    [
        ("0352", "72148", "waits"),
        ("0359", "76390", "waits"),
        ("0612", "72131", "waits"),
        ("0404", "72148", "waits"),
        ("0612", "72148", "stands"),
        ("0610", "72159", "stands"),
        ("0352", "72131", "stands"),
        ("0450", "72148", "stands"),
        ("0320", "72265", "stands"),
    ],
)
def test_a_revenue_code_of_another_kind_of_imaging_pends_for_a_coder(
    reference: ReferenceData, revenue: str, code: str, waits: str
) -> None:
    claim = _claim(replace(a_line(code), revenue_code=revenue))
    result = edit(claim, reference)
    asked = [finding for finding in result.findings if finding.outcome == outcomes.REVENUE_OTHER_IMAGING]
    assert [verdict_and_pend(each) for each in asked] == ([(Verdict.PENDS, "P-EDIT-OVR")] if waits == "waits" else [])
    assert reference.outcomes[outcomes.REVENUE_OTHER_IMAGING].carc == "199"
