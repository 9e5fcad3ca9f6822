"""What a ruling does to a line: stated again where it stands, folded again with everything else found where it fell."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from adjudication.appeals.independence import LineRuling, Ruling
from adjudication.appeals.outcome import LineAfter, Ruled, lines_after
from adjudication.appeals.rules import Appellant
from adjudication.model import outcomes
from adjudication.model.determination import Determination, Disposition, LineDetermination, Pended, ReviewerSignature
from adjudication.model.errors import ClinicalDenialNeedsSignatureError
from adjudication.model.findings import Finding
from adjudication.model.vocabulary import GroupCode, LineNumber, Verdict
from adjudication.steps.determine import determine
from adjudication.steps.eligibility import EligibilityResult
from tests.builders.activities.claims import a_claim
from tests.builders.appeals import RATIONALE, rules, shipped
from tests.builders.coverage import plans_of
from tests.builders.findings import SYNTHETIC, a_line_determination, denying

DECIDED = datetime(2025, 4, 1, tzinfo=UTC)
SIGNED = ReviewerSignature("appeals-md", "physician", "SYN-1", "NY", DECIDED, RATIONALE)
RULED = Ruled("SYN-APPEAL", "reconsideration", Appellant.MEMBER, DECIDED.date(), outside=False, citation=SYNTHETIC)
BUNDLED, NO_AUTHORIZATION = outcomes.PAIR, outcomes.AUTHORIZATION_MISSING


def a_denial(*found: Finding, **changes: object) -> LineDetermination:
    """Line 1, denied by the first finding."""
    denied = replace(
        a_line_determination(Disposition.DENIED),
        reason=found[0].outcome,
        would_also_fail=tuple(finding.outcome for finding in found[1:]),
        findings=found,
    )
    return replace(denied, **changes)  # type: ignore[arg-type]


def after(line: LineDetermination, ruling: Ruling, ruled: Ruled = RULED, units: Decimal | None = None) -> LineAfter:
    rulings = (LineRuling(line.line, ruling, units),)
    (result,) = lines_after((line,), rulings, ruled, rules(), shipped().combinations)
    return result


def folded(result: LineAfter) -> Determination | Pended:
    claim = a_claim("SYN-APPEALED", "72148")
    return determine(claim, EligibilityResult((), plans_of(claim, shipped())), result.findings, DECIDED, shipped())


def test_an_overturned_edit_with_nothing_else_against_the_line_is_approved_and_paid() -> None:
    decision = folded(after(a_denial(denying(BUNDLED)), Ruling.OVERTURNED))
    assert isinstance(decision, Determination)
    assert decision.lines[0].disposition is Disposition.APPROVED
    assert decision.paid > 0


def test_an_overturned_edit_does_not_pay_a_line_that_would_also_fail() -> None:
    result = after(a_denial(denying(BUNDLED), denying(NO_AUTHORIZATION)), Ruling.OVERTURNED)
    decision = folded(result)
    assert isinstance(decision, Determination)
    assert decision.lines[0].reason == NO_AUTHORIZATION
    assert decision.lines[0].would_also_fail == ()


def test_what_was_set_aside_stays_on_record_with_the_appeal() -> None:
    (finding,) = after(a_denial(denying(BUNDLED)), Ruling.OVERTURNED).findings
    assert finding.verdict is Verdict.NOTES
    assert {e.name: e.value for e in finding.evidence}["appeal"] == "SYN-APPEAL"


def test_a_denial_of_the_whole_claim_is_set_aside_for_the_appealed_line_only() -> None:
    (finding,) = after(a_denial(denying(BUNDLED, None)), Ruling.OVERTURNED).findings
    assert (finding.line, finding.verdict) == (LineNumber(1), Verdict.NOTES)


@pytest.mark.parametrize(
    ("appellant", "remark"), [(Appellant.MEMBER, "N691"), (Appellant.NON_CONTRACT_PROVIDER, "N690")]
)
def test_a_reversal_takes_the_old_adjustments_back_and_says_who_appealed(appellant: Appellant, remark: str) -> None:
    line = a_denial(denying(BUNDLED))
    result = after(line, Ruling.OVERTURNED, replace(RULED, appellant=appellant))
    assert (result.reverses, result.remark, result.superseding) == (line.adjustments, remark, None)


def test_an_upheld_denial_is_shown_as_maintained_with_the_same_amount() -> None:
    result = after(a_denial(denying(BUNDLED)), Ruling.UPHELD)
    assert result.superseding is not None
    (shown,) = result.superseding.adjustments
    assert (shown.group, shown.carc, shown.rarcs) == (GroupCode.CONTRACTUAL, "193", ("MA46", "MA91"))
    assert shown.amount == Decimal("500.00")


def test_an_upheld_denial_of_another_forum_is_shown_as_an_outside_reviewers() -> None:
    result = after(a_denial(denying(BUNDLED)), Ruling.UPHELD, replace(RULED, outside=True))
    assert result.superseding is not None
    assert [(a.carc, a.rarcs) for a in result.superseding.adjustments] == [("216", ("N10", "N591"))]


def test_what_the_patient_owed_stays_with_the_patient() -> None:
    line = a_denial(denying(BUNDLED))
    owed = replace(line, adjustments=(replace(line.adjustments[0], group=GroupCode.PATIENT),))
    result = after(owed, Ruling.UPHELD)
    assert result.superseding is not None
    assert result.superseding.adjustments[0].group is GroupCode.PATIENT


def test_a_clinical_denial_upheld_carries_the_new_signature() -> None:
    first = replace(SIGNED, reviewer_id="denier")
    line = a_denial(denying(outcomes.NOT_MEDICALLY_NECESSARY), clinical=True, signature=first)
    result = after(line, Ruling.UPHELD, replace(RULED, signature=SIGNED))
    assert result.superseding is not None
    assert result.superseding.signature == SIGNED


def test_a_clinical_denial_cannot_be_upheld_without_any_signature() -> None:
    line = a_denial(denying(outcomes.NOT_MEDICALLY_NECESSARY))
    object.__setattr__(line, "clinical", True)  # a stored line that lost its signature
    with pytest.raises(ClinicalDenialNeedsSignatureError):
        after(line, Ruling.UPHELD)


@pytest.mark.parametrize(("ruling", "units"), [(Ruling.PARTLY, None), (Ruling.PARTLY, "0"), (Ruling.UPHELD, "1")])
def test_only_a_partial_ruling_grants_units_and_it_must(ruling: Ruling, units: str | None) -> None:
    with pytest.raises(ValueError, match="units granted"):
        LineRuling(LineNumber(1), ruling, None if units is None else Decimal(units))


def test_lines_no_person_appealed_are_left_alone() -> None:
    other = replace(a_denial(denying(BUNDLED)), line=LineNumber(2))
    rulings = (LineRuling(LineNumber(1), Ruling.UPHELD),)
    assert lines_after((other,), rulings, RULED, rules(), shipped().combinations) == ()
