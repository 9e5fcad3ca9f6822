"""Every clock that is shipped, one row each as a claims examiner would check it: what happened, and when it is due.

Days are days of New York, at noon unless a time is given; the calendars are the shipped ones.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from adjudication.deadlines.claim_deadlines import run_deadline, run_deadlines
from adjudication.deadlines.interest import Interest, NoInterestRate, interest_owed
from adjudication.deadlines.rule_book import NoDeadline, NoDeadlineReason
from adjudication.deadlines.rules import CLAIM_KINDS, REQUEST_KINDS, DeadlineKind, Situation
from adjudication.deadlines.state import DeadlineState
from adjudication.model.vocabulary import ProductLine
from rulebook.library import default_policies_dir, load_library
from tests.builders.deadline_rows import CHP, COMM, DSNP, EP, MA, MCD, OHIO, ROWS, WEST, Row
from tests.builders.deadlines import a_situation, events, instant

LIBRARY = load_library(default_policies_dir())
BOOK = LIBRARY.reference.deadlines


def situation_of(row: Row) -> Situation:
    return a_situation(**row.whose, on=row.on, **row.flags)


def ran(row: Row) -> DeadlineState:
    """The clock of a row right after the last of its events."""
    happened = events(**row.happened)
    now = max(event.at for event in happened) + timedelta(minutes=1)
    state = run_deadline(BOOK, DeadlineKind(row.kind), situation_of(row), happened, now)
    assert not isinstance(state, NoDeadline), state.words
    return state


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_clock_of_the_examiners_table_is_due_when_the_table_says(row: Row) -> None:
    state = ran(row)
    assert state.rule_id == row.rule
    if " " in row.due:
        assert state.due_at == instant(row.due)
    else:
        assert state.due_on == date.fromisoformat(row.due)
    assert state.at_expiry.value == row.at_expiry
    assert not state.expired


def test_every_shipped_version_of_a_clock_has_a_row() -> None:
    reached = {(row.rule, ran_version(row)) for row in ROWS}
    shipped = {(rule.rule_id, rule.in_force.starts) for rule in BOOK.rules}
    assert shipped - reached == set()


def ran_version(row: Row) -> date:
    governing = BOOK.govern(DeadlineKind(row.kind), situation_of(row))
    assert not isinstance(governing, NoDeadline)
    return governing.rule.in_force.starts


@pytest.mark.parametrize("whose", [COMM, MA, WEST, DSNP, MCD, OHIO, CHP, EP])
@pytest.mark.parametrize("flags", [{}, {"clean": None, "contracted": None, "electronic": None}, {"contracted": False}])
def test_every_plan_has_a_clock_on_every_claim_and_request(whose: dict[str, str], flags: dict[str, Any]) -> None:
    for kinds in (CLAIM_KINDS, (DeadlineKind.DOCUMENT_ANSWER,), (DeadlineKind.PROVIDER_FILING,), REQUEST_KINDS):
        clocks = run_deadlines(
            BOOK, a_situation(**whose, **flags), events(received="2025-11-03"), instant("2025-11-04"), kinds
        )
        assert clocks
        assert all(isinstance(clock, DeadlineState) for clock in clocks), clocks


def test_every_loaded_plan_has_a_home_for_its_clocks() -> None:
    assert set(BOOK.jurisdictions) == set(LIBRARY.reference.plans)


def test_business_days_after_the_last_loaded_year_are_a_gap() -> None:
    situation = a_situation(on="2027-12-30")
    found = run_deadline(
        BOOK, DeadlineKind.PROSPECTIVE_REVIEW, situation, events(received="2027-12-30"), instant("2027-12-31")
    )
    assert isinstance(found, NoDeadline)
    assert found.reason is NoDeadlineReason.CALENDAR_GAP
    assert "holidays of 2028 are not loaded in the calendar 'ny'" in found.words


def test_the_federal_holidays_follow_from_the_rule_of_the_law() -> None:
    for year in range(2024, 2028):
        expected = {day for day in federal(year) + federal(year + 1) if day.year == year}
        assert {day for day in BOOK.holidays["federal"].closed if day.year == year} == expected


def test_new_york_keeps_the_day_itself_on_a_saturday_and_adds_the_monday_after_a_sunday() -> None:
    closed = BOOK.holidays["ny"].closed
    assert date(2026, 7, 3) not in closed  # the fourth is a Saturday
    assert date(2027, 7, 5) in closed  # the fourth is a Sunday
    assert {date(2025, 2, 12), date(2025, 6, 8), date(2025, 11, 4)} & closed == set()  # plans work on these


def federal(year: int) -> list[date]:
    """The days off of 5 U.S.C. 6103, computed here once more."""
    fixed = [date(year, *day) for day in ((1, 1), (6, 19), (7, 4), (11, 11), (12, 25))]
    mondays = [nth(year, month, 0, n) for month, n in ((1, 3), (2, 3), (9, 1), (10, 2))]
    memorial = max(date(year, 5, d) for d in range(25, 32) if date(year, 5, d).weekday() == 0)
    moved = [day + timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0)) for day in fixed]
    return [*moved, *mondays, memorial, nth(year, 11, 3, 4)]


def nth(year: int, month: int, weekday: int, n: int) -> date:
    return [date(year, month, d) for d in range(1, 29) if date(year, month, d).weekday() == weekday][n - 1]


def test_interest_in_new_york_is_twelve_percent_while_no_tax_rate_is_loaded() -> None:
    found = interest_owed(BOOK.interest["ny-late-payment"], Decimal("730.00"), date(2025, 12, 3), date(2026, 1, 2))
    assert isinstance(found, Interest)
    assert found.amount == Decimal("7.20")
    assert "Tax Law 1096(e)(1) is not loaded" in found.arithmetic[-1]


def test_interest_of_medicare_advantage_follows_the_published_half_year_and_says_when_none_is_loaded() -> None:
    rule = BOOK.interest["prompt-payment-act"]
    found = interest_owed(rule, Decimal("1000.00"), date(2026, 3, 1), date(2026, 3, 31))
    assert isinstance(found, Interest)
    assert (found.percent, found.amount) == (Decimal("4.125"), Decimal("3.39"))
    assert isinstance(interest_owed(rule, Decimal(1000), date(2026, 8, 1), date(2026, 9, 1)), NoInterestRate)


def test_every_product_line_has_clocks() -> None:
    named = {product for rule in BOOK.rules for product in rule.scope.products or ()}
    assert named == set(ProductLine)
