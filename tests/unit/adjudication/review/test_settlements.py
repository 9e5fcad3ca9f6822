"""A person's resolution replaces the pended finding; all other findings still count."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from adjudication.model import outcomes
from adjudication.model.claim import Claim
from adjudication.model.determination import (
    Decision,
    Determination,
    Disposition,
    LineDetermination,
    Pended,
    ReviewerSignature,
)
from adjudication.model.errors import ClinicalDenialNeedsSignatureError
from adjudication.model.findings import Evidence, Finding
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import LineNumber, OutcomeCode, Verdict
from adjudication.review.settlements import Resolution, Settlement, settle
from adjudication.steps.determine import Earlier, determine
from adjudication.steps.eligibility import EligibilityResult
from tests.builders.activities.claims import a_claim
from tests.builders.coverage import plans_of
from tests.builders.findings import denying, pending
from tests.builders.reviews import NOW, ONE, RATIONALE

AT = datetime(2025, 9, 4, 8, 0, tzinfo=UTC)
CLAIM = a_claim("C1", "72148")
BOTH = a_claim("C1", "72148", "72141")
UNPRICED = a_claim("C1", "0609T")
NOT_MET = outcomes.NECESSITY_CRITERIA_NOT_MET


def signed_by(reviewer: str = "SYN-physician") -> ReviewerSignature:
    return ReviewerSignature(reviewer, "physician", "SYN-LIC-1", "NY", NOW, RATIONALE)


def a_settlement(
    resolution: Resolution,
    outcome: OutcomeCode = NOT_MET,
    *,
    line: int | None = 1,
    denies_as: OutcomeCode | None = None,
    signature: ReviewerSignature | None = None,
    allowed: str | None = None,
    after: timedelta = timedelta(0),
) -> Settlement:
    number = None if line is None else LineNumber(line)
    amount = None if allowed is None else Decimal(allowed)
    return Settlement(number, outcome, resolution, "SYN-person", "physician", NOW + after, denies_as, signature, amount)


def passed(outcome: OutcomeCode = NOT_MET, *, line: int | None = 1, after: timedelta = timedelta(0)) -> Settlement:
    return a_settlement(Resolution.PASSES, outcome, line=line, after=after)


def denied(
    outcome: OutcomeCode = NOT_MET,
    denies_as: OutcomeCode = outcomes.NOT_MEDICALLY_NECESSARY,
    signature: ReviewerSignature | None = None,
    *,
    line: int | None = 1,
) -> Settlement:
    return a_settlement(Resolution.DENIES, outcome, line=line, denies_as=denies_as, signature=signature)


def decide(
    reference: ReferenceData, findings: list[Finding], settlements: list[Settlement], claim: Claim = CLAIM
) -> Decision:
    eligibility = EligibilityResult((), plans_of(claim, reference, "HUDSON-COMM"))
    return determine(claim, eligibility, findings, AT, reference, Earlier(settlements))


def lines(decision: Decision) -> tuple[LineDetermination, ...]:
    assert isinstance(decision, Determination)
    return decision.lines


def waits_for(decision: Decision) -> list[tuple[str, int | None]]:
    assert isinstance(decision, Pended)
    return [(pend.outcome, pend.line) for pend in decision.pends]


# One settlement


def test_a_settlement_is_whole() -> None:
    with pytest.raises(ValueError, match="names the outcome it denies with"):
        a_settlement(Resolution.DENIES)
    with pytest.raises(ValueError, match="names the outcome it denies with"):
        a_settlement(Resolution.PASSES, denies_as=outcomes.EXPERIMENTAL)
    with pytest.raises(ValueError, match="names the allowed amount"):
        a_settlement(Resolution.PRICED)
    with pytest.raises(ValueError, match="names the allowed amount"):
        a_settlement(Resolution.PASSES, allowed="1")
    for amount in ("0", "-0.01"):
        with pytest.raises(ValueError, match="above zero"):
            a_settlement(Resolution.PRICED, allowed=amount)


def test_a_line_that_was_passed_is_paid_and_says_who_passed_it(reference: ReferenceData) -> None:
    (line,) = lines(decide(reference, [pending(NOT_MET, "P-CLIN-N")], [passed()]))
    assert line.disposition is Disposition.APPROVED
    (note,) = (finding for finding in line.findings if finding.outcome == NOT_MET)
    assert note.verdict is Verdict.NOTES
    assert note.pend is None
    assert {Evidence("settled_by", "SYN-person"), Evidence("role", "physician")} <= set(note.evidence)


def test_a_signed_denial_is_shown_as_the_outcome_the_physician_named(reference: ReferenceData) -> None:
    (line,) = lines(decide(reference, [pending(NOT_MET, "P-CLIN-N")], [denied(signature=signed_by())]))
    assert (line.disposition, line.reason, line.clinical) == (
        Disposition.DENIED,
        outcomes.NOT_MEDICALLY_NECESSARY,
        True,
    )
    assert [adjustment.carc for adjustment in line.adjustments] == ["50"]
    assert line.signature == signed_by()


@pytest.mark.parametrize(
    "name", [outcomes.NOT_MEDICALLY_NECESSARY, outcomes.EXPERIMENTAL, outcomes.NOT_REASONABLE_AND_NECESSARY]
)
def test_an_unsigned_clinical_denial_cannot_be_determined(reference: ReferenceData, name: OutcomeCode) -> None:
    with pytest.raises(ClinicalDenialNeedsSignatureError):
        decide(reference, [pending(NOT_MET, "P-CLIN-N")], [denied(denies_as=name)])


def test_a_signature_given_for_one_line_signs_no_other(reference: ReferenceData) -> None:
    findings = [pending(NOT_MET, "P-CLIN-N"), pending(NOT_MET, "P-CLIN-N", 2)]
    settlements = [denied(signature=signed_by()), denied(line=2)]
    with pytest.raises(ClinicalDenialNeedsSignatureError):
        decide(reference, findings, settlements, BOTH)


def test_a_signature_given_for_one_reason_signs_no_other_reason_of_the_line(reference: ReferenceData) -> None:
    findings = [pending(NOT_MET, "P-CLIN-N"), pending(outcomes.NECESSITY_JUDGMENT, "P-CLIN-N")]
    experimental = denied(outcomes.NECESSITY_JUDGMENT, outcomes.EXPERIMENTAL, signed_by())
    with pytest.raises(ClinicalDenialNeedsSignatureError):
        decide(reference, findings, [denied(), experimental])


def test_of_two_signed_denials_of_a_line_the_signature_is_that_of_its_reason(reference: ReferenceData) -> None:
    findings = [pending(outcomes.NECESSITY_JUDGMENT, "P-CLIN-N"), pending(NOT_MET, "P-CLIN-N")]
    settlements = [
        denied(outcomes.NECESSITY_JUDGMENT, outcomes.EXPERIMENTAL, signed_by("SYN-first")),
        denied(NOT_MET, outcomes.NOT_MEDICALLY_NECESSARY, signed_by("SYN-second")),
    ]
    for given in (findings, findings[::-1]):
        (line,) = lines(decide(reference, given, settlements))
        assert line.reason == outcomes.NOT_MEDICALLY_NECESSARY
        assert line.signature == signed_by("SYN-second")
        assert line.would_also_fail == (outcomes.EXPERIMENTAL,)


def test_a_denial_of_the_whole_claim_is_signed_once_for_all_its_lines(reference: ReferenceData) -> None:
    decision = decide(reference, [pending(NOT_MET, "P-CLIN-N", None)], [denied(signature=signed_by(), line=None)], BOTH)
    assert [line.signature for line in lines(decision)] == [signed_by(), signed_by()]


def test_a_price_set_by_hand_is_paid_up_to_the_charge(reference: ReferenceData) -> None:
    assert waits_for(decide(reference, [], [], UNPRICED)) == [(outcomes.MANUAL_PRICING, 1)]
    for allowed, paid in (("310.00", "310.00"), ("999.00", "500.00"), ("0.01", "0.01")):
        price = a_settlement(Resolution.PRICED, outcomes.MANUAL_PRICING, allowed=allowed)
        (line,) = lines(decide(reference, [], [price], UNPRICED))
        assert (line.disposition, line.paid) == (Disposition.APPROVED, Decimal(paid))
        assert Evidence("priced_by", "SYN-person") in line.findings[-1].evidence


def test_a_price_passes_nothing_else(reference: ReferenceData) -> None:
    price = a_settlement(Resolution.PRICED, outcomes.MANUAL_PRICING, allowed="310.00")
    decision = decide(reference, [pending(NOT_MET, "P-CLIN-N")], [price], UNPRICED)
    assert waits_for(decision) == [(NOT_MET, 1)]


# Several


def test_the_newest_settlement_of_a_finding_stands_in_whatever_order_they_come() -> None:
    older, newer = passed(), replace(denied(signature=signed_by()), settled_at=NOW + timedelta(hours=1))
    for order in ([older, newer], [newer, older]):
        (finding,) = settle([pending(NOT_MET, "P-CLIN-N")], order).findings
        assert finding.verdict is Verdict.DENIES


def test_a_settled_edit_goes_on_with_what_else_was_found(reference: ReferenceData) -> None:
    findings = [
        pending(outcomes.UNITS_REVIEWABLE, "P-EDIT-OVR"),
        pending(NOT_MET, "P-CLIN-N"),
        denying(outcomes.BENEFIT_EXCLUDED),
    ]
    assert waits_for(decide(reference, findings, [])) == [(outcomes.UNITS_REVIEWABLE, 1)]
    (line,) = lines(decide(reference, findings, [passed(outcomes.UNITS_REVIEWABLE)]))
    assert (line.reason, line.would_also_fail) == (outcomes.BENEFIT_EXCLUDED, (NOT_MET,))
    without = [finding for finding in findings if finding.verdict is Verdict.PENDS]
    assert waits_for(decide(reference, without, [passed(outcomes.UNITS_REVIEWABLE)])) == [(NOT_MET, 1)]


def test_a_line_settled_waits_with_the_claim_for_the_others(reference: ReferenceData) -> None:
    findings = [pending(NOT_MET, "P-CLIN-N"), pending(outcomes.UNITS_REVIEWABLE, "P-EDIT-OVR", 2)]
    decision = decide(reference, findings, [denied(signature=signed_by())], BOTH)
    assert waits_for(decision) == [(outcomes.UNITS_REVIEWABLE, 2)]
    split = decide(
        reference, findings, [denied(signature=signed_by()), passed(outcomes.UNITS_REVIEWABLE, line=2)], BOTH
    )
    assert [line.disposition for line in lines(split)] == [Disposition.DENIED, Disposition.APPROVED]


def test_what_no_person_asked_settles_nothing() -> None:
    findings = [pending(NOT_MET, "P-CLIN-N"), denying(outcomes.DUPLICATE)]
    others = [passed(outcomes.EXPERIMENTAL), passed(line=2), passed(outcomes.DUPLICATE)]
    settled = settle(findings, others)
    assert settled.findings == tuple(findings)
    assert not settled.signatures
    assert not settled.prices


def test_a_finding_that_denies_is_not_passed_by_a_settlement_of_its_name(reference: ReferenceData) -> None:
    (line,) = lines(decide(reference, [denying(outcomes.UNITS_REVIEWABLE)], [passed(outcomes.UNITS_REVIEWABLE)]))
    assert line.disposition is Disposition.DENIED
    assert line.line == ONE
