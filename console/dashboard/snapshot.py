"""The newest readings of the sampler, each part with its age. A part that could not be read keeps its last value and the error."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from console.dashboard.legal_deadlines import DeadlinesAtRisk
from console.dashboard.ports import Orchestration, ProcessState, TopicLag
from contracts.records.dashboard import DeadLetterGroup, FlowPoint, Latency, OpenBatches, Publishing, Totals, Waiting
from contracts.records.mail_queue import NoticeCounts
from contracts.records.reconciliation import Stuck

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sampled(Generic[T]):
    """A value read at `at`; `failing_since`: the first failed reading after it, `trouble`: the reason."""

    value: T | None = None
    at: datetime | None = None
    failing_since: datetime | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """One interval of the charts: the ledger's flow, and the sampled number of waiting claims."""

    flow: FlowPoint
    waiting: int | None = None


@dataclass(frozen=True, slots=True)
class FlowSeen:
    """The flow of the last hour in short intervals, oldest first, with the latencies of the last minutes."""

    series: tuple[SeriesPoint, ...]
    latency: Latency
    publishing: Publishing


@dataclass(frozen=True, slots=True)
class TotalsSeen:
    """Sums by window; `behind`: the first minute not counted yet, None when all are counted."""

    hour: Totals
    day: Totals
    week: Totals
    behind: datetime | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything the page is drawn from."""

    flow: Sampled[FlowSeen] = field(default_factory=Sampled)
    totals: Sampled[TotalsSeen] = field(default_factory=Sampled)
    waiting: Sampled[Waiting] = field(default_factory=Sampled)
    clocks: Sampled[DeadlinesAtRisk] = field(default_factory=Sampled)
    lags: Sampled[tuple[TopicLag, ...]] = field(default_factory=Sampled)
    processes: Sampled[tuple[ProcessState, ...]] = field(default_factory=Sampled)
    orchestration: Sampled[Orchestration] = field(default_factory=Sampled)
    dead_letters: Sampled[tuple[DeadLetterGroup, ...]] = field(default_factory=Sampled)
    batches: Sampled[OpenBatches] = field(default_factory=Sampled)
    stuck: Sampled[tuple[Stuck, ...]] = field(default_factory=Sampled)
    notices: Sampled[NoticeCounts] = field(default_factory=Sampled)
    ledger: Sampled[int] = field(default_factory=Sampled)
