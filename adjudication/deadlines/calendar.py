"""Legal days: the day of an instant in the time zone of a plan, the end of that day, and business days.

Every legal day in the product comes from `LegalCalendar.day_of`, never from the offset in which a sender wrote the instant.
A legal day ends at 23:59:59 local time. A year without holidays loaded is a gap: its business days raise an error.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from adjudication.model.errors import AdjudicationError

_SATURDAY: Final = 5
_LAST_SECOND: Final = time(23, 59, 59)
_ONE: Final = timedelta(days=1)
_EVERY_YEAR: Final = frozenset(range(MINYEAR, MAXYEAR + 1))


class CalendarGapError(AdjudicationError):
    """A business day of a year was requested, and no holidays are loaded for that year."""


@dataclass(frozen=True, slots=True)
class Holidays:
    """The holidays of a named calendar, for the years that were loaded.

    `remedy` replaces the error text if no calendar is named at all.
    """

    name: str
    years: frozenset[int] = frozenset()
    closed: frozenset[date] = frozenset()
    remedy: str = ""

    def is_business_day(self, day: date) -> bool:
        """Return whether a day is a business day; raises CalendarGapError for a weekday of a year that is not loaded."""
        if day.weekday() >= _SATURDAY:
            return False
        if day.year not in self.years:
            raise CalendarGapError(
                self.remedy
                or f"the holidays of {day.year} are not loaded in the calendar {self.name!r}, so its business "
                f"days are not known; add the year to its file under law/holidays/"
            )
        return day not in self.closed


@dataclass(frozen=True, slots=True)
class LegalCalendar:
    """The holidays and the time zone in which a plan counts days, or a rule that fixes its own."""

    time_zone: str
    holidays: Holidays
    zone: ZoneInfo = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Resolve the zone once; an unknown name raises ZoneInfoNotFoundError (the loader refuses it earlier)."""
        object.__setattr__(self, "zone", ZoneInfo(self.time_zone))

    def day_of(self, instant: datetime) -> date:
        """Return the legal day an instant falls on."""
        return instant.astimezone(self.zone).date()

    def end_of(self, day: date) -> datetime:
        """Return the last second of a legal day, in UTC: the last moment at which something due that day is on time."""
        return datetime.combine(day, _LAST_SECOND, self.zone).astimezone(UTC)

    def earliest(self) -> LegalCalendar:
        """Return the calendar with every year taken as loaded: no deadline counted by it is later than the true one."""
        return replace(self, holidays=replace(self.holidays, years=_EVERY_YEAR))

    def is_business_day(self, day: date) -> bool:
        """Return whether a day is a business day; raises CalendarGapError for a weekday of a year that is not loaded."""
        return self.holidays.is_business_day(day)

    def on_or_after(self, day: date) -> date:
        """Return the day itself if it is a business day, else the next one."""
        while not self.is_business_day(day):
            day += _ONE
        return day

    def add_business_days(self, day: date, count: int) -> date:
        """Return the count-th business day after a day; for a count of 0, the first on or after it."""
        if count <= 0:
            return self.on_or_after(day)
        for _ in range(count):
            day = self.on_or_after(day + _ONE)
        return day

    def business_days_between(self, after: date, through: date) -> int:
        """Count the business days later than `after`, up to and including `through`."""
        days = (through - after).days
        return sum(self.is_business_day(after + timedelta(days=n)) for n in range(1, days + 1))


NO_CALENDAR: Final = LegalCalendar(
    "UTC", Holidays("", remedy="no calendar is named, so business days are not known; name one for the plan")
)
"""For a plan without a jurisdiction: every weekday is a gap."""
