"""Checks that an appeal, or a request for a further level, was filed in time, and explains every step in words.

The day of receipt is the legal day in the time zone of the plan. The other dates are days that people wrote down.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from adjudication.appeals.rules import CountedFrom, FiledWhen, FilingWindow
from adjudication.deadlines.calendar import LegalCalendar
from adjudication.deadlines.periods import last_day


@dataclass(frozen=True, slots=True)
class FilingDates:
    """The day the appeal was received, and the dates on its papers. None means unknown.

    `notice_on` is the date of the denial notice, `notice_received_on` the day the appellant received it by evidence.
    """

    received_at: datetime
    postmarked_on: date | None = None
    notice_on: date | None = None
    notice_received_on: date | None = None


@dataclass(frozen=True, slots=True)
class WindowResult:
    """The last day to file and whether the filing was in time; both None where the date of the notice is unknown."""

    filed_on: date
    last_day: date | None
    timely: bool | None
    lines: tuple[str, ...]


def filing_window(window: FilingWindow, dates: FilingDates, calendar: LegalCalendar) -> WindowResult:
    """Return whether a filing is in time, with the arithmetic; raises CalendarGapError where holidays are missing."""
    filed_on, filed = _filed(window, dates, calendar)
    start, lines = _start(window, dates)
    if start is None:
        unknown = "No date of the notice is on record: the window has not begun, and nothing is late."
        return WindowResult(filed_on, None, None, (*lines, unknown, filed))
    end = last_day(start, window.period, calendar)
    lines = (*lines, f"{window.period} from {start}: last day {end}.")
    if window.rolls and not calendar.is_business_day(end):
        end = calendar.on_or_after(end)
        lines = (*lines, f"That is not a business day; the rule moves it to {end}.")
    timely = filed_on <= end
    return WindowResult(filed_on, end, timely, (*lines, f"{filed}: {'in time' if timely else 'late'}."))


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


def _filed(window: FilingWindow, dates: FilingDates, calendar: LegalCalendar) -> tuple[date, str]:
    """Count a postmark where the rule allows it. A postmark later than the receipt is a typing error and is ignored."""
    received_on = calendar.day_of(dates.received_at)
    if window.filed_when is FiledWhen.POSTMARKED and dates.postmarked_on is not None:
        day = min(dates.postmarked_on, received_on)
        return day, f"Filed {day} (postmark)"
    return received_on, f"Filed {received_on} (received)"
