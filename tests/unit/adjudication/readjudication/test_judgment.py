"""A time limit of a reopening ends with the legal day of the plan, in its time zone; who decided a claim does not correct it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from adjudication.appeals.superseding import Before
from adjudication.model import outcomes
from adjudication.model.determination import Adjustment, Disposition, LineDetermination
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import GroupCode, LineNumber, PlanId
from adjudication.people import Role, StaffMember
from adjudication.readjudication.judgment import Terms, approval_refusal, in_time, receivable, terms_of
from adjudication.readjudication.proposal import Case, Proposal, propose
from adjudication.readjudication.rules import Ground
from adjudication.readjudication.shadow import Shadow
from tests.builders.activities.claims import ACQUISITION, a_claim

ONE = LineNumber(1)
CHARGE = Decimal("500.00")
DECIDED = datetime(2025, 9, 2, 3, 0, tzinfo=UTC)
"""23:00 of September 1 in New York: 24 months (Ins. Law 3224-b(b)) end with September 1, 2027 there."""

PAID = LineDetermination(ONE, "0609T", Disposition.APPROVED, CHARGE, CHARGE, (), outcomes.RATED, (), ())
DENIED = LineDetermination(
    ONE,
    "0609T",
    Disposition.DENIED,
    CHARGE,
    Decimal(0),
    (Adjustment(GroupCode.CONTRACTUAL, "197", CHARGE),),
    outcomes.AUTHORIZATION_MISSING,
    (),
    (),
)


def taking_back(reference: ReferenceData, deciders: frozenset[str] = frozenset()) -> tuple[Case, Proposal, Terms]:
    plan = reference.plans[PlanId("HUDSON-COMM")][-1]
    before = Before(a_claim("C1", ACQUISITION), (PAID,), {ONE: plan}, 1, DECIDED)
    case = Case("coverage-changed", "COV-1/2", DECIDED, before, DECIDED, deciders=deciders)
    proposal = propose(case, Shadow({ONE: DENIED}, {}, {}))
    return case, proposal, terms_of(case, proposal, reference)


@pytest.mark.parametrize(
    ("now", "open_still"),
    [
        (datetime(2027, 9, 2, 3, 59, tzinfo=UTC), True),
        (datetime(2027, 9, 2, 4, 0, tzinfo=UTC), False),
    ],
)
def test_the_last_day_ends_at_midnight_in_new_york_and_not_in_london(
    reference: ReferenceData, now: datetime, *, open_still: bool
) -> None:
    _, _, terms = taking_back(reference)
    assert dict(terms.until)[Ground.ORDINARY] == date(2027, 9, 1)
    assert in_time(terms, Ground.ORDINARY, now) is open_still


def test_notice_of_money_taken_back_counts_from_the_day_in_new_york(reference: ReferenceData) -> None:
    """30 days (Ins. Law 3224-b(b)) from September 9, 23:30 in New York, which is September 10 in UTC."""
    _, proposal, terms = taking_back(reference)
    owed = receivable(proposal, terms, datetime(2025, 9, 10, 3, 30, tzinfo=UTC))
    assert owed is not None
    assert owed.not_before == date(2025, 10, 9)


def test_who_decided_a_claim_does_not_approve_its_correction(reference: ReferenceData) -> None:
    case, proposal, terms = taking_back(reference, frozenset({"SYN-EXAMINER"}))
    answers = {
        name: approval_refusal(
            case, proposal, terms, (StaffMember(name, frozenset({Role.EXAMINER})), Ground.ORDINARY), (), DECIDED
        )
        for name in ("SYN-EXAMINER", "SYN-OTHER")
    }
    assert answers["SYN-OTHER"] is None
    refusal = answers["SYN-EXAMINER"]
    assert refusal is not None
    assert (refusal.code, refusal.kind.value) == ("decided-it", "forbidden")
