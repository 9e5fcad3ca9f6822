"""Legal days: instants are UTC, days are counted in the zone of the plan (or of the rule), business days by a calendar.

A day that counts as a deadline ends at 23:59:59 local time, whatever the length of that day (summer time changes it).
May not guess a holiday: a year nobody loaded is a gap and says so.
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
    """Business days of a year were asked for, and no holidays are loaded for that year."""


@dataclass(frozen=True, slots=True)
class Holidays:
    """The days a calendar closes, for the years it was loaded for. `name` is how rules and plans call it.

    `wanting`: where no calendar is named at all, what to add.
    """

    name: str
    years: frozenset[int] = frozenset()
    closed: frozenset[date] = frozenset()
    wanting: str = ""

    def is_business_day(self, day: date) -> bool:
        """Say whether a day is one; raises CalendarGapError for a weekday of a year that is not loaded."""
        if day.weekday() >= _SATURDAY:
            return False
        if day.year not in self.years:
            raise CalendarGapError(
                self.wanting
                or f"the holidays of {day.year} are not loaded in the calendar {self.name!r}, so its business "
                f"days are not known; add the year to its file under clocks/holidays/"
            )
        return day not in self.closed

    def soonest(self) -> Holidays:
        """Return the same days with every year taken as loaded: nothing counted by them is later than it turns out to be."""
        return replace(self, years=_EVERY_YEAR)


NO_CALENDAR: Final = Holidays("", wanting="no calendar is named, so business days are not known; name one for the plan")
"""Every weekday is a gap of it."""


@dataclass(frozen=True, slots=True)
class LegalCalendar:
    """Holidays in a time zone: everything needed to turn instants into legal days and back."""

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

    def is_business_day(self, day: date) -> bool:
        """Say whether a day is one; raises CalendarGapError for a weekday of a year that is not loaded."""
        return self.holidays.is_business_day(day)

    def on_or_after(self, day: date) -> date:
        """Return the day itself if it is a business day, else the next one."""
        while not self.is_business_day(day):
            day += _ONE
        return day

    def add_business_days(self, day: date, count: int) -> date:
        """Return the count-th business day after a day; none more to count gives the first on or after it."""
        if count <= 0:
            return self.on_or_after(day)
        for _ in range(count):
            day = self.on_or_after(day + _ONE)
        return day

    def business_days_between(self, after: date, through: date) -> int:
        """Count the business days later than `after`, up to and including `through`."""
        days = (through - after).days
        return sum(self.is_business_day(after + timedelta(days=n)) for n in range(1, days + 1))
