"""The data of the dashboard: queries of the ledger, and ports to Kafka, Temporal and our processes.

Every reading concerns the whole flow; none holds data of a member.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from rulebook.library import PolicyLibrary
from storage.dashboard.flow import FlowQueries
from storage.dashboard.lists import ClaimLists
from storage.dashboard.rollups import MinuteCounts
from storage.dashboard.waiting import WaitingQueries
from storage.letters.notices_due import NoticesDue
from storage.reconciliation.stuck import StuckQueries


@dataclass(frozen=True, slots=True)
class PartitionLag:
    """One partition: records the group has not acknowledged, and when the oldest of them came."""

    partition: int
    unread: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class TopicLag:
    """The records of a topic that one of our consumer groups has not read yet."""

    topic: str
    group: str
    partitions: tuple[PartitionLag, ...]

    @property
    def unread(self) -> int:
        """Records not acknowledged, over all partitions."""
        return sum(partition.unread for partition in self.partitions)

    @property
    def oldest_at(self) -> datetime | None:
        """Return when the oldest record not acknowledged was received; None if there is none, or retention removed it."""
        return min((p.oldest_at for p in self.partitions if p.oldest_at is not None), default=None)


class Broker(Protocol):
    """Kafka."""

    async def lags(self) -> tuple[TopicLag, ...]:
        """Return the number of records that our groups have not read."""

    async def close(self) -> None:
        """Disconnect."""


@dataclass(frozen=True, slots=True)
class ProcessState:
    """One of our processes: its readiness, its counters, and its supervisor's state.

    `host`: where it runs; empty for this host. `silent_seconds`: seconds since its last report, if too long. `waits`: its own reason for not being ready. `kept`: its state under the process supervisor, None if none runs;
    `since` is when that state began, `restarts` how often it was restarted, `last_end` how it ended last.
    """

    name: str
    ready: bool
    started_at: datetime | None = None
    retries: float = 0
    paused: bool = False
    waits: str = ""
    kept: str | None = None
    since: datetime | None = None
    restarts: int = 0
    last_end: str | None = None
    host: str = ""
    version: str = ""
    silent_seconds: float | None = None


class Processes(Protocol):
    """Our processes."""

    async def processes(self) -> tuple[ProcessState, ...]:
        """Return the state of each process."""


@dataclass(frozen=True, slots=True)
class WorkerSeen:
    """A worker that polls the task queue. `version` is its deployment's, empty when it runs without versioning."""

    identity: str
    version: str
    polls: str
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class OpenWorkflows:
    """Workflows of one type that have not ended."""

    workflow: str
    open: int


@dataclass(frozen=True, slots=True)
class Orchestration:
    """Temporal's view: the workers that poll, the backlog, the open workflows. `oldest` is how long the oldest task waits."""

    queue: str
    workers: tuple[WorkerSeen, ...]
    backlog: int
    oldest: timedelta
    open: tuple[OpenWorkflows, ...]


class Orchestrator(Protocol):
    """Temporal."""

    async def orchestration(self) -> Orchestration:
        """Return workers, backlog and open workflows."""


@dataclass(frozen=True, slots=True)
class DashboardDependencies:
    """Everything the dashboard reads."""

    flow: FlowQueries
    minutes: MinuteCounts
    waiting: WaitingQueries
    lists: ClaimLists
    stuck: StuckQueries
    notices: NoticesDue
    broker: Broker
    processes: Processes
    orchestrator: Orchestrator
    library: PolicyLibrary
    transient_errors: tuple[type[Exception], ...] = field(default=(OSError,))
    """Temporary errors of servers. The page shows them, and the sampler retries."""
