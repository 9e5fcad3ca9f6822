"""Readings with state between two samples: the last hour's intervals, the minutes already counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from console.dashboard.snapshot import FlowSeen, SeriesPoint, TotalsSeen
from contracts.records.dashboard import FlowPoint, Totals
from storage.dashboard.flow import FlowQueries
from storage.dashboard.rollups import MinuteCounts

STEP: Final = timedelta(seconds=5)
SPAN: Final = timedelta(hours=1)
RECENT: Final = timedelta(minutes=1)
"""The window of the rates, and how far back intervals are read again, for rows that were committed late."""
LATENCY_OVER: Final = timedelta(minutes=10)

DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)
_HOLDS: Final = timedelta(seconds=30)
_RECOUNT: Final = timedelta(minutes=2)
_RECOUNT_WIDE: Final = timedelta(minutes=10)
"""A decision is committed at most five minutes after it was made (activities/adjudication/working_set.py), so this finds every one."""
_WIDE_EVERY: Final = timedelta(minutes=5)
_STRETCH: Final = timedelta(hours=1)


class FlowReading:
    """The last hour in intervals of five seconds: read completely once, then only the last minute."""

    def __init__(self, flow: FlowQueries) -> None:
        """Start without readings."""
        self._flow = flow
        self._points: dict[datetime, FlowPoint] = {}
        self._waiting: dict[datetime, int] = {}

    async def read(self, now: datetime) -> FlowSeen:
        """Read the new rows."""
        until = _floor(now)
        newest = max(self._points, default=until - SPAN)
        since = max(until - SPAN, newest - RECENT)
        points = await self._flow.points(since, until, STEP)
        latency = await self._flow.latency(until - LATENCY_OVER, until)
        publishing = await self._flow.publishing()
        self._points.update((point.at, point) for point in points)
        for kept in (self._points, self._waiting):
            for at in [at for at in kept if at < until - SPAN]:
                del kept[at]
        return FlowSeen(tuple(self._series()), latency, publishing)

    def note_waiting(self, now: datetime, claims: int) -> None:
        """Remember how many claims waited now; computing it later from the ledger is slow."""
        self._waiting[_floor(now)] = claims

    def _series(self) -> Iterator[SeriesPoint]:
        """Yield the points in order; a count of waiting claims holds until the next one, for half a minute at most."""
        last: tuple[datetime, int] | None = None
        for at in sorted(self._points):
            last = (at, self._waiting[at]) if at in self._waiting else last
            yield SeriesPoint(self._points[at], last[1] if last and at - last[0] <= _HOLDS else None)


class TotalsReading:
    """Counts new minutes, and sums them."""

    def __init__(self, minutes: MinuteCounts) -> None:
        """Start without earlier counts."""
        self._minutes = minutes
        self._counted_until: datetime | None = None
        self._wide_at: datetime | None = None
        self._week: Totals | None = None

    async def read(self, now: datetime) -> TotalsSeen:
        """Count an interval, then sum; `behind` while there is more to count."""
        behind = await self._count(now)
        if self._week is None or self._wide_at == now or behind:
            self._week = await self._minutes.totals(now - WEEK)
        hour, day = await self._minutes.totals(now - SPAN), await self._minutes.totals(now - DAY)
        return TotalsSeen(hour, day, self._week, behind)

    async def _count(self, now: datetime) -> datetime | None:
        if self._counted_until is None:
            self._counted_until = await self._start(now)
        if now - self._counted_until > _RECOUNT_WIDE:
            until = min(now, self._counted_until + _STRETCH)
            await self._minutes.fill(self._counted_until - _RECOUNT, until)
        else:
            until, wide = now, self._wide_at is None or now - self._wide_at >= _WIDE_EVERY
            await self._minutes.fill(now - (_RECOUNT_WIDE if wide else _RECOUNT), now)
            if wide:
                await self._minutes.forget_old(now)
                self._wide_at = now
        self._counted_until = until
        return until if until < now else None

    async def _start(self, now: datetime) -> datetime:
        counted = await self._minutes.filled_until(now - WEEK)
        if counted is not None:
            return counted
        first = await self._minutes.first_claim_at()
        return now if first is None else max(first, now - WEEK)


def _floor(at: datetime) -> datetime:
    return at.replace(second=at.second - at.second % int(STEP.total_seconds()), microsecond=0)
