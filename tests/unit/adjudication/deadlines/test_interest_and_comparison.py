"""Interest on late payments, and what a corrected rule changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from adjudication.deadlines.comparison import compare
from adjudication.deadlines.interest import Interest, InterestRate, InterestRule, NoInterestRate, interest_owed
from adjudication.deadlines.periods import Period, Unit
from adjudication.deadlines.rule_book import NoDeadline, NoDeadlineReason
from adjudication.deadlines.rules import AtExpiry
from adjudication.model.findings import Citation
from adjudication.model.vocabulary import DateRange
from tests.builders.deadlines import RULE, events, state_at

CITE = Citation("ny-ins-3224-a", "(c)")
TWELVE = InterestRule("ny", Decimal(12), "the tax-law rate", (), 365, Decimal("2.00"), CITE, "checked")
DUE = date(2025, 12, 1)


def owed(rule: InterestRule, amount: str, paid_on: date) -> Interest:
    found = interest_owed(rule, Decimal(amount), DUE, paid_on)
    assert isinstance(found, Interest)
    return found


def test_twelve_percent_a_year_run_from_the_day_after_the_due_date() -> None:
    found = owed(TWELVE, "1000.00", date(2025, 12, 31))
    assert (found.amount, found.days, found.percent) == (Decimal("9.86"), 30, Decimal(12))
    assert found.arithmetic[1] == "12 percent a year (ny-ins-3224-a (c)), 365 days to the year: 9.86"
    assert "the tax-law rate is not loaded for 2025-12-02" in found.arithmetic[2]


def test_paid_on_the_last_day_owes_nothing() -> None:
    assert owed(TWELVE, "1000.00", DUE).amount == Decimal("0.00")


def test_less_than_two_dollars_need_not_be_paid_and_it_states_it() -> None:
    found = owed(TWELVE, "100.00", date(2025, 12, 31))
    assert (found.amount, found.arithmetic[-1]) == (Decimal("0.00"), "under 2.00: need not be paid")


def test_the_published_rate_prevails_where_it_is_higher_and_the_floor_where_it_is_not() -> None:
    year = DateRange(date(2025, 1, 1), date(2026, 1, 1))
    higher = replace(TWELVE, rates=(InterestRate(year, Decimal("14.5"), CITE),))
    lower = replace(TWELVE, rates=(InterestRate(year, Decimal(9), CITE),))
    assert owed(higher, "1000.00", date(2025, 12, 31)).percent == Decimal("14.5")
    assert owed(lower, "1000.00", date(2025, 12, 31)).percent == Decimal(12)


def test_a_half_year_without_a_published_rate_is_a_gap_and_not_zero() -> None:
    half = InterestRate(DateRange(date(2025, 1, 1), date(2025, 7, 1)), Decimal("4.625"), CITE)
    rule = replace(TWELVE, floor=None, rates=(half,))
    found = interest_owed(rule, Decimal(1000), DUE, date(2025, 12, 31))
    assert isinstance(found, NoInterestRate)
    assert "no rate of the tax-law rate is loaded for 2025-12-02" in found.words


def test_a_corrected_rule_says_what_it_changes() -> None:
    happened = events(received="2025-11-01")
    corrected = replace(RULE, period=Period(23, Unit.DAYS), at_expiry=AtExpiry.DEEMED_ADVERSE)
    changes = compare(state_at("2025-11-27", happened), state_at("2025-11-27", happened, corrected))
    fields = {change.what: str(change) for change in changes}
    assert fields["due"].endswith("2025-11-25T04:59:59+00:00 (7 days earlier)")
    assert fields["run out"] == "run out: no -> yes"
    assert fields["at expiry"] == "at expiry: deemed-exhausted -> deemed-adverse"
    assert "started" not in fields


def test_computing_again_with_the_same_rule_changes_nothing() -> None:
    happened = events(received="2025-11-01", information_requested="2025-11-10")
    assert compare(state_at("2025-11-27", happened), state_at("2025-11-27", happened)) == ()


def test_a_rule_that_is_lost_is_shown_as_a_loss() -> None:
    lost = NoDeadline(RULE.kind, NoDeadlineReason.NO_RULE, "no rule")
    changes = compare(state_at("2025-11-05", events(received="2025-11-01")), lost)
    assert {"deadline: none -> none (no-rule): no rule", "escalates to: supervisor -> none"} <= {
        str(c) for c in changes
    }
