from __future__ import annotations

from adjudication.edits.reductions import unreduced
from adjudication.model import outcomes
from adjudication.model.reference import ReferenceData
from tests.builders.claims import VENDOR, a_claim, a_line, a_past_line
from tests.builders.edits import edit, found

ALL_THREE = ("72141", "72146", "72148")


def by_hand(reference: ReferenceData, *lines: str, plan: str = "HUDSON-MA") -> list[int]:
    """Lines of one claim that a person prices because a reduction may apply."""
    claim = a_claim(*lines)
    findings = edit(claim, reference, plan=plan).findings
    return [line.number for line in claim.lines if unreduced(f for f in findings if f.line == line.number)]


def test_of_three_studies_a_medicare_plan_pays_only_the_dearest_without_a_person(reference: ReferenceData) -> None:
    """72148 has the highest rate of the three; the fee schedule (indicator 4) reduces the other two."""
    assert by_hand(reference, *ALL_THREE) == [1, 2]


def test_a_plan_that_pays_every_study_says_that_no_reduction_was_applied(reference: ReferenceData) -> None:
    result = edit(a_claim(*ALL_THREE), reference, plan="HUDSON-COMM")
    assert by_hand(reference, *ALL_THREE, plan="HUDSON-COMM") == []
    assert [outcomes.REDUCTION_NOT_APPLIED in found(result, n) for n in (1, 2, 3)] == [True, True, False]


def test_one_study_is_never_reduced(reference: ReferenceData) -> None:
    assert by_hand(reference, "72148") == []


def test_two_parts_of_one_study_are_one_study(reference: ReferenceData) -> None:
    result = edit(a_claim(a_line("72148", "TC"), a_line("72148", "26")), reference, plan="HUDSON-MA")
    assert unreduced(result.findings) is None


def test_a_bundled_study_reduces_no_other(reference: ReferenceData) -> None:
    """72149 bundles 72148 (indicator 0), so that only 72149 is paid."""
    assert by_hand(reference, "72149", "72148") == []


def test_a_study_of_the_session_on_another_claim_counts_only_of_the_same_biller(reference: ReferenceData) -> None:
    own = edit(a_claim("72148"), reference, a_past_line("72141"), plan="HUDSON-MA")
    others = edit(a_claim("72148"), reference, a_past_line("72141", billing=VENDOR), plan="HUDSON-MA")
    assert unreduced(own.findings) is not None
    assert unreduced(others.findings) is None
