"""What the dashboard needs of the world, as ports: runtime puts PostgreSQL, Kafka, Temporal and the processes behind them.

Every read is of the whole flow; nothing here holds anything of a member.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol

from adjudication.model.vocabulary import ClaimId
from contracts.records.dashboard import (
    ClaimsAsked,
    DeadLetterGroup,
    FlowPoint,
    Latency,
    ListedClaim,
    PendingEntry,
    Publishing,
    Totals,
    Waiting,
    WaitingStamp,
    WaitingTimes,
)


class Flow(Protocol):
    """What went through the ledger in the last minutes."""

    async def points(self, since: datetime, until: datetime, step: timedelta) -> tuple[FlowPoint, ...]:
        """Return one point a step, also for steps in which nothing happened."""

    async def latency(self, since: datetime, until: datetime) -> Latency:
        """Return how long claims that needed nobody took."""

    async def publishing(self) -> Publishing:
        """Return what waits to be published."""

    async def pending_entries(self, size: int) -> tuple[PendingEntry, ...]:
        """Return the oldest entries of the outbox."""

    async def dead_letters(self) -> tuple[DeadLetterGroup, ...]:
        """Return the dead letters nobody replayed yet."""

    async def ledger_size(self) -> int:
        """Count every claim there is."""


class RollUps(Protocol):
    """Counts by minute."""

    async def fill(self, since: datetime, until: datetime) -> None:
        """Count every minute of a stretch anew."""

    async def filled_until(self, since: datetime) -> datetime | None:
        """Return the newest minute that was counted."""

    async def first_claim_at(self) -> datetime | None:
        """Return when the ledger's first claim was registered."""

    async def forget_old(self, now: datetime) -> None:
        """Delete minutes nobody asks for any more."""

    async def totals(self, since: datetime) -> Totals:
        """Sum the minutes since a time."""


class WaitingClaims(Protocol):
    """Claims that wait now."""

    async def waiting(self, now: datetime) -> Waiting:
        """Count them by reason and age."""

    async def stamps(self) -> tuple[WaitingStamp, ...]:
        """Return each with what changes whenever its legal clocks may have."""

    async def times(self, claim_ids: Sequence[ClaimId]) -> tuple[WaitingTimes, ...]:
        """Return what happened to these."""


class ClaimLists(Protocol):
    """The lists behind the numbers."""

    async def listed(self, asked: ClaimsAsked) -> tuple[ListedClaim, ...]:
        """Return claims, newest first."""

    async def named(self, claim_ids: Sequence[ClaimId]) -> Mapping[ClaimId, tuple[str, str]]:
        """Return control number and payer claim number of each claim."""


@dataclass(frozen=True, slots=True)
class PartitionLag:
    """One partition: records the group has not acknowledged, and when the oldest of them came."""

    partition: int
    unread: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class TopicLag:
    """What one of our groups has still to read of a topic."""

    topic: str
    group: str
    partitions: tuple[PartitionLag, ...]

    @property
    def unread(self) -> int:
        """Records not acknowledged, over all partitions."""
        return sum(partition.unread for partition in self.partitions)

    @property
    def oldest_at(self) -> datetime | None:
        """When the oldest record not acknowledged came; None when there is none, or it is gone."""
        return min((p.oldest_at for p in self.partitions if p.oldest_at is not None), default=None)


class Broker(Protocol):
    """Kafka."""

    async def lags(self) -> tuple[TopicLag, ...]:
        """Return what our groups have still to read."""

    async def close(self) -> None:
        """Disconnect."""


@dataclass(frozen=True, slots=True)
class ProcessState:
    """One of our processes on this machine: whether it says that it is ready, and what it counts of itself."""

    name: str
    ready: bool
    started_at: datetime | None = None
    retries: float = 0
    paused: bool = False


class Processes(Protocol):
    """Our processes."""

    async def processes(self) -> tuple[ProcessState, ...]:
        """Ask each how it is."""


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
    """Temporal's view: who polls, what waits to be polled, what is open. `oldest` is how long the oldest task waits."""

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
class PolicyInForce:
    """One released version of a medical policy, and whether its review is overdue."""

    policy: str
    version: str
    title: str
    owner: str
    starts: date
    ends: date | None
    next_review: date | None
    stale: bool
    in_force: bool
    content_hash: str


class PolicyVersionsInForce(Protocol):
    """The policies this process loaded."""

    def policies(self, today: date) -> tuple[PolicyInForce, ...]:
        """Return every released version, those in force first."""

    def bundle(self) -> str:
        """Return the hash of all policy data."""


@dataclass(frozen=True, slots=True)
class Operations:
    """Everything the dashboard reads."""

    flow: Flow
    roll_ups: RollUps
    waiting: WaitingClaims
    lists: ClaimLists
    broker: Broker
    processes: Processes
    orchestrator: Orchestrator
    policies: PolicyVersionsInForce
    trouble: tuple[type[Exception], ...] = field(default=(OSError,))
    """Errors of servers that come back: shown on the page, and asked again."""
