"""Periods of time as the law counts them, and their arithmetic: the spent part, and the end.

Claims, appeals and letters all count here. The day of the event is never counted. A period in days, business days, months
or years ends with its last legal day in the zone of the calendar. Hours are elapsed time, from instant to instant.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from adjudication.deadlines.calendar import LegalCalendar

_SECONDS: Final = 3600
_MONTHS: Final = 12
_WRITTEN: Final = re.compile(r"([1-9][0-9]{0,3}) ([a-z]+(?: [a-z]+)?)")


class Unit(StrEnum):
    """The unit of a period. Days, months and years are those of the calendar."""

    HOURS = "hours"
    DAYS = "days"
    BUSINESS_DAYS = "business days"
    MONTHS = "months"
    YEARS = "years"

    @property
    def stoppable(self) -> bool:
        """Return whether a deadline in this unit can be stopped: a part of a month has no agreed length."""
        return self not in (Unit.MONTHS, Unit.YEARS)


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time in one unit, for example 30 days. `str()` writes it as letters, screens and policies/ do."""

    length: int
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `30 days`, `1 year` or `2 business days`; raises ValueError for anything else."""
        found = _WRITTEN.fullmatch(text)
        words = "" if found is None else found[2]
        unit = next((unit for unit in Unit if words in (unit.value, unit.value.removesuffix("s"))), None)
        if found is None or unit is None:
            msg = f"{text!r} is not a period of time; write a number and one of: {', '.join(Unit)}"
            raise ValueError(msg)
        return cls(int(found[1]), unit)

    @property
    def ticks(self) -> int:
        """The length in ticks: seconds for a period in hours, otherwise the period's own unit."""
        return self.length * _SECONDS if self.unit is Unit.HOURS else self.length

    def __str__(self) -> str:
        """Write the length and its unit: `30 days`, `1 year`."""
        return f"{self.length} {self.unit.value.removesuffix('s') if self.length == 1 else self.unit.value}"


def spent_between(unit: Unit, start: datetime, end: datetime, calendar: LegalCalendar) -> int:
    """Count the ticks that passed between two instants; only for units that can be stopped."""
    if unit is Unit.HOURS:
        return int((end - start).total_seconds())
    first, last = calendar.day_of(start), calendar.day_of(end)
    if unit is Unit.BUSINESS_DAYS:
        return calendar.business_days_between(first, last)
    return (last - first).days


def ends(start: datetime, period: Period, calendar: LegalCalendar, extension: Period | None = None) -> datetime:
    """Return the last instant on time for a whole period that began at an instant, with its extension if there is one."""
    return reach(period.unit, start, period.ticks, calendar, extension)


def reach(
    unit: Unit, start: datetime, ticks: int, calendar: LegalCalendar, extension: Period | None = None
) -> datetime:
    """Return the last instant on time: `ticks` after an instant, at the end of the legal day unless in hours.

    An extension in another unit counts from the end of the period; an extension in the same unit lengthens it.
    """
    if extension is not None and extension.unit is not unit:
        return ends(reach(unit, start, ticks, calendar), extension, calendar)
    ticks += 0 if extension is None else extension.ticks
    if unit is Unit.HOURS:
        return (start + timedelta(seconds=ticks)).astimezone(UTC)
    return calendar.end_of(_days_later(unit, calendar.day_of(start), ticks, calendar))


def last_day(start: date, period: Period, calendar: LegalCalendar) -> date:
    """Return the last day of a period that counts from the day after `start`; raises ValueError for hours.

    Raises CalendarGapError if business days are counted in a year without holidays loaded.
    """
    return _days_later(period.unit, start, period.length, calendar)


def _days_later(unit: Unit, day: date, count: int, calendar: LegalCalendar) -> date:
    match unit:
        case Unit.HOURS:
            msg = "a period in hours has no last day; count it from an instant"
            raise ValueError(msg)
        case Unit.DAYS:
            return day + timedelta(days=count)
        case Unit.BUSINESS_DAYS:
            return calendar.add_business_days(day, count)
        case Unit.MONTHS:
            return add_months(day, count)
        case Unit.YEARS:
            return add_months(day, count * _MONTHS)


def add_months(day: date, months: int) -> date:
    """Return the same day of a later month, or the last day of it where that month is shorter."""
    index = day.year * _MONTHS + day.month - 1 + months
    year, month = divmod(index, _MONTHS)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
