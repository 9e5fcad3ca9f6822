"""What waits before it is released: an amount above authority, and a decision that quality samples."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from adjudication.model import outcomes
from adjudication.model.claim import Claim, SupportingFact
from adjudication.model.determination import Decision, Determination, Pended
from adjudication.model.findings import Citation, Finding, ProposalDetail, ProposedLine
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import OutcomeCode, PlanId, Step, Verdict
from adjudication.prerelease_holds.check import PriorReviewInput, determine_or_hold, held_until
from adjudication.prerelease_holds.proposal import mark
from adjudication.prerelease_holds.rules import Stratum
from adjudication.review.claim_deadlines import CaseTimes
from adjudication.review.settlements import Resolution, Settlement
from adjudication.steps.eligibility import EligibilityResult
from tests.builders.activities.claims import RECEIVED, a_claim
from tests.builders.coverage import plans_of
from tests.builders.findings import denying, pending
from tests.builders.prerelease_holds import a_sample, an_authority, holding, passed, sent_back
from tests.builders.reviews import ONE

NOW = RECEIVED + timedelta(days=2)
LUMBAR = a_claim("C1", "72148")  # 412.50 at the contract rate
BOTH = a_claim("C1", "72148", "72141")  # 412.50 and 398.00
AMOUNT, SAMPLED = outcomes.ABOVE_AUTHORITY, outcomes.SAMPLED
DAY = timedelta(days=1)


def decided(
    reference: ReferenceData,
    claim: Claim = BOTH,
    *findings: Finding,
    said: PriorReviewInput = PriorReviewInput(),
    now: datetime = NOW,
) -> Decision:
    return determine_or_hold(claim, EligibilityResult((), plans_of(claim, reference)), findings, now, reference, said)


def waits(decision: Decision) -> list[tuple[str, str]]:
    """Why it waits, and about what; nothing: it is determined."""
    return [(pend.code, pend.about) for pend in decision.pends] if isinstance(decision, Pended) else []


def evidence_of(decision: Decision, outcome: OutcomeCode) -> dict[str, str]:
    """What the finding of the last look says."""
    findings = decision.findings if isinstance(decision, Pended) else decision.lines[0].findings
    (found,) = (finding for finding in findings if finding.outcome == outcome)
    return {each.name: each.value for each in found.evidence}


def the_mark(reference: ReferenceData, claim: Claim = BOTH, *findings: Finding) -> str:
    """The name of what would be determined."""
    decision = decided(holding(reference), claim, *findings)
    assert isinstance(decision, Determination)
    return mark(decision)


# The amount


def test_a_claim_that_pays_more_than_the_authority_waits_for_a_supervisor(reference: ReferenceData) -> None:
    limited = holding(reference, an_authority("800.00"))
    decision = decided(limited)
    assert isinstance(decision, Pended)
    (pend,) = decision.pends
    assert (pend.code, pend.outcome, pend.owner, pend.line) == ("P-HIGH$", AMOUNT, "supervisor", None)
    assert pend.about == "810.50"
    evidence = evidence_of(decision, AMOUNT)
    assert (evidence["amount"], evidence["authority"]) == ("810.50", "800.00")


def test_up_to_the_authority_and_without_one_no_person_is_asked(reference: ReferenceData) -> None:
    assert waits(decided(holding(reference, an_authority("810.50")))) == []
    assert waits(decided(holding(reference))) == []
    assert waits(decided(holding(reference, an_authority("1.00"), plan="HUDSON-EP"))) == []


def test_only_money_counts_a_denied_claim_of_any_size_waits_for_no_supervisor(reference: ReferenceData) -> None:
    limited = holding(reference, an_authority("1.00"))
    assert waits(decided(limited, LUMBAR, denying(outcomes.DUPLICATE))) == []


def test_a_claim_that_waits_for_another_person_is_not_held_besides(reference: ReferenceData) -> None:
    strict = holding(reference, an_authority("1.00"), a_sample())
    decision = decided(strict, BOTH, pending(outcomes.NECESSITY_CRITERIA_NOT_MET, "P-CLIN-N"))
    assert [code for code, _ in waits(decision)] == ["P-CLIN-N"]


def test_an_approved_amount_is_paid_and_the_determination_says_who_approved_it(reference: ReferenceData) -> None:
    limited = holding(reference, an_authority("800.00"))
    decision = decided(limited, said=PriorReviewInput((passed(AMOUNT, "810.50", NOW),)))
    assert isinstance(decision, Determination)
    assert decision.paid == Decimal("810.50")
    evidence = evidence_of(decision, AMOUNT)
    assert (evidence["settled"], evidence["settled_by"]) == ("approved 810.50", "SYN-supervisor")


def test_an_approval_holds_for_that_amount_and_less_and_more_is_asked_again(reference: ReferenceData) -> None:
    limited = holding(reference, an_authority("100.00"))
    approved = PriorReviewInput((passed(AMOUNT, "500.00", NOW),))
    assert waits(decided(limited, LUMBAR, said=approved)) == []
    more = decided(limited, BOTH, said=approved)
    assert waits(more) == [("P-HIGH$", "810.50")]
    assert evidence_of(more, AMOUNT)["approved_before"] == "500.00"


def test_a_replacement_asks_for_the_whole_amount_when_it_pays_more_than_what_it_replaces(
    reference: ReferenceData,
) -> None:
    """Two claims of 400 dollars, one after the other, must not pay 800 with an authority of 500. What pays no more is not new money."""
    limited = holding(reference, an_authority("500.00"))
    assert waits(decided(limited, said=PriorReviewInput(replaced=Decimal("412.50")))) == [("P-HIGH$", "810.50")]
    assert waits(decided(limited, said=PriorReviewInput(replaced=Decimal("810.50")))) == []


def test_of_several_plans_the_lowest_authority_counts(reference: ReferenceData) -> None:
    limited = holding(holding(reference, an_authority("900.00")), an_authority("700.00"), plan="HUDSON-EP")
    plans = plans_of(BOTH, limited)
    second = next(number for number in plans if number != ONE)
    other = limited.plan(PlanId("HUDSON-EP"), BOTH.lines[0].service_date)
    assert other is not None
    for order in ({**plans, second: other}, {second: other, ONE: plans[ONE]}):
        decision = determine_or_hold(BOTH, EligibilityResult((), order), (), NOW, limited)
        assert evidence_of(decision, AMOUNT)["authority"] == "700.00"


# The sample


def test_a_sampled_decision_waits_for_quality_with_everything_it_would_say(reference: ReferenceData) -> None:
    decision = decided(holding(reference, sample=a_sample()), BOTH, denying(outcomes.DUPLICATE, 2))
    assert waits(decision) == [("P-QA", the_mark(reference, BOTH, denying(outcomes.DUPLICATE, 2)))]
    assert isinstance(decision, Pended)
    (held,) = (finding for finding in decision.findings if finding.outcome == SAMPLED)
    assert isinstance(held.detail, ProposalDetail)
    assert list(held.detail.lines) == [
        ProposedLine(1, "approved", Decimal("412.50"), outcomes.RATED, ()),
        ProposedLine(2, "denied", Decimal("0.00"), outcomes.DUPLICATE, ()),
    ]


def test_the_strata_are_approved_denied_and_what_people_decided(reference: ReferenceData) -> None:
    always = holding(reference, sample=a_sample())
    not_met = pending(outcomes.NECESSITY_CRITERIA_NOT_MET, "P-CLIN-N")
    nurse = Settlement(ONE, not_met.outcome, Resolution.PASSES, "SYN-nurse", "nurse", NOW)
    by_nurse = decided(always, LUMBAR, not_met, said=PriorReviewInput((nurse,)))
    by_machine = decided(always, LUMBAR)
    denied = decided(always, BOTH, denying(outcomes.DUPLICATE, 2))
    people = [Stratum.APPROVED, Stratum.DENIED, Stratum.BY_PEOPLE]
    strata = [evidence_of(decision, SAMPLED)["stratum"] for decision in (by_machine, denied, by_nurse)]
    assert strata == people == ["approved", "denied", "decided-by-people"]
    for stratum, decision in zip(people, (by_machine, denied, by_nurse), strict=True):
        only = holding(reference, sample=a_sample({stratum: Decimal(1)}))
        again = [
            decided(only, LUMBAR),
            decided(only, BOTH, denying(outcomes.DUPLICATE, 2)),
            decided(only, LUMBAR, not_met, said=PriorReviewInput((nurse,))),
        ]
        assert [waits(each) for each in again if waits(each)] == [waits(decision)]


def noted(author: str | None, document: str | None = "SYN-DOC-1") -> SupportingFact:
    return SupportingFact("eval.adequate", True, "note", NOW.date(), author=author, document=document)


MET = Finding(Step.NECESSITY, outcomes.NECESSITY_MET, Verdict.PASSES, Citation("synthetic-payers", "a policy"), ONE)


@pytest.mark.parametrize(
    ("facts", "stratum"),
    [
        ((noted(None),), "on-anonymous-documents"),
        ((noted(None), noted("SYN-SURGEON", "SYN-DOC-2")), "on-anonymous-documents"),
        ((noted("SYN-SURGEON"),), "decided-by-people"),
        ((noted(None), noted("SYN-NURSE", None)), "decided-by-people"),
        ((noted(None, None),), "approved"),
        ((), "approved"),
    ],
    ids=[
        "a note without an author",
        "next to a signed one",
        "a signed note",
        "a nurse's entry too",
        "the claim",
        "nothing",
    ],
)
def test_what_an_anonymous_document_decides_is_a_stratum_apart(
    reference: ReferenceData, facts: tuple[SupportingFact, ...], stratum: str
) -> None:
    claim = replace(LUMBAR, supporting=facts)
    assert evidence_of(decided(holding(reference, sample=a_sample()), claim, MET), SAMPLED)["stratum"] == stratum
    only = holding(reference, sample=a_sample({Stratum.ANONYMOUS: Decimal(1)}))
    assert bool(waits(decided(only, claim, MET))) == (stratum == Stratum.ANONYMOUS)


def test_an_anonymous_document_that_no_criterion_was_met_by_is_of_no_stratum_apart(reference: ReferenceData) -> None:
    claim = replace(LUMBAR, supporting=(noted(None),))
    assert evidence_of(decided(holding(reference, sample=a_sample()), claim), SAMPLED)["stratum"] == "approved"


def test_a_pass_holds_for_the_decision_that_was_looked_at(reference: ReferenceData) -> None:
    always = holding(reference, sample=a_sample())
    seen = PriorReviewInput((passed(SAMPLED, the_mark(reference), NOW, "SYN-quality"),))
    assert evidence_of(decided(always, said=seen), SAMPLED)["settled_by"] == "SYN-quality"
    changed = denying(outcomes.DUPLICATE, 2)
    assert waits(decided(always, BOTH, changed, said=seen)) == [("P-QA", the_mark(reference, BOTH, changed))]


def test_a_decision_that_changes_after_quality_looked_is_looked_at_whatever_the_sample_says(
    reference: ReferenceData,
) -> None:
    approvals_only = holding(reference, sample=a_sample({Stratum.APPROVED: Decimal(1)}))
    changed = denying(outcomes.DUPLICATE, 2)
    assert waits(decided(approvals_only, BOTH, changed)) == []
    seen = PriorReviewInput((passed(SAMPLED, the_mark(reference), NOW),))
    assert waits(decided(approvals_only, BOTH, changed, said=seen)) == [("P-QA", the_mark(reference, BOTH, changed))]


def test_the_name_of_a_decision_does_not_change_with_the_hour(reference: ReferenceData) -> None:
    first, later = (decided(holding(reference), now=at) for at in (NOW, NOW + DAY))
    assert isinstance(first, Determination)
    assert isinstance(later, Determination)
    assert mark(first) == mark(later)
    cheaper = replace(first, lines=tuple(replace(line, charge=line.paid, adjustments=()) for line in first.lines))
    assert mark(cheaper) != mark(first)


def test_both_looks_are_asked_for_at_once(reference: ReferenceData) -> None:
    strict = holding(reference, an_authority("1.00"), a_sample())
    assert sorted(code for code, _ in waits(decided(strict))) == ["P-HIGH$", "P-QA"]


# The clocks


@pytest.mark.parametrize(
    ("waited", "held"),
    [(timedelta(0), True), (28 * DAY, True), (29 * DAY + timedelta(hours=20), False), (40 * DAY, False)],
)
def test_quality_never_costs_a_legal_clock(reference: ReferenceData, waited: timedelta, *, held: bool) -> None:
    """30 days by New York's law, counted to midnight there: a day before, what no person looked at is released, and says that."""
    sampled = holding(reference, sample=a_sample())
    decision = decided(sampled, now=RECEIVED + waited)
    assert bool(waits(decision)) is held
    if not held:
        assert "decision" in evidence_of(decision, outcomes.NOT_LOOKED_AT)


def test_the_claim_is_tried_again_by_itself_when_it_must_be_released(reference: ReferenceData) -> None:
    sampled = holding(reference, sample=a_sample())
    decision = decided(sampled)
    assert isinstance(decision, Pended)
    until = held_until(decision)
    assert until is not None
    assert waits(decided(sampled, now=until - timedelta(seconds=1)))
    assert not waits(decided(sampled, now=until))
    assert decision.pends[0].due_at == NOW + 3 * DAY, "quality is late long before the law is"


def test_time_does_not_release_an_amount_above_authority(reference: ReferenceData) -> None:
    limited = holding(reference, an_authority("1.00"))
    decision = decided(limited, now=RECEIVED + 40 * DAY)
    assert waits(decision) == [("P-HIGH$", "810.50")]
    assert isinstance(decision, Pended)
    assert held_until(decision) is None


def test_time_that_stood_still_for_documents_is_not_counted_against_the_look(reference: ReferenceData) -> None:
    sampled = holding(reference, sample=a_sample())
    asked, answered = RECEIVED + 5 * DAY, RECEIVED + 33 * DAY
    times = CaseTimes(RECEIVED, (), (), (asked,), (answered,), mailed=(asked,))
    now = answered + DAY
    assert waits(decided(sampled, now=now)) == []
    assert [code for code, _ in waits(decided(sampled, said=PriorReviewInput(times=times), now=now))] == ["P-QA"]


# Sent back


def test_what_people_settled_waits_for_them_again_when_it_is_sent_back(reference: ReferenceData) -> None:
    sampled = holding(reference, sample=a_sample())
    not_met = pending(outcomes.NECESSITY_CRITERIA_NOT_MET, "P-CLIN-N")
    nurse = Settlement(ONE, not_met.outcome, Resolution.PASSES, "SYN-nurse", "nurse", NOW)
    back = sent_back(NOW + DAY)
    said = PriorReviewInput((nurse,), (back,))
    assert [code for code, _ in waits(decided(sampled, LUMBAR, not_met, said=said, now=NOW + DAY))] == ["P-CLIN-N"]
    later = replace(nurse, settled_at=NOW + 2 * DAY)
    again = decided(sampled, LUMBAR, not_met, said=PriorReviewInput((nurse, later), (back,)), now=NOW + 2 * DAY)
    assert [code for code, _ in waits(again)] == ["P-QA"], "quality sees whether it was put right"


def test_what_the_software_decided_becomes_a_persons_question_when_it_is_sent_back(reference: ReferenceData) -> None:
    sampled = holding(reference, sample=a_sample())
    said = PriorReviewInput(returns=(sent_back(NOW),))
    approved = decided(sampled, LUMBAR, said=said)
    assert [(code, about) for code, about in waits(approved)] == [("P-BACK", "")]
    assert evidence_of(approved, outcomes.SENT_BACK)["error"] == "financial"
    denied = decided(sampled, LUMBAR, denying(outcomes.DUPLICATE), said=said)
    assert isinstance(denied, Pended)
    assert [(pend.code, pend.outcome) for pend in denied.pends] == [("P-EDIT-OVR", outcomes.DUPLICATE)]


@pytest.mark.parametrize(("resolution", "paid"), [(Resolution.PASSES, "412.50"), (Resolution.DENIES, "0")])
def test_a_person_overturns_a_denial_of_the_software_that_was_sent_back_or_stands_by_it(
    reference: ReferenceData, resolution: Resolution, paid: str
) -> None:
    denies_as = outcomes.DUPLICATE if resolution is Resolution.DENIES else None
    coder = Settlement(ONE, outcomes.DUPLICATE, resolution, "SYN-coder", "coder", NOW + DAY, denies_as)
    said = PriorReviewInput((coder,), (sent_back(NOW),))
    decision = decided(holding(reference), LUMBAR, denying(outcomes.DUPLICATE), said=said)
    assert isinstance(decision, Determination)
    assert decision.paid == Decimal(paid)


def test_one_line_is_sent_back_and_the_other_stays_decided(reference: ReferenceData) -> None:
    decision = decided(holding(reference), BOTH, said=PriorReviewInput(returns=(sent_back(NOW, line=2),)))
    assert isinstance(decision, Pended)
    assert [(pend.code, pend.line) for pend in decision.pends] == [("P-BACK", 2)]


def test_an_approval_falls_with_the_decision_that_was_sent_back(reference: ReferenceData) -> None:
    limited = holding(reference, an_authority("1.00"))
    back = sent_back(NOW)
    looked = tuple(
        Settlement(line.number, outcomes.SENT_BACK, Resolution.PASSES, "SYN-examiner", "examiner", NOW + DAY)
        for line in BOTH.lines
    )
    said = PriorReviewInput((passed(AMOUNT, "810.50", NOW - DAY), *looked), (back,))
    assert waits(decided(limited, said=said)) == [("P-HIGH$", "810.50")]


def test_a_line_without_coverage_is_looked_at_but_approved_by_no_person(reference: ReferenceData) -> None:
    """Who is not covered on the day has no plan to be paid from, whoever looks at it."""
    uncovered = replace(denying(outcomes.COVERAGE_LAPSE), step=Step.ELIGIBILITY)
    said = PriorReviewInput(returns=(sent_back(NOW),))
    decision = decided(holding(reference), LUMBAR, uncovered, said=said)
    assert [code for code, _ in waits(decision)] == ["P-BACK"]
    assert isinstance(decision, Pended)
    assert next(f for f in decision.findings if f.outcome == outcomes.COVERAGE_LAPSE).verdict is Verdict.DENIES
