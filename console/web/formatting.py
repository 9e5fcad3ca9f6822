"""Times and amounts in words, for templates: US dates, times in the zone of the page, with its name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from jinja2 import pass_context
from jinja2.runtime import Context

from console.web.zones import Zones
from contracts.scalars import read_day, read_moment

_LEVELS: Final = ((timedelta(hours=4), "bad"), (timedelta(hours=24), "warn"), (timedelta(hours=72), "info"))
"""Hours before a deadline from which the dashboard counts it as at risk."""
_DATED: Final = re.compile(r"(?<![\w-])((?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2})(?: ([0-9]{2}:[0-9]{2}) UTC)?(?![\w-])")


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """The time left of a deadline: its text, and its urgency (`bad`, `warn`, `info` or `plain`)."""

    words: str
    kind: str


def time_left(due_at: datetime, now: datetime) -> TimeLeft:
    """Return how much time is left, or how long ago it ran out."""
    left = due_at - now
    if left < timedelta(0):
        return TimeLeft(f"{_span(-left)} overdue", "bad")
    return TimeLeft(f"{_span(left)} left", next((kind for limit, kind in _LEVELS if left <= limit), "plain"))


def ago(at: datetime, now: datetime) -> str:
    """Return how long ago something was."""
    return f"{_span(max(now - at, timedelta(0)))} ago"


def _span(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    hours, days = minutes // 60, minutes // 1440
    if minutes < 120:
        return f"{minutes} min"
    return f"{hours} h" if hours < 72 else f"{days} days"


@pass_context
def when(context: Context, at: datetime | date) -> str:
    """Format a day or an instant in the zones of the page that is rendered."""
    return in_words(at, zones_in(context))


@pass_context
def shown(context: Context, value: object) -> object:
    """Format every day and instant that a template prints, also without a filter in the template."""
    return in_words(value, zones_in(context)) if isinstance(value, date) else value


def zones_in(context: Context) -> Zones:
    """Return the zones of the page that is rendered."""
    zones = context.get("zones")
    return zones if isinstance(zones, Zones) else Zones()


def in_words(at: datetime | date, zones: Zones) -> str:
    """Format a day, the end of a legal day, or an instant with its zone."""
    if not isinstance(at, datetime):
        return day_in_words(at)
    ends = zones.day_that_ends(at)
    if ends is not None:
        return f"{day_in_words(ends.date())}, end of day {ends:%Z}"
    local = zones.local(at)
    return f"{day_in_words(local.date())}, {_hour(local)} {local:%Z}"


@pass_context
def to_the_second(context: Context, at: datetime) -> str:
    """Format the time of day of an instant, to the second."""
    return f"{zones_in(context).local(at):%H:%M:%S %Z}"


@pass_context
def hour(context: Context, at: datetime) -> str:
    """Format the time of day of an instant, to the minute."""
    local = zones_in(context).local(at)
    return f"{_hour(local)} {local:%Z}"


def _hour(local: datetime) -> str:
    return f"{local.hour % 12 or 12}:{local:%M} {'AM' if local.hour < 12 else 'PM'}"


def day_in_words(day: date) -> str:
    """Format a day as it is written in the United States."""
    return f"{day:%b} {day.day}, {day.year}"


@pass_context
def us_dates(context: Context, text: str) -> str:
    """Write every ISO day of a sentence as a US date, and every instant in UTC in the page's zone; other words stay."""
    zones = zones_in(context)

    def rewritten(found: re.Match[str]) -> str:
        day, clock = found.groups()
        try:
            at = read_day(day) if clock is None else read_moment(f"{day}T{clock}:00Z")
        except ValueError:
            return found[0]
        return in_words(at, zones)

    return _DATED.sub(rewritten, text)


def money(amount: Decimal | str | float) -> str:
    """Format an amount in US dollars."""
    value = Decimal(amount)
    return f"{'−' if value < 0 else ''}${abs(value):,.2f}"


def count(number: int) -> str:
    """Format a count with thousands separators."""
    return f"{number:,}"
