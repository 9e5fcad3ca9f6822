"""Each reason for a reopening by product line: what may happen, who decides, and by when, as the claims director's tables say.

The limits are those of the law: 42 CFR 405.980(b) for Medicare Advantage, Ins. Law 3224-b(b) for New York, ORC 3901.388 for Ohio.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

import pytest

from adjudication.appeals.superseding import Before
from adjudication.model import outcomes
from adjudication.model.determination import Adjustment, Disposition, LineDetermination
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import GroupCode, LineNumber, PlanId
from adjudication.people import Role, StaffMember
from adjudication.readjudication.judgment import Terms, approval_refusal, terms_of
from adjudication.readjudication.proposal import Case, Proposal, propose
from adjudication.readjudication.rules import Ground
from adjudication.readjudication.shadow import Shadow
from contracts.events.reopenings import Reason
from tests.builders.activities.claims import ACQUISITION, a_claim

ONE = LineNumber(1)
CHARGE = Decimal("500.00")
DECIDED = datetime(2025, 9, 2, 15, 0, tzinfo=UTC)
ORDINARY, CAUSE, FRAUD = Ground.ORDINARY, Ground.GOOD_CAUSE, Ground.FRAUD
ANY: Final[dict[Ground, date | None]] = {ORDINARY: None, CAUSE: None, FRAUD: None}
FEDERAL: Final[dict[Ground, date | None]] = {ORDINARY: date(2026, 9, 2), CAUSE: date(2029, 9, 2), FRAUD: None}

BACK_IN_NEW_YORK: Final[dict[Ground, date | None]] = {ORDINARY: date(2027, 9, 2), FRAUD: None}
BACK_IN_OHIO: Final[dict[Ground, date | None]] = {ORDINARY: date(2027, 9, 2), FRAUD: None}
NEW_YORK: Final = ("HUDSON-COMM", "HUDSON-LG", "HUDSON-EP", "HUDSON-CHP", "HUDSON-MCD")
MEDICARE: Final = ("HUDSON-MA", "CASCADE-MA", "HUDSON-DSNP")
ELSEWHERE: Final = "commercial, elsewhere"
"""A commercial plan of a state whose law is not loaded: New York's without New York's rule."""

MORE: Final = {**dict.fromkeys((*NEW_YORK, "BUCKEYE-MCD", ELSEWHERE), ANY), **dict.fromkeys(MEDICARE, FEDERAL)}
"""The last day on each ground on which more may be paid of a claim decided on September 2, 2025, by plan; None: any day."""
LESS: Final = {
    **dict.fromkeys(MEDICARE, FEDERAL),
    **dict.fromkeys(NEW_YORK, BACK_IN_NEW_YORK),
    "BUCKEYE-MCD": BACK_IN_OHIO,
    ELSEWHERE: {FRAUD: None},
}
WITHDRAWN: Final[dict[str, dict[Ground, date | None]]] = {
    **{plan: {FRAUD: None} for plan in LESS},
    **{plan: {CAUSE: date(2029, 9, 2), FRAUD: None} for plan in MEDICARE},
}
"""An approval binds the plan except for fraud and, by 42 CFR 422.138(c), good cause."""


def line(paid: Decimal) -> LineDetermination:
    how, reason = (
        (Disposition.APPROVED, outcomes.RATED) if paid else (Disposition.DENIED, outcomes.AUTHORIZATION_MISSING)
    )
    rest = () if paid else (Adjustment(GroupCode.CONTRACTUAL, "197", CHARGE),)
    return LineDetermination(ONE, "0609T", how, CHARGE, paid, rest, reason, (), ())


def reopened(reference: ReferenceData, plan: str, reason: Reason, *, back: bool) -> tuple[Case, Proposal, Terms]:
    """A claim that is paid after a denial, or `back`: denied after a payment."""
    if plan == ELSEWHERE:
        rules = tuple(rule for rule in reference.reopening.rules if rule.name != "new-york")
        reference, plan = replace(reference, reopening=replace(reference.reopening, rules=rules)), "HUDSON-COMM"
    was, now = (CHARGE, Decimal(0)) if back else (Decimal(0), CHARGE)
    before = Before(a_claim("C1", ACQUISITION), (line(was),), {ONE: reference.plans[PlanId(plan)][-1]}, 1, DECIDED)
    case = Case(reason.value, "CAUSE-1", DECIDED, before, DECIDED)
    proposal = propose(case, Shadow({ONE: line(now)}, {}, {}))
    return case, proposal, terms_of(case, proposal, reference)


@pytest.mark.parametrize("plan", MORE)
@pytest.mark.parametrize("reason", Reason)
def test_more_is_paid_by_one_person_in_time_and_alone_only_for_a_late_authorization_in_new_york(
    reference: ReferenceData, reason: Reason, plan: str
) -> None:
    case, proposal, terms = reopened(reference, plan, reason, back=False)
    assert (terms.missing, terms.people, dict(terms.until)) == ("", 1, MORE[plan])
    assert terms.automatic == (reason is Reason.LATE_AUTHORIZATION and plan in NEW_YORK)
    for role in Role:
        refusal = approval_refusal(
            case, proposal, terms, (StaffMember("SYN-1", frozenset({role})), ORDINARY), (), DECIDED
        )
        may = role in {Role.EXAMINER, Role.APPEALS_SPECIALIST, Role.SUPERVISOR, Role.OPERATIONS, Role.MEDICAL_DIRECTOR}
        assert (refusal is None) == may, role


@pytest.mark.parametrize("plan", LESS)
@pytest.mark.parametrize("reason", Reason)
def test_money_is_taken_back_by_two_people_on_the_grounds_and_until_the_day_of_the_law(
    reference: ReferenceData, reason: Reason, plan: str
) -> None:
    _, _, terms = reopened(reference, plan, reason, back=True)
    limits = WITHDRAWN if reason is Reason.AUTHORIZATION_WITHDRAWN else LESS
    assert (terms.people, terms.automatic, dict(terms.until)) == (2, False, limits[plan])
