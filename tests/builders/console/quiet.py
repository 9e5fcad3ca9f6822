"""A pipeline at rest: what Kafka, Temporal and the processes would report, for tests that are about the page.

Their real readers have tests of their own (test_kafka_lag, test_processes, test_temporal_overview); the ledger is real.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from console.dashboard.ports import (
    DashboardDependencies,
    OpenWorkflows,
    Orchestration,
    PartitionLag,
    ProcessState,
    TopicLag,
    WorkerSeen,
)
from contracts.events.topics import CLAIMS_SUBMITTED, COVERAGE_CHANGED
from rulebook.library import PolicyLibrary
from storage.dashboard.flow import FlowQueries
from storage.dashboard.lists import ClaimLists
from storage.dashboard.rollups import MinuteCounts
from storage.dashboard.waiting import WaitingQueries
from storage.letters.notices_due import NoticesDue
from storage.reconciliation.stuck import StuckQueries

NOW = datetime(2025, 9, 3, 9, 0, tzinfo=UTC)


@dataclass
class QuietCaseContext:
    """What stands around the ledger; a test changes it, or has it fail."""

    failure: Exception | None = None
    closed: bool = False
    unread: int = 0
    ready: bool = True
    more: tuple[ProcessState, ...] = ()
    workers: tuple[WorkerSeen, ...] = field(
        default_factory=lambda: (WorkerSeen("4711@office", "claimwright.1", "workflows and activities", NOW),)
    )

    async def lags(self) -> tuple[TopicLag, ...]:
        self._fail()
        since = NOW - timedelta(minutes=4) if self.unread else None
        return (
            TopicLag(
                CLAIMS_SUBMITTED, "claimwright-intake", (PartitionLag(0, self.unread, since), PartitionLag(1, 0, None))
            ),
            TopicLag(COVERAGE_CHANGED, "claimwright-feeds", (PartitionLag(0, 0, None),)),
        )

    async def close(self) -> None:
        self.closed = True

    async def processes(self) -> tuple[ProcessState, ...]:
        started = datetime(2025, 9, 3, 8, 0, tzinfo=UTC)
        intake = ProcessState("intake", ready=True, retries=2, paused=True)
        return (ProcessState("worker", self.ready, started), intake, *self.more)

    async def orchestration(self) -> Orchestration:
        self._fail()
        opened = (OpenWorkflows("ReviewClaimWorkflow", 2),)
        return Orchestration("adjudication", self.workers, 0, timedelta(0), opened)

    def _fail(self) -> None:
        if self.failure is not None:
            raise self.failure


def operations(engine: AsyncEngine, library: PolicyLibrary, around: QuietCaseContext) -> DashboardDependencies:
    """The real ledger and policies, with the rest at rest."""
    return DashboardDependencies(
        flow=FlowQueries(engine),
        minutes=MinuteCounts(engine),
        waiting=WaitingQueries(engine),
        lists=ClaimLists(engine),
        stuck=StuckQueries(engine),
        notices=NoticesDue(engine),
        broker=around,
        processes=around,
        orchestrator=around,
        library=library,
    )
