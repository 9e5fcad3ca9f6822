from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from adjudication.model import outcomes
from adjudication.model.claim import Claim
from adjudication.model.determination import (
    CLINICAL_CARCS,
    Decision,
    Determination,
    Disposition,
    Pended,
    ReviewerSignature,
)
from adjudication.model.errors import (
    ClinicalDenialNeedsSignatureError,
    CombinationError,
    UnbalancedError,
    UnknownOutcomeError,
)
from adjudication.model.findings import Finding
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import GroupCode, OutcomeCode, PendCode, Step, Verdict
from adjudication.steps.determine import determine, failed_step
from adjudication.steps.eligibility import EligibilityResult
from tests.builders.activities.claims import RECEIVED, a_claim, a_line
from tests.builders.coverage import plans_of
from tests.builders.findings import SYNTHETIC, a_line_determination, denying, noting, pending

NOW = datetime(2025, 9, 2, 8, 30, tzinfo=UTC)
SIGNATURE = ReviewerSignature(
    "REV-SYN-1", "physician", "SYN-12345", "NY", NOW, "No improvement in this member's films."
)
ONE, TWO = a_claim("C1", "72148"), a_claim("C1", "72148", "72141")


def fold(reference: ReferenceData, claim: Claim, *findings: Finding, plan: str = "HUDSON-COMM") -> Decision:
    eligibility = EligibilityResult((), plans_of(claim, reference, plan))
    return determine(claim, eligibility, findings, NOW, reference)


def determined(reference: ReferenceData, claim: Claim, *findings: Finding) -> Determination:
    decision = fold(reference, claim, *findings)
    assert isinstance(decision, Determination)
    return decision


def pended(reference: ReferenceData, claim: Claim, *findings: Finding, plan: str = "HUDSON-COMM") -> Pended:
    decision = fold(reference, claim, *findings, plan=plan)
    assert isinstance(decision, Pended)
    return decision


# What cannot be built


@pytest.mark.parametrize("carc", sorted(CLINICAL_CARCS))
@pytest.mark.parametrize("disposition", [Disposition.APPROVED, Disposition.DENIED])
def test_a_clinical_reason_without_a_signature_cannot_be_built_whole_or_in_part(
    carc: str, disposition: Disposition
) -> None:
    paid, amount = ("0.00", "500.00") if disposition is Disposition.DENIED else ("300.00", "200.00")
    with pytest.raises(ClinicalDenialNeedsSignatureError):
        a_line_determination(disposition, carc=carc, paid=paid, amount=amount)
    signed = a_line_determination(disposition, carc=carc, paid=paid, amount=amount, signature=SIGNATURE)
    assert signed.signature is SIGNATURE


def test_a_clinical_denial_shown_with_another_code_still_needs_a_signature() -> None:
    with pytest.raises(ClinicalDenialNeedsSignatureError):
        a_line_determination(Disposition.DENIED, carc="204", clinical=True)
    a_line_determination(Disposition.DENIED, carc="204", clinical=True, signature=SIGNATURE)
    a_line_determination(Disposition.DENIED, carc="204")


@pytest.mark.parametrize("role", ["nurse", "examiner", "coder", "system", ""])
def test_only_a_physician_or_clinical_peer_signs(role: str) -> None:
    with pytest.raises(ClinicalDenialNeedsSignatureError, match="may not sign"):
        replace(SIGNATURE, role=role)
    assert replace(SIGNATURE, role="clinical-peer").role == "clinical-peer"


@pytest.mark.parametrize("part", ["license_number", "license_state", "rationale"])
def test_a_signature_needs_a_license_and_its_own_reasons(part: str) -> None:
    with pytest.raises(ClinicalDenialNeedsSignatureError, match="rationale"):
        replace(SIGNATURE, **{part: " "})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("disposition", "paid", "amount"),
    [
        (Disposition.APPROVED, "412.50", "87.49"),
        (Disposition.APPROVED, "412.50", "0.00"),
        (Disposition.APPROVED, "-1.00", "501.00"),
        (Disposition.APPROVED, "501.00", "-1.00"),
        (Disposition.DENIED, "100.00", "400.00"),
        (Disposition.DENIED, "0.00", "499.99"),
    ],
)
def test_a_line_whose_charges_do_not_balance_cannot_be_built(disposition: Disposition, paid: str, amount: str) -> None:
    with pytest.raises(UnbalancedError):
        a_line_determination(disposition, paid=paid, amount=amount)


# The fold


def test_a_line_without_a_fault_is_approved_at_the_rate_with_the_rest_contractual(reference: ReferenceData) -> None:
    decision = determined(reference, ONE, noting(outcomes.PAIR_BYPASSED))
    (line,) = decision.lines
    assert (line.disposition, line.charge, line.paid) == (Disposition.APPROVED, Decimal("500.00"), Decimal("412.50"))
    (adjustment,) = line.adjustments
    assert (adjustment.group, adjustment.carc, adjustment.amount) == (
        GroupCode.CONTRACTUAL,
        "45",
        Decimal("87.50"),
    )
    assert [f.outcome for f in line.findings] == [outcomes.PAIR_BYPASSED, outcomes.RATED]
    assert (decision.charge, decision.paid) == (Decimal("500.00"), Decimal("412.50"))
    assert (decision.decided_at, decision.policy_bundle) == (NOW, reference.content_hash)


def test_a_charge_below_the_rate_is_paid_without_an_adjustment(reference: ReferenceData) -> None:
    (line,) = determined(reference, replace(ONE, lines=(a_line(1, "72148", "400.00"),))).lines
    assert (line.paid, line.adjustments) == (Decimal("400.00"), ())


@pytest.mark.parametrize(
    ("findings", "reason", "also"),
    [
        (
            [denying(outcomes.PAIR), denying(outcomes.DUPLICATE)],
            outcomes.DUPLICATE,
            (outcomes.PAIR,),
        ),
        (
            [pending(outcomes.EXPERIMENTAL, "P-CLIN-MD"), denying(outcomes.PAIR)],
            outcomes.PAIR,
            (outcomes.EXPERIMENTAL,),
        ),
        (
            [denying(outcomes.PAIR), denying(outcomes.PAIR), noting(outcomes.PAIR_BYPASSED)],
            outcomes.PAIR,
            (),
        ),
        (
            [
                pending(outcomes.NECESSITY_FACTS_MISSING, "P-DOC"),
                denying(outcomes.DIAGNOSIS_INVALID),
                denying(outcomes.MODIFIER_INVALID),
                denying(outcomes.AUTHORIZATION_MISSING),
            ],
            outcomes.MODIFIER_INVALID,
            (outcomes.DIAGNOSIS_INVALID, outcomes.AUTHORIZATION_MISSING, outcomes.NECESSITY_FACTS_MISSING),
        ),
    ],
)
def test_the_first_in_order_denies_and_the_others_would_also_fail(
    reference: ReferenceData, findings: list[Finding], reason: OutcomeCode, also: tuple[OutcomeCode, ...]
) -> None:
    (line,) = determined(reference, ONE, *findings).lines
    assert (line.disposition, line.reason, line.would_also_fail) == (Disposition.DENIED, reason, also)
    rule = reference.outcomes[reason]
    (adjustment,) = line.adjustments
    assert (adjustment.group, adjustment.carc, adjustment.rarcs) == (rule.group, rule.carc, rule.rarcs)
    assert (adjustment.amount, line.paid) == (line.charge, Decimal(0))
    assert line.findings == tuple(findings)


def test_a_pend_first_in_order_holds_the_whole_claim(reference: ReferenceData) -> None:
    findings = (pending(outcomes.AUTHORIZATION_PENDING, "P-AUTH"), denying(outcomes.PAIR), denying(outcomes.PAIR, 2))
    decision = pended(reference, TWO, *findings)
    assert [(pend.code, pend.line) for pend in decision.pends] == [("P-AUTH", 1)]
    assert decision.findings == findings


def test_a_pend_behind_a_denial_asks_no_person(reference: ReferenceData) -> None:
    findings = (denying(outcomes.PAIR), pending(outcomes.EXPERIMENTAL, "P-CLIN-MD"))
    assert isinstance(fold(reference, ONE, *findings), Determination)


def test_between_equals_the_one_that_waits_comes_first(reference: ReferenceData) -> None:
    both = (denying(outcomes.PAIR), pending(outcomes.PAIR, "P-EDIT-OVR"))
    for findings in (both, both[::-1]):
        assert [pend.outcome for pend in pended(reference, ONE, *findings).pends] == [outcomes.PAIR]


def test_a_finding_on_the_claim_holds_every_line_and_is_shown_once(reference: ReferenceData) -> None:
    decision = pended(reference, TWO, pending(outcomes.REPLACEMENT_CHAIN, "P-CHAIN", None), denying(outcomes.PAIR))
    assert [(pend.code, pend.line) for pend in decision.pends] == [("P-CHAIN", None)]


def test_a_denial_on_the_claim_denies_every_line(reference: ReferenceData) -> None:
    lines = determined(reference, TWO, denying(outcomes.AFTER_TERMINATION, None)).lines
    assert [line.reason for line in lines] == [outcomes.AFTER_TERMINATION] * 2


def test_pends_are_shown_once_per_line_and_the_most_urgent_first(reference: ReferenceData) -> None:
    claim = a_claim("C1", "72148", "72141", "72146", "0609T")
    findings = (
        pending(outcomes.NECESSITY_FACTS_MISSING, "P-DOC", 1),
        pending(outcomes.AUTHORIZATION_PENDING, "P-AUTH", 2),
        pending(outcomes.AUTHORIZATION_UNKNOWN, "P-AUTH", 2),
        pending(outcomes.EXPERIMENTAL, "P-CLIN-MD", 3),
    )
    decision = pended(reference, claim, *findings)
    assert [(pend.code, pend.line) for pend in decision.pends] == [
        ("P-CLIN-MD", 3),
        ("P-AUTH", 2),
        ("P-PRICE", 4),
        ("P-DOC", 1),
    ]


def test_a_pend_says_who_owns_it_and_when_it_is_due(reference: ReferenceData) -> None:
    (pend,) = pended(reference, ONE, pending(outcomes.AUTHORIZATION_PENDING, "P-AUTH")).pends
    rule = reference.pends[pend.code]
    assert (pend.owner, pend.priority) == (rule.owner, rule.priority)
    assert pend.due_at == RECEIVED + timedelta(days=rule.due_days)


def test_the_decision_clock_of_the_plan_caps_a_longer_pend(reference: ReferenceData) -> None:
    slow = replace(reference.pends[PendCode("P-AUTH")], due_days=60)
    patient = replace(reference, pends={**reference.pends, slow.code: slow})
    (pend,) = pended(patient, ONE, pending(outcomes.AUTHORIZATION_PENDING, "P-AUTH"), plan="HUDSON-MA").pends
    plan = plans_of(ONE, reference, "HUDSON-MA")[ONE.lines[0].number]
    assert pend.due_at == RECEIVED + timedelta(days=plan.decision_days)


def test_documents_are_due_when_the_time_to_answer_is_over_however_soon_the_plan_decides(
    reference: ReferenceData,
) -> None:
    (pend,) = pended(reference, ONE, pending(outcomes.NECESSITY_FACTS_MISSING, "P-DOC"), plan="HUDSON-COMM").pends
    plan = plans_of(ONE, reference, "HUDSON-COMM")[ONE.lines[0].number]
    assert plan.decision_days == 30
    assert (pend.due_at - NOW).days == 45


def test_an_approved_line_without_a_rate_waits_for_a_price_and_never_pays_the_charge(
    reference: ReferenceData,
) -> None:
    decision = pended(reference, a_claim("C1", "0609T"))
    assert [(pend.code, pend.outcome, pend.line) for pend in decision.pends] == [
        ("P-PRICE", outcomes.MANUAL_PRICING, 1)
    ]
    assert [f.outcome for f in decision.findings] == [outcomes.MANUAL_PRICING]


def test_a_line_whose_rate_is_nothing_is_refused_and_not_shown_as_above_the_rate(reference: ReferenceData) -> None:
    rate = reference.rates["hudson-imaging", "72148"][0]
    free = {("hudson-imaging", "72148"): (replace(rate, amount=Decimal("0.00")),)}
    with pytest.raises(CombinationError, match="whole charge"):
        fold(replace(reference, rates=free), ONE)


@pytest.mark.parametrize(
    "outcome",
    [
        outcomes.EXPERIMENTAL,
        outcomes.NOT_MEDICALLY_NECESSARY,
        outcomes.NOT_REASONABLE_AND_NECESSARY,
        outcomes.NECESSITY_CRITERIA_NOT_MET,
        outcomes.NECESSITY_JUDGMENT,
    ],
)
def test_a_step_that_denied_on_clinical_grounds_builds_nothing(reference: ReferenceData, outcome: OutcomeCode) -> None:
    with pytest.raises(ClinicalDenialNeedsSignatureError):
        fold(reference, ONE, denying(outcome))


def test_an_outcome_no_person_listed_and_one_without_a_reason_are_refused(reference: ReferenceData) -> None:
    with pytest.raises(UnknownOutcomeError, match=r"synthetic\.unlisted"):
        fold(reference, ONE, denying(OutcomeCode("synthetic.unlisted")))
    with pytest.raises(UnknownOutcomeError, match="no CARC"):
        fold(reference, ONE, denying(outcomes.COVERAGE_OVERLAP))


def test_a_reason_that_may_not_be_sent_stops_the_determination(reference: ReferenceData) -> None:
    rule = replace(reference.outcomes[outcomes.DUPLICATE], group=GroupCode.CONTRACTUAL)
    wrong = replace(reference, outcomes={**reference.outcomes, outcomes.DUPLICATE: rule})
    with pytest.raises(CombinationError, match="only with group OA"):
        fold(wrong, ONE, denying(outcomes.DUPLICATE))


def test_missing_documents_recorded_as_missing_data_stop_the_determination(reference: ReferenceData) -> None:
    rule = replace(reference.outcomes[outcomes.UNLISTED_DESCRIPTION_MISSING], scenario="S1")
    wrong = replace(reference, outcomes={**reference.outcomes, rule.outcome: rule})
    with pytest.raises(CombinationError, match="missing documents"):
        fold(wrong, ONE, denying(rule.outcome))


def test_a_failed_step_holds_the_claim_for_operations_before_anything_else(reference: ReferenceData) -> None:
    failure = failed_step(Step.NECESSITY, "ZeroDivisionError")
    assert (failure.outcome, failure.verdict, failure.line) == (outcomes.STEP_FAILED, Verdict.PENDS, None)
    assert [(e.name, e.value) for e in failure.evidence] == [("error", "ZeroDivisionError")]
    decision = pended(reference, TWO, denying(outcomes.DUPLICATE), failure)
    assert [(pend.code, pend.line) for pend in decision.pends] == [("P-SYS", None)]


def test_a_pend_and_an_owner_go_together() -> None:
    with pytest.raises(ValueError, match="does not go with pend code"):
        Finding(Step.EDITS, outcomes.PAIR, Verdict.PENDS, SYNTHETIC)
    with pytest.raises(ValueError, match="does not go with pend code"):
        replace(pending(outcomes.PAIR, "P-EDIT-OVR"), verdict=Verdict.DENIES)
