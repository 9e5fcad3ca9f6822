"""How days, business days, hours, months and years are counted, at their edges."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from adjudication.deadlines.calendar import CalendarGapError, Holidays, LegalCalendar
from adjudication.deadlines.events import DeadlineEvent, EventKind, NaiveTimeError
from adjudication.deadlines.periods import Period, Unit, add_months, ends, spent_between
from tests.builders.deadlines import CALENDAR, instant


def due(length: int, unit: Unit, start: str) -> datetime:
    return ends(instant(start), Period(length, unit), CALENDAR)


def test_the_day_of_receipt_is_not_counted() -> None:
    assert CALENDAR.day_of(due(30, Unit.DAYS, "2025-11-01")) == date(2025, 12, 1)


def test_a_claim_received_late_in_the_evening_counts_from_that_evening_and_not_from_the_day_in_london() -> None:
    late = datetime(2025, 11, 2, 3, 30, tzinfo=UTC)  # 23:30 on the first of November in New York
    assert CALENDAR.day_of(ends(late, Period(30, Unit.DAYS), CALENDAR)) == date(2025, 12, 1)


def test_one_instant_is_two_legal_days_on_two_coasts() -> None:
    night = datetime(2025, 12, 2, 6, 30, tzinfo=UTC)
    assert CALENDAR.day_of(night) == date(2025, 12, 2)
    assert LegalCalendar("America/Los_Angeles", Holidays("none")).day_of(night) == date(2025, 12, 1)


@pytest.mark.parametrize(
    ("day", "ends_at"),
    [
        (date(2025, 11, 1), datetime(2025, 11, 2, 3, 59, 59, tzinfo=UTC)),  # the last day of summer time
        (date(2025, 11, 2), datetime(2025, 11, 3, 4, 59, 59, tzinfo=UTC)),  # 25 hours long
        (date(2026, 3, 8), datetime(2026, 3, 9, 3, 59, 59, tzinfo=UTC)),  # 23 hours long
    ],
)
def test_a_legal_day_ends_one_second_before_midnight_there_whatever_its_length(day: date, ends_at: datetime) -> None:
    assert CALENDAR.end_of(day) == ends_at


def test_hours_are_elapsed_time_over_both_changes_of_the_clocks() -> None:
    assert due(72, Unit.HOURS, "2025-11-01 12:00") == instant("2025-11-04 11:00")
    assert due(72, Unit.HOURS, "2026-03-07 12:00") == instant("2026-03-10 13:00")


def test_business_days_leave_out_weekends_and_holidays() -> None:
    # Friday the 7th: Monday, (Veterans Day), Wednesday, Thursday.
    assert CALENDAR.day_of(due(3, Unit.BUSINESS_DAYS, "2025-11-07")) == date(2025, 11, 13)


def test_business_days_run_over_the_new_year() -> None:
    # Wednesday the 31st: (New Year's Day), Friday, Monday.
    assert CALENDAR.day_of(due(2, Unit.BUSINESS_DAYS, "2025-12-31")) == date(2026, 1, 5)


def test_business_days_are_counted_the_same_way_they_are_added() -> None:
    assert spent_between(Unit.BUSINESS_DAYS, instant("2025-11-07"), instant("2025-11-13"), CALENDAR) == 3


def test_a_year_without_holidays_is_a_gap_that_states_it_and_not_a_guess() -> None:
    with pytest.raises(CalendarGapError, match="holidays of 2027 are not loaded in the calendar 'test'"):
        CALENDAR.add_business_days(date(2026, 12, 31), 1)


@pytest.mark.parametrize(
    ("day", "months", "reached"),
    [
        (date(2025, 1, 31), 1, date(2025, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2025, 8, 31), 4, date(2025, 12, 31)),
        (date(2025, 11, 30), 3, date(2026, 2, 28)),
        (date(2023, 3, 1), 12, date(2024, 3, 1)),
    ],
)
def test_months_end_on_the_same_day_or_on_the_last_of_a_shorter_month(day: date, months: int, reached: date) -> None:
    assert add_months(day, months) == reached


def test_a_period_is_said_as_a_person_says_it() -> None:
    assert [str(Period(30, Unit.DAYS)), str(Period(1, Unit.YEARS)), str(Period(3, Unit.BUSINESS_DAYS))] == [
        "30 days",
        "1 year",
        "3 business days",
    ]


def test_an_event_without_a_time_zone_is_refused() -> None:
    with pytest.raises(NaiveTimeError, match="received has no time zone"):
        DeadlineEvent(EventKind.RECEIVED, datetime(2025, 11, 1, 12))  # noqa: DTZ001 - what is refused
