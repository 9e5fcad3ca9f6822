"""The numbers of laws and code lists that were once wrong: each is one number, wherever the product reads it."""

from __future__ import annotations

import re
from datetime import date

import pytest

from adjudication.appeals.rules import Appellant, Matter, Subject
from adjudication.deadlines.periods import Period, Unit
from adjudication.deadlines.rules import DeadlineKind
from adjudication.model import outcomes
from adjudication.model.vocabulary import GroupCode, OutcomeCode, PlanId, ProductLine
from rulebook.library import default_policies_dir, load_library

LIBRARY = load_library(default_policies_dir())
REFERENCE = LIBRARY.reference
ON = date(2025, 11, 10)


def product_of(plan: str) -> ProductLine:
    return REFERENCE.plans[PlanId(plan)][-1].product_line


@pytest.mark.parametrize("matter", list(Matter))
@pytest.mark.parametrize("plan", ["HUDSON-COMM", "HUDSON-LG", "HUDSON-EP", "HUDSON-CHP", "HUDSON-MCD"])
def test_every_plan_that_3224_a_binds_pays_its_own_reversals_in_fifteen_days(plan: str, matter: Matter) -> None:
    """Insurance Law 3224-a(b) binds organizations of articles 43 and 47, and of article 44 of the Public Health Law."""
    found = REFERENCE.appeals.paths_of(product_of(plan), PlanId(plan), matter, ON)
    taken = next(path for path in found if any(s.appellant is Appellant.MEMBER for s in path.standing))
    paid = [e.period for e in taken.levels[0].effectuation if e.subject is Subject.PAYMENT]
    assert paid == [Period(15, Unit.DAYS)]


@pytest.mark.parametrize("plan", ["HUDSON-COMM", "HUDSON-LG", "HUDSON-EP", "HUDSON-CHP", "HUDSON-MCD"])
def test_late_payments_of_these_plans_bear_the_interest_of_that_law(plan: str) -> None:
    paying = [
        r
        for r in REFERENCE.deadlines.rules
        if r.kind is DeadlineKind.PROMPT_PAYMENT and r.interest == "ny-late-payment"
    ]
    assert product_of(plan) in {product for rule in paying for product in rule.scope.products or ()}
    assert {(rule.scope.electronic, str(rule.period)) for rule in paying} == {(True, "30 days"), (False, "45 days")}


def test_the_printed_form_of_medicare_gives_the_days_of_the_enrollees_path() -> None:
    """CMS-10003 counts 65 days from its date: 60 from receipt (42 CFR 422.582(b)), presumed 5 days after the notice."""
    printed = {
        int(days) for form in LIBRARY.letters.layouts for days in re.findall(r"(\d+) (?:calendar )?days", str(form))
    }
    windows = [
        path.levels[0].window(Appellant.MEMBER)
        for plan in ("HUDSON-MA", "CASCADE-MA", "HUDSON-DSNP")
        for path in REFERENCE.appeals.paths_of(product_of(plan), PlanId(plan), Matter.CLINICAL, ON)
        if any(s.appellant is Appellant.MEMBER for s in path.standing)
    ]
    days = [window.period.length + window.presumed_receipt_days for window in windows if window is not None]
    assert (days, printed) == ([65, 65, 65], {65})


def test_a_hearing_may_be_asked_for_as_long_as_the_state_gives() -> None:
    """42 CFR 438.408(f)(2) leaves 90 to 120 days to the state; 457.1260 puts the children's review in the hearing's place."""
    levels = [
        level for path in REFERENCE.appeals.paths for level in path.levels
        if level.name == "fair-hearing" or (path.name, level.name) == ("ny-childrens-program", "external-review")
    ]  # fmt: skip
    assert len(levels) >= 4
    assert {str(window.period) for level in levels for window in level.windows} == {"120 days"}


@pytest.mark.parametrize(
    ("outcome", "remark"),
    [
        (outcomes.MODIFIER_INVALID, "N823"),
        (outcomes.READING_ON_HOSPITAL_CLAIM, "N823"),
        (outcomes.REDUCED_ACQUISITION, "N823"),
        (outcomes.MODIFIERS_CONTRADICT, "N519"),
    ],
)
def test_n519_is_of_modifiers_that_contradict_each_other_and_n823_of_a_single_wrong_one(
    outcome: OutcomeCode, remark: str
) -> None:
    """X12 RARC: N519 an invalid combination of HCPCS modifiers, N823 an incomplete or invalid procedure modifier."""
    rule = REFERENCE.outcomes[outcome]
    assert (rule.carc, rule.rarcs) == ("4", (remark,))


def test_no_other_outcome_repeats_the_denial_of_the_payer_before_us() -> None:
    """X12 CARC 136 is for a failure to follow the prior payer's rules, and stands with group OA."""
    repeated = {code: rule.group for code, rule in REFERENCE.outcomes.items() if rule.carc == "136"}
    assert repeated == {outcomes.PRIMARY_RULES_NOT_FOLLOWED: GroupCode.OTHER}
