"""The zone a page shows times in: the viewer's choice, else the plan's legal zone, else the zone most plans are in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from fastapi import Request

from adjudication.deadlines.calendar import NO_CALENDAR
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import PlanId
from contracts.scalars import read_day

COOKIE: Final = "zone"
CHOICES: Final = {
    "": "The plan's",
    "America/New_York": "Eastern",
    "America/Chicago": "Central",
    "America/Denver": "Mountain",
    "America/Phoenix": "Arizona",
    "America/Los_Angeles": "Pacific",
    "America/Anchorage": "Alaska",
    "Pacific/Honolulu": "Hawaii",
    "Etc/UTC": "UTC",
}
"""The zones that a person may choose; no choice is the plan's zone."""
_CLOCK: Final = re.compile("[0-9]{2}:[0-9]{2}")
_LAST_SECOND: Final = time(23, 59, 59)


@dataclass(frozen=True, slots=True)
class Zones:
    """The zone instants are shown in, and the zones in which a legal day may end."""

    shown: tzinfo = UTC
    legal: tuple[ZoneInfo, ...] = ()

    def local(self, at: datetime) -> datetime:
        """Return an instant in the zone shown."""
        return at.astimezone(self.shown)

    def day_that_ends(self, at: datetime) -> datetime | None:
        """Return an instant in the legal zone in which it is the last second of a day; None if it is not a day's end.

        A deadline by days ends with its legal day, so it is shown as that day in every time zone.
        """
        for zone in self.legal:
            there = at.astimezone(zone)
            if there.time().replace(microsecond=0) == _LAST_SECOND:
                return there
        return None

    def begins(self, day: date) -> datetime:
        """Return the instant at which a day begins in the zone shown."""
        return datetime.combine(day, time(), self.shown)

    def at(self, typed: str) -> datetime:
        """Read a day and a time typed in the zone shown; raises ValueError, also for an hour skipped by daylight saving time."""
        day, _, clock = typed.partition("T")
        if not _CLOCK.fullmatch(clock):
            raise ValueError("write a day and a time as 2025-11-03T14:30")
        read = datetime.combine(read_day(day), time(int(clock[:2]), int(clock[3:])), self.shown)
        if read.astimezone(UTC).astimezone(self.shown).replace(tzinfo=None) != read.replace(tzinfo=None):
            raise ValueError(typed)
        return read.astimezone(UTC)

    @property
    def words(self) -> str:
        """Name the zone shown."""
        name = getattr(self.shown, "key", "Etc/UTC")
        return CHOICES.get(name) or str(name)


UTC_ONLY: Final = Zones()


def of_plans(reference: ReferenceData) -> Zones:
    """Return the zones of all plans loaded, shown in the one that most of them are in."""
    names = Counter(each.time_zone for rows in reference.deadlines.jurisdictions.values() for each in rows)
    if not names:
        return UTC_ONLY
    ranked = sorted(names, key=lambda name: (-names[name], name))
    return Zones(ZoneInfo(ranked[0]), tuple(ZoneInfo(name) for name in ranked))


def zone_of(reference: ReferenceData, plans: Iterable[str], at: datetime) -> str | None:
    """Return the legal zone of the first plan that has one."""
    for plan in plans:
        calendar = reference.deadlines.calendar_of(PlanId(plan), at)
        if calendar is not None and calendar is not NO_CALENDAR:
            return calendar.time_zone
    return None


def zones_for(request: Request, plan_zone: str | None = None) -> Zones:
    """Return the zones of a page: what the viewer chose, else the plan's, else the one most plans are in."""
    loaded: Zones = getattr(request.app.state, "zones", None) or UTC_ONLY
    name = request.cookies.get(COOKIE, "")
    chosen = name if name in CHOICES else ""
    wanted = chosen or plan_zone
    return loaded if not wanted else Zones(ZoneInfo(wanted), loaded.legal)
