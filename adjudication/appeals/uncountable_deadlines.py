"""What is told of a time that nobody can count: before the earliest it can be over, and when that has come; each once.

Nothing is concluded from it. A deadline that passed is another event; it may follow once the year is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from adjudication.appeals.deadlines import DeadlineGap, gaps
from adjudication.appeals.events import DeadlineGapNear, DeadlineGapReached
from adjudication.appeals.state import AppealState

WARNED: Final = (72, 24, 4)
"""Hours before, as legal clocks warn (policies/clocks)."""


def gap_notices(state: AppealState, now: datetime) -> tuple[DeadlineGapNear | DeadlineGapReached, ...]:
    """Return what is to be told by now and was not: of each gap the last that came, for the earlier ones are history."""
    found = []
    for gap in gaps(state):
        came = [event for event in _notices(gap, now) if _moment(event) <= now]
        if came and not _told(state, came[-1]):
            found.append(came[-1])
    return tuple(found)


def next_gap_notice(state: AppealState, now: datetime) -> datetime | None:
    """Return when something of a gap is to be told next."""
    ahead = (_moment(event) for gap in gaps(state) for event in _notices(gap, now))
    return min((at for at in ahead if at > now), default=None)


def _notices(gap: DeadlineGap, now: datetime) -> Iterator[DeadlineGapNear | DeadlineGapReached]:
    """Yield them in time order; a warning before the clock began says nothing."""
    for hours in WARNED:
        if gap.act_by - timedelta(hours=hours) > gap.since:
            yield DeadlineGapNear(now, None, gap.what, gap.act_by, hours)
    yield DeadlineGapReached(now, None, gap.what, gap.act_by)


def _moment(event: DeadlineGapNear | DeadlineGapReached) -> datetime:
    hours = event.hours if isinstance(event, DeadlineGapNear) else 0
    return event.act_by - timedelta(hours=hours)


def _told(state: AppealState, event: DeadlineGapNear | DeadlineGapReached) -> bool:
    return any(due is event.due and at >= _moment(event) for due, at in state.gaps_told)
