"""Law follows the state and the product line of a plan; a limit is one number wherever it is read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from adjudication.appeals.rules import Appellant, Matter
from adjudication.deadlines.periods import Period, Unit
from adjudication.model import outcomes
from adjudication.model.vocabulary import LineNumber, PlanId, ProductLine
from adjudication.steps.eligibility import CoverageSpan, verify_eligibility
from contracts.events.appeals import AppealFiledV1, ClaimReferenceV1
from contracts.records.decision_json import plan_named
from rulebook.errors import PolicyDataError
from rulebook.library import default_policies_dir, load_library
from storage.appeals.filing import Known, answer_of
from tests.builders.activities.claims import a_claim
from tests.builders.coverage import covered
from tests.builders.policy.policy_folders import small_folder, spoil

LIBRARY = load_library(default_policies_dir())
REFERENCE = LIBRARY.reference
ON = date(2025, 11, 10)
INSURED_IN_NEW_YORK = ("HUDSON-COMM", "HUDSON-LG", "HUDSON-EP", "HUDSON-CHP")


def product_of(plan: str) -> ProductLine:
    return REFERENCE.plans[PlanId(plan)][0].product_line


@pytest.mark.parametrize("plan", INSURED_IN_NEW_YORK)
def test_a_clinical_denial_of_an_insured_new_york_plan_goes_to_the_states_own_appeal(plan: str) -> None:
    path = REFERENCE.appeals.paths_of(product_of(plan), PlanId(plan), Matter.CLINICAL, ON)[0]
    assert path.name == "ny-utilization-review"


@pytest.mark.parametrize("plan", [*INSURED_IN_NEW_YORK, "HUDSON-MCD"])
def test_the_letters_of_every_new_york_contract_follow_new_york(plan: str) -> None:
    governing = [regime.name for regime in LIBRARY.letters.regimes if regime.governs(product_of(plan), PlanId(plan))]
    assert "new-york" in governing


@pytest.mark.parametrize("plan", ["BUCKEYE-MCD", "HUDSON-MA", "CASCADE-MA", "HUDSON-DSNP"])
def test_no_other_plan_is_bound_by_new_york_insurance_law(plan: str) -> None:
    governing = [regime.name for regime in LIBRARY.letters.regimes if regime.governs(product_of(plan), PlanId(plan))]
    assert "new-york" not in governing


def test_prompt_payment_of_new_york_binds_its_medicaid_managed_care() -> None:
    """3224-a(a): 30 days for an electronic claim, with interest; the organizations of article 44 are bound too."""
    rules = [r for r in REFERENCE.deadlines.rules if r.rule_id.startswith("ny-medicaid-prompt-payment")]
    assert {rule.scope.products for rule in rules} == {frozenset({ProductLine.MEDICAID})}
    assert {(r.rule_id, r.period) for r in rules if r.rule_id != "ny-medicaid-prompt-payment-other"} == {
        ("ny-medicaid-prompt-payment-clean", Period(30, Unit.DAYS)),
        ("ny-medicaid-prompt-payment-electronic", Period(30, Unit.DAYS)),
    }
    assert {rule.interest for rule in rules} == {"ny-late-payment"}


def test_a_law_that_names_plans_may_not_leave_one_of_the_same_state_and_product_out(tmp_path: Path) -> None:
    root = small_folder(tmp_path)
    bound = "binds: {products: [commercial], states: [NY]}"
    spoil(root, "law/appeals/ny-utilization-review.yaml", bound, "plans: [HUDSON-COMM]")
    with pytest.raises(PolicyDataError, match="HUDSON-COMM and not HUDSON-LG"):
        load_library(root)


@pytest.mark.parametrize(
    ("path", "level", "days"),
    [
        ("medicare-advantage-non-contract", "reconsideration", 65),
        ("medicaid-managed-care", "fair-hearing", 120),
        ("dual-snp-integrated", "fair-hearing", 120),
    ],
)
def test_a_window_has_the_number_of_its_law(path: str, level: str, days: int) -> None:
    """422.582(b) since 2025; 438.408(f)(2), 120 days in New York and Ohio. That letters read it: test_letters_and_paths."""
    levels = [each for p in REFERENCE.appeals.paths if p.name == path for each in p.levels if each.name == level]
    assert [window.period for each in levels for window in each.windows] == [Period(days, Unit.DAYS)]


@pytest.mark.parametrize("path", ["ny-utilization-review", "ny-grievance", "ny-childrens-program"])
def test_new_york_pays_within_fifteen_days_of_a_reversal(path: str) -> None:
    """3224-a(b): payment within fifteen days of the determination that it is due."""
    levels = [each for p in REFERENCE.appeals.paths if p.name == path for each in p.levels]
    paying = [e.period for each in levels for e in each.effectuation if e.subject.value == "payment"]
    assert set(paying) == {Period(15, Unit.DAYS)}


@pytest.mark.parametrize(
    ("spans", "plan", "outcome"),
    [
        ([covered(ends=date(2025, 2, 1))], "HUDSON-COMM", outcomes.AFTER_TERMINATION),
        ([covered(starts=date(2025, 10, 1), plan="HUDSON-MA")], "HUDSON-MA", outcomes.BEFORE_COVERAGE),
        (
            [
                covered(ends=date(2025, 2, 1)),
                covered(starts=date(2025, 10, 1), plan="HUDSON-MA", coverage_id="COV-SYN-2"),
            ],
            "HUDSON-COMM",
            outcomes.COVERAGE_LAPSE,
        ),
    ],
    ids=["the plan that ended", "the plan that had not begun", "in a lapse, the plan before it"],
)
def test_a_denial_for_lack_of_coverage_names_the_plan_that_was_asked(
    spans: list[CoverageSpan], plan: str, outcome: str
) -> None:
    result = verify_eligibility(a_claim("C1"), spans, REFERENCE)
    assert (result.findings[0].outcome, plan_named(result.findings)) == (outcome, plan)
    assert result.plans == {}


def test_the_payers_default_plan_opens_a_path_where_no_plan_is_known() -> None:
    filed = AppealFiledV1(
        submitter="SYN-CLEARING",
        appeal_reference="SYN-AP-1",
        version=1,
        claim=ClaimReferenceV1(payer_claim_number="SYN-1"),
        appellant=Appellant.MEMBER,
        channel="portal",
        received_at=datetime(2025, 11, 20, 9, 0, tzinfo=UTC),
    )
    named = Known(ON, frozenset({LineNumber(1)}), frozenset(), {}, frozenset())
    answer = answer_of(filed, replace(named, nameless=True), REFERENCE)
    assert answer.path is not None
    assert answer.path.name == "ny-commercial-claims"
    assert answer_of(filed, named, REFERENCE).path is None, "the law of another plan is not applied"
