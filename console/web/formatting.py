"""Times and amounts in words, for templates. Times are shown in UTC with the zone's name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final

_LEVELS: Final = ((timedelta(hours=4), "bad"), (timedelta(hours=24), "warn"), (timedelta(hours=72), "info"))
"""Clocks at risk, as the dashboard counts them."""


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """What is left of a clock: words, and how near it is (`bad`, `warn`, `info` or `plain`)."""

    words: str
    kind: str


def time_left(due_at: datetime, now: datetime) -> TimeLeft:
    """Say how much time is left, or how long ago it ran out."""
    left = due_at - now
    if left < timedelta(0):
        return TimeLeft(f"{_span(-left)} overdue", "bad")
    return TimeLeft(f"{_span(left)} left", next((kind for limit, kind in _LEVELS if left <= limit), "plain"))


def ago(at: datetime, now: datetime) -> str:
    """Say how long ago something was."""
    return f"{_span(max(now - at, timedelta(0)))} ago"


def _span(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    hours, days = minutes // 60, minutes // 1440
    if minutes < 120:
        return f"{minutes} min"
    return f"{hours} h" if hours < 72 else f"{days} days"


def when(at: datetime | date) -> str:
    """Format a day, or a time in UTC."""
    if isinstance(at, datetime):
        return f"{_day(at.astimezone(UTC).date())}, {at.astimezone(UTC):%H:%M} UTC"
    return _day(at)


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def money(amount: Decimal | str | float) -> str:
    """Format an amount in US dollars."""
    value = Decimal(amount)
    return f"{'−' if value < 0 else ''}${abs(value):,.2f}"


def count(number: int) -> str:
    """Format a count with thousands separators."""
    return f"{number:,}"
