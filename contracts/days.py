"""Checks that a day had begun somewhere on earth at an instant, for senders with an unknown time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

_EARLIEST: Final = timedelta(hours=14)


def latest_day(moment: datetime) -> date:
    """Return the day in UTC+14, where each day begins first; no US time zone, Guam (UTC+10) included, has a later day then."""
    return (moment.astimezone(UTC) + _EARLIEST).date()
