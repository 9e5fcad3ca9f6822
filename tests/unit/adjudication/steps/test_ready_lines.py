"""Which lines may be determined while others wait. What a pend holds back is data; what is not sure waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from adjudication.model.claim import Claim
from adjudication.model.determination import DecidedLines, Determination, Disposition, Pended
from adjudication.model.findings import Finding
from adjudication.model.outcomes import DUPLICATE
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import Frequency, HoldsBack, LineNumber, OutcomeCode, PendCode
from adjudication.prerelease_holds.check import PriorReviewInput, determine_or_hold
from adjudication.steps.determine import Earlier, determine
from adjudication.steps.eligibility import EligibilityResult
from tests.builders.activities.claims import a_claim
from tests.builders.coverage import plans_of
from tests.builders.findings import denying, pending
from tests.builders.prerelease_holds import a_sample, an_authority, holding

NOW = datetime(2025, 9, 2, 8, 30, tzinfo=UTC)
ONE, TWO, THREE = LineNumber(1), LineNumber(2), LineNumber(3)
BOTH = a_claim("C1", "72148", "72141")


def _fold(reference: ReferenceData, claim: Claim, *findings: Finding, plan: str = "HUDSON-COMM") -> Pended:
    decision = determine(claim, EligibilityResult((), plans_of(claim, reference, plan)), findings, NOW, reference)
    assert isinstance(decision, Pended)
    return decision


def _waits(line: int | None, code: str) -> Finding:
    return pending(OutcomeCode("necessity.clinical_judgement"), code, line)


def _ready(decision: Pended) -> list[int]:
    return [] if decision.ready is None else [line.line for line in decision.ready.lines]


@pytest.mark.parametrize(
    ("code", "ready"),
    [
        ("P-CLIN-MD", [1]),
        ("P-CLIN-N", [1]),
        ("P-DOC", [1]),
        ("P-PRICE", [1]),
        ("P-EDIT-OVR", []),
        ("P-SIU", []),
        ("P-COB", []),
    ],
)
def test_a_clean_line_goes_first_unless_what_the_other_waits_for_reaches_it(
    reference: ReferenceData, code: str, ready: list[int]
) -> None:
    """A nurse's question is about her line; a coder's may change the codes of the day; an investigation is about the biller."""
    assert _ready(_fold(reference, BOTH, _waits(2, code))) == ready


def test_a_question_of_the_whole_claim_leaves_no_line_free(reference: ReferenceData) -> None:
    assert _ready(_fold(reference, BOTH, _waits(None, "P-CLIN-MD"))) == []


def test_another_day_is_out_of_a_coders_reach(reference: ReferenceData) -> None:
    first, second = BOTH.lines
    other_day = replace(first, service_date=first.service_date.replace(day=first.service_date.day - 1))
    apart = replace(BOTH, lines=(other_day, second))
    assert _ready(_fold(reference, apart, _waits(2, "P-EDIT-OVR"))) == [1]


def test_the_same_service_of_a_day_is_counted_together(reference: ReferenceData) -> None:
    twice = a_claim("C1", "72148", "72148")
    assert _ready(_fold(reference, twice, _waits(2, "P-CLIN-MD"))) == []


def test_a_component_of_spectroscopy_is_decided_with_its_claim(reference: ReferenceData) -> None:
    assert _ready(_fold(reference, a_claim("C1", "0609T", "72148"), _waits(2, "P-CLIN-MD"))) == []


def test_a_denial_waits_for_the_whole_claim(reference: ReferenceData) -> None:
    claim = a_claim("C1", "72148", "72141", "72146")
    decision = _fold(reference, claim, denying(DUPLICATE, line=1), _waits(3, "P-CLIN-MD"))
    assert _ready(decision) == [2]
    assert decision.ready is not None
    assert decision.ready.pending == (ONE, THREE)


@pytest.mark.parametrize("frequency", [Frequency.REPLACEMENT, Frequency.VOID])
def test_a_correction_is_decided_as_a_whole(reference: ReferenceData, frequency: Frequency) -> None:
    corrects = replace(BOTH, frequency=frequency, payer_claim_number="SYN-1")
    assert _ready(_fold(reference, corrects, _waits(2, "P-CLIN-MD"))) == []


def test_a_plan_that_decides_claims_as_a_whole_states_it_by_leaving_it_out(reference: ReferenceData) -> None:
    assert _ready(_fold(reference, BOTH, _waits(2, "P-CLIN-MD"), plan="HUDSON-MA")) == []


@pytest.mark.parametrize("held", ["amount", "quality"])
def test_what_would_wait_for_a_supervisor_or_for_quality_is_not_let_go_line_by_line(
    reference: ReferenceData, held: str
) -> None:
    loaded = holding(
        reference, an_authority("100.00") if held == "amount" else None, a_sample() if held == "quality" else None
    )
    eligibility = EligibilityResult((), plans_of(BOTH, loaded))
    decision = determine_or_hold(BOTH, eligibility, (_waits(2, "P-CLIN-MD"),), NOW, loaded)
    assert isinstance(decision, Pended)
    assert decision.ready is None


def test_the_final_decision_counts_what_went_out_against_the_supervisors_limit(reference: ReferenceData) -> None:
    """500 was within the limit; with the second line the claim is not."""
    loaded = holding(reference, an_authority("450.00"))
    eligibility = EligibilityResult((), plans_of(BOTH, loaded))
    part = determine_or_hold(BOTH, eligibility, (_waits(2, "P-CLIN-MD"),), NOW, loaded)
    assert isinstance(part, Pended)
    assert part.ready is not None
    before = PriorReviewInput(before=DecidedLines(1, part.ready.lines))
    whole = determine_or_hold(BOTH, eligibility, (), NOW, loaded, before)
    assert isinstance(whole, Pended)
    assert [pend.code for pend in whole.pends] == ["P-HIGH$"]


@pytest.mark.parametrize("later", ["denied", "pended", "unchanged"])
def test_a_line_that_went_out_is_repeated_whatever_is_found_later(reference: ReferenceData, later: str) -> None:
    part = _fold(reference, BOTH, _waits(2, "P-CLIN-MD")).ready
    assert part is not None
    found: dict[str, tuple[Finding, ...]] = {
        "denied": (denying(DUPLICATE, line=1),),
        "pended": (_waits(1, "P-COB"),),
        "unchanged": (),
    }
    eligibility = EligibilityResult((), plans_of(BOTH, reference))
    earlier = Earlier((), DecidedLines(1, part.lines))
    whole = determine(BOTH, eligibility, found[later], NOW, reference, earlier)
    assert isinstance(whole, Determination)
    assert whole.lines[0] == part.lines[0]
    assert (whole.version, whole.pending, whole.repeated) == (2, (), (ONE,))
    assert whole.doubtful == (() if later == "unchanged" else (ONE,))
    assert whole.paid == part.paid + whole.lines[1].paid > Decimal(0)
    assert whole.lines[1].disposition is Disposition.APPROVED


def test_a_third_line_that_becomes_ready_makes_the_next_version(reference: ReferenceData) -> None:
    claim = a_claim("C1", "72148", "72141", "72146")
    part = _fold(reference, claim, _waits(2, "P-CLIN-MD"), _waits(3, "P-CLIN-N")).ready
    assert part is not None
    assert part.pending == (TWO, THREE)
    eligibility = EligibilityResult((), plans_of(claim, reference))
    earlier = Earlier((), DecidedLines(1, part.lines))
    again = determine(claim, eligibility, (_waits(2, "P-CLIN-MD"),), NOW, reference, earlier)
    assert isinstance(again, Pended)
    assert again.ready is not None
    assert (again.ready.version, again.ready.pending, again.ready.repeated) == (2, (TWO,), (ONE,))
    still = determine(claim, eligibility, (_waits(2, "P-CLIN-MD"), _waits(3, "P-CLIN-N")), NOW, reference, earlier)
    assert isinstance(still, Pended)
    assert still.ready is None, "nothing became ready: no version says it again"


def test_every_pend_says_what_it_holds_back_and_the_whole_claim_is_the_default(reference: ReferenceData) -> None:
    """A failed step, an unclear person, other payers and an investigation are never about one line alone."""
    whole = {code for code, rule in reference.pends.items() if rule.holds_back is HoldsBack.CLAIM}
    assert {PendCode(code) for code in ("P-SYS", "P-PERSON", "P-COB", "P-SIU", "P-CHAIN", "P-FAM", "P-BACK")} <= whole


def test_every_plan_that_new_york_has_pay_undisputed_lines_decides_lines_when_they_are_ready(
    reference: ReferenceData,
) -> None:
    """Ins. Law 3224-a binds organizations of articles 43 and 47, and of article 44: Medicaid managed care among them."""
    bound = {"commercial", "essential-plan", "child-health-plus", "medicaid"}
    found = {
        plan.plan_id: plan.lines_when_ready is not None
        for plans in reference.plans.values()
        for plan in plans
        if plan.product_line in bound
        and any(law.state == "NY" for law in reference.deadlines.jurisdictions.get(plan.plan_id, ()))
    }
    assert len(found) == 5
    assert all(found.values()), found
