"""Lengths of time as the law counts them, and the two sums every deadline is made of: how much is spent, when it ends.

The day of the event is never counted. Hours are elapsed time, from instant to instant. Shared with appeals.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final

from adjudication.deadlines.calendar import LegalCalendar

_SECONDS: Final = 3600
_MONTHS: Final = 12


class Unit(StrEnum):
    """What a period is counted in."""

    HOURS = "hours"
    CALENDAR_DAYS = "calendar-days"
    BUSINESS_DAYS = "business-days"
    MONTHS = "months"
    YEARS = "years"

    @property
    def stoppable(self) -> bool:
        """Say whether a clock in this unit can be stopped: a part of a month has no agreed length."""
        return self not in (Unit.MONTHS, Unit.YEARS)


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time in one unit, for example 30 calendar days."""

    length: int
    unit: Unit

    @property
    def ticks(self) -> int:
        """The length in what clocks count: seconds for hours, otherwise the unit itself."""
        return self.length * _SECONDS if self.unit is Unit.HOURS else self.length

    def __str__(self) -> str:
        """Say it as a person would: `30 calendar days`, `1 year`."""
        words = self.unit.value.replace("-", " ")
        return f"{self.length} {words.removesuffix('s') if self.length == 1 else words}"


def spent_between(unit: Unit, start: datetime, end: datetime, calendar: LegalCalendar) -> int:
    """Count what of a clock passed between two instants, in ticks; only for units that can be stopped."""
    if unit is Unit.HOURS:
        return int((end - start).total_seconds())
    first, last = calendar.day_of(start), calendar.day_of(end)
    if unit is Unit.BUSINESS_DAYS:
        return calendar.business_days_between(first, last)
    return (last - first).days


def reach(unit: Unit, start: datetime, ticks: int, calendar: LegalCalendar) -> datetime:
    """Return the last instant on time: `ticks` after an instant, at the end of the legal day unless in hours."""
    if unit is Unit.HOURS:
        return (start + timedelta(seconds=ticks)).astimezone(UTC)
    return calendar.end_of(_day_reached(unit, calendar.day_of(start), ticks, calendar))


def _day_reached(unit: Unit, day: date, ticks: int, calendar: LegalCalendar) -> date:
    match unit:
        case Unit.BUSINESS_DAYS:
            return calendar.add_business_days(day, ticks)
        case Unit.MONTHS:
            return add_months(day, ticks)
        case Unit.YEARS:
            return add_months(day, ticks * _MONTHS)
        case _:
            return day + timedelta(days=ticks)


def add_months(day: date, months: int) -> date:
    """Return the same day of a later month, or the last day of it where that month is shorter."""
    index = day.year * _MONTHS + day.month - 1 + months
    year, month = divmod(index, _MONTHS)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def ends(start: datetime, period: Period, calendar: LegalCalendar) -> datetime:
    """Return the last instant on time for a whole period that began at an instant."""
    return reach(period.unit, start, period.ticks, calendar)
