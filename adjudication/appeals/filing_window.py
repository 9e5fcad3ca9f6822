"""Counting days, business days, months and hours, with a line of words for every step so that a person can check it.

A day-counted deadline ends with its last day, in the offset of the moment it counts from (UTC moments give UTC days).
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from adjudication.appeals.rules import CountedFrom, FiledWhen, FilingWindow, Period, Unit
from adjudication.deadlines.calendar import Holidays

_ONE = timedelta(days=1)
_LEAST_IN_A_YEAR = 200
"""Business days that any year has at the least."""


@dataclass(frozen=True, slots=True)
class FilingDates:
    """What is known of when a notice went out and an appeal came in; None is unknown, never no."""

    received_on: date
    postmarked_on: date | None = None
    notice_on: date | None = None
    notice_received_on: date | None = None


@dataclass(frozen=True, slots=True)
class WindowAnswer:
    """Whether a filing was in time. None: nobody knows when the notice went out, so the window never began."""

    filed_on: date
    last_day: date | None
    timely: bool | None
    lines: tuple[str, ...]


def last_day(start: date, period: Period, holidays: Holidays) -> date:
    """Return the last day of a period that counts from the day after `start`; hours are not counted in days.

    Raises CalendarGapError where business days of a year are counted whose holidays are not loaded.
    """
    match period.unit:
        case Unit.DAYS:
            return start + timedelta(days=period.length)
        case Unit.MONTHS:
            return _months_later(start, period.length)
        case Unit.BUSINESS_DAYS:
            return _business_days_later(start, period.length, holidays)
        case Unit.HOURS:
            return start + timedelta(hours=period.length)


def due(start: datetime, period: Period, holidays: Holidays) -> datetime:
    """Return the first moment that is too late; raises what last_day raises."""
    if period.unit is Unit.HOURS:
        return start + timedelta(hours=period.length)
    return datetime.combine(last_day(start.date(), period, holidays) + _ONE, time(), tzinfo=start.tzinfo)


def earliest(start: datetime, period: Period) -> datetime:
    """Return the earliest that a period can be over, whatever days turn out to be holidays."""
    years = range(start.year, start.year + 2 + period.length // _LEAST_IN_A_YEAR)
    return due(start, period, Holidays("none", frozenset(years)))


def filing_window(window: FilingWindow, dates: FilingDates, holidays: Holidays) -> WindowAnswer:
    """Say whether a filing is in time, with the arithmetic; raises what last_day raises."""
    filed_on, filed = _filed(window, dates)
    start, lines = _start(window, dates)
    if start is None:
        unknown = "No date of the notice is on record: the window has not begun, and nothing is late."
        return WindowAnswer(filed_on, None, None, (*lines, unknown, filed))
    end = last_day(start, window.period, holidays)
    lines = (*lines, f"{window.period.told} from {start}: last day {end}.")
    if window.rolls and not holidays.is_business_day(end):
        end = _next_business_day(end, holidays)
        lines = (*lines, f"That is no business day; the rule moves it to {end}.")
    timely = filed_on <= end
    return WindowAnswer(filed_on, end, timely, (*lines, f"{filed}: {'in time' if timely else 'late'}."))


def _start(window: FilingWindow, dates: FilingDates) -> tuple[date | None, tuple[str, ...]]:
    if window.counted_from is CountedFrom.RECEIPT and dates.notice_received_on is not None:
        return dates.notice_received_on, (f"Notice received on {dates.notice_received_on} (evidence on record).",)
    if dates.notice_on is None:
        return None, ()
    dated = f"Notice dated {dates.notice_on}."
    if window.counted_from is CountedFrom.NOTICE:
        return dates.notice_on, (dated,)
    received = dates.notice_on + timedelta(days=window.presumed_receipt_days)
    presumed = f"Receipt presumed {window.presumed_receipt_days} days later: {received}."
    return received, (dated, presumed)


def _filed(window: FilingWindow, dates: FilingDates) -> tuple[date, str]:
    """A postmark counts where the rule says so; one later than the receipt is a slip and helps nobody."""
    if window.filed_when is FiledWhen.POSTMARKED and dates.postmarked_on is not None:
        day = min(dates.postmarked_on, dates.received_on)
        return day, f"Filed {day} (postmark)"
    return dates.received_on, f"Filed {dates.received_on} (received)"


def _months_later(start: date, months: int) -> date:
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def _business_days_later(start: date, days: int, holidays: Holidays) -> date:
    day = start
    for _ in range(days):
        day = _next_business_day(day, holidays)
    return day


def _next_business_day(day: date, holidays: Holidays) -> date:
    day += _ONE
    while not holidays.is_business_day(day):
        day += _ONE
    return day
