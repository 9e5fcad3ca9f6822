"""What adjudicating again would change, and what stays: lines under appeal, lines an appeal ruled on, lines that wait."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from adjudication.appeals.superseding import Before
from adjudication.model import outcomes
from adjudication.model.determination import Adjustment, Disposition, LineDetermination
from adjudication.model.vocabulary import GroupCode, LineNumber
from adjudication.readjudication.proposal import Case, Kept, Proposal, Result, propose
from adjudication.readjudication.shadow import Shadow
from tests.builders.activities.claims import ACQUISITION, a_claim

DECIDED = datetime(2025, 9, 2, 9, 0, tzinfo=UTC)
CHARGE = Decimal("500.00")
ONE = LineNumber(1)


def paid(amount: str) -> LineDetermination:
    """The line paid so much, the rest written off by contract."""
    rest = (Adjustment(GroupCode.CONTRACTUAL, "45", CHARGE - Decimal(amount)),) if Decimal(amount) < CHARGE else ()
    return LineDetermination(ONE, "0609T", Disposition.APPROVED, CHARGE, Decimal(amount), rest, outcomes.RATED, (), ())


def denied(group: GroupCode = GroupCode.CONTRACTUAL) -> LineDetermination:
    """The line denied in full."""
    return LineDetermination(
        ONE,
        "0609T",
        Disposition.DENIED,
        CHARGE,
        Decimal(0),
        (Adjustment(group, "197", CHARGE),),
        outcomes.AUTHORIZATION_MISSING,
        (),
        (),
    )


def proposed(
    before: LineDetermination, after: LineDetermination | None, *, appealed: bool = False, ruled: bool = False
) -> Proposal:
    case = Case(
        "late-authorization",
        "AUTH-1/1",
        DECIDED,
        Before(a_claim("C1", ACQUISITION), (before,), {}, 1, DECIDED),
        DECIDED,
        frozenset({ONE} if appealed else ()),
        frozenset({ONE} if ruled else ()),
    )
    lines = {} if after is None else {ONE: after}
    return propose(case, Shadow(lines, {ONE: ("P-ELIG",)} if after is None else {}, {}))


@pytest.mark.parametrize(
    ("before", "after", "adds", "takes", "adverse"),
    [
        (denied(), paid("300.00"), "300.00", "0", False),
        (paid("300.00"), paid("350.00"), "50.00", "0", False),
        (paid("300.00"), denied(), "0", "300.00", True),
        (paid("350.00"), paid("300.00"), "0", "50.00", True),
        (denied(), denied(GroupCode.PATIENT), "0", "0", True),
        (denied(GroupCode.PATIENT), denied(), "0", "0", False),
    ],
)
def test_money_and_the_members_share_show_whether_a_party_is_worse_off(
    before: LineDetermination, after: LineDetermination, adds: str, takes: str, *, adverse: bool
) -> None:
    found = proposed(before, after)
    assert found.result is Result.CORRECTS
    assert (found.adds, found.takes, found.adverse) == (Decimal(adds), Decimal(takes), adverse)


@pytest.mark.parametrize("after", [paid("300.00"), denied(GroupCode.PATIENT)])
def test_a_line_under_appeal_is_left_to_it(after: LineDetermination) -> None:
    found = proposed(denied(), after, appealed=True)
    assert (found.result, found.changes, found.lines[0].kept) == (Result.UNDER_APPEAL, (), Kept.UNDER_APPEAL)


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [
        (paid("300.00"), denied(), Kept.APPEAL_RULED),
        (denied(), denied(GroupCode.PATIENT), Kept.APPEAL_RULED),
        (paid("300.00"), paid("299.99"), Kept.APPEAL_RULED),
        (denied(), paid("300.00"), Kept.CHANGED),
    ],
)
def test_what_an_appeal_ruled_is_never_changed_for_the_worse(
    before: LineDetermination, after: LineDetermination, kept: Kept
) -> None:
    assert proposed(before, after, ruled=True).lines[0].kept is kept


def test_a_line_that_a_person_would_have_to_decide_stays_as_it_was() -> None:
    found = proposed(paid("300.00"), None)
    assert (found.result, found.lines[0].after, found.lines[0].waits) == (Result.WAITS, paid("300.00"), ("P-ELIG",))


def test_the_same_decision_is_no_change() -> None:
    assert proposed(denied(), denied()).result is Result.UNCHANGED
