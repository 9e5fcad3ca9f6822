"""The last hour as rows for charts and their tables, one row per twenty seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from console.dashboard.snapshot import FlowSeen, SeriesPoint

WIDTH: Final = timedelta(seconds=20)
_LATENCY_SAYS: Final = "Claims decided without a person. The highest p50 and p95 of any five seconds."
_WAITING_SAYS: Final = "Counted every ten seconds since this process started."
Cell = str
Values = Callable[[Sequence[SeriesPoint]], tuple[Cell, ...]]


@dataclass(frozen=True, slots=True)
class ChartRow:
    """One value of a chart from `at` on; an empty cell where nothing was measured."""

    at: datetime
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart: `columns` names its lines, `says` explains them in one sentence."""

    key: str
    title: str
    says: str
    unit: str
    columns: tuple[str, ...]
    rows: tuple[ChartRow, ...]


def charts(flow: FlowSeen | None) -> tuple[Chart, ...]:
    """Return the three charts; without rows before the first reading."""
    groups = [] if flow is None else list(_groups(flow.series))

    def rows(values: Values) -> tuple[ChartRow, ...]:
        return tuple(ChartRow(at, values(points)) for at, points in groups)

    both, spread = ("Received", "Determined"), ("p50", "p95")
    return (
        Chart("rates", "Claims a second", "Received and determined.", "a second", both, rows(_rates)),
        Chart("latency", "Receipt to decision", _LATENCY_SAYS, "s", spread, rows(_latencies)),
        Chart("waiting", "Claims that wait", _WAITING_SAYS, "claims", ("Waiting",), rows(_waiting)),
    )


def _groups(series: Sequence[SeriesPoint]) -> Iterator[tuple[datetime, Sequence[SeriesPoint]]]:
    """Group points; the newest group is left out until it is complete."""
    seconds = WIDTH.total_seconds()
    for _, points in groupby(series, key=lambda point: point.flow.at.timestamp() // seconds):
        group = list(points)
        if len(group) * 5 >= seconds:
            yield group[0].flow.at, group


def _rates(points: Sequence[SeriesPoint]) -> tuple[Cell, ...]:
    seconds = WIDTH.total_seconds()
    sums = (sum(point.flow.received for point in points), sum(point.flow.determined for point in points))
    return tuple(f"{each / seconds:.2f}".removesuffix(".00") for each in sums)


def _latencies(points: Sequence[SeriesPoint]) -> tuple[Cell, ...]:
    middle = [p.flow.latency_p50 for p in points if p.flow.latency_p50 is not None]
    high = [p.flow.latency_p95 for p in points if p.flow.latency_p95 is not None]
    return tuple(f"{max(each):.3f}" if each else "" for each in (middle, high))


def _waiting(points: Sequence[SeriesPoint]) -> tuple[Cell, ...]:
    counted = [point.waiting for point in points if point.waiting is not None]
    return (str(counted[-1]) if counted else "",)
