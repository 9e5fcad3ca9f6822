"""Times as the command line prints them: in the local time zone (TZ), with its name."""

from __future__ import annotations

from datetime import datetime

from contracts.scalars import read_moment


def when(at: datetime) -> str:
    """Write an instant to the minute, such as 2026-03-04 09:30 EST."""
    return f"{at.astimezone():%Y-%m-%d %H:%M %Z}"


def local_time(text: str) -> str:
    """Write an instant that the API or an event gives as RFC 3339."""
    return when(read_moment(text))
