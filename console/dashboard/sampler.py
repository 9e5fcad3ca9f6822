"""Samples the flow every few seconds and keeps the newest reading; pages are rendered from it, so that their cost does not depend on the size of the ledger.

A part that cannot be read keeps its last value with its age and shows the error; no error stops the process.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import structlog

from adjudication.model.reference import ReferenceData
from console.dashboard.legal_deadlines import DeadlinesAtRisk, LegalDeadlines
from console.dashboard.ports import DashboardDependencies
from console.dashboard.readings import FlowReading, TotalsReading
from console.dashboard.snapshot import FlowSeen, Sampled, Snapshot
from contracts.records.dashboard import Waiting
from contracts.time_source import TimeSource

log = structlog.get_logger(__name__)
MAX_WAIT_SECONDS: Final = 30.0
"""A reading that takes longer is canceled, and retried at its next turn."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One part of the snapshot: how it is read, and how many seconds lie between two readings."""

    part: str
    every: float
    read: Callable[[datetime], Awaitable[Any]]


class Sampler:
    """Keeps the snapshot current while it runs, and wakes the pages that wait for the next one."""

    def __init__(self, operations: DashboardDependencies, reference: ReferenceData, now: TimeSource) -> None:
        """Start with an empty snapshot."""
        self.operations, self.now = operations, now
        self.pends = reference.pends
        self.snapshot = Snapshot()
        self.deadlines = LegalDeadlines(operations.waiting, reference)
        self.version = 0
        self.watchers = 0
        self.stopping = asyncio.Event()
        self._changed = asyncio.Event()
        self._flow = FlowReading(operations.flow)

    def probes(self) -> tuple[Probe, ...]:
        """Return the probes; expensive readings have long intervals."""
        operations = self.operations
        return (
            Probe("flow", 5, self._read_flow),
            Probe("lags", 5, lambda _: operations.broker.lags()),
            Probe("processes", 5, lambda _: operations.processes.processes()),
            Probe("waiting", 10, self._read_waiting),
            Probe("dead_letters", 10, lambda _: operations.flow.dead_letters()),
            Probe("batches", 10, lambda _: operations.flow.open_batches()),
            Probe("orchestration", 10, lambda _: operations.orchestrator.orchestration()),
            Probe("notices", 15, operations.notices.counts),
            Probe("stuck", 15, operations.stuck.stuck),
            Probe("totals", 15, TotalsReading(operations.minutes).read),
            Probe("clocks", 30, self._read_deadlines),
            Probe("ledger", 60, lambda _: operations.flow.ledger_size()),
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Sample until asked to stop."""
        loops = [asyncio.create_task(self._repeat(probe)) for probe in self.probes()]
        try:
            await stop.wait()
        finally:
            self.stopping.set()
            self._wake()
            for loop in loops:
                loop.cancel()
            await asyncio.gather(*loops, return_exceptions=True)
            with contextlib.suppress(*self.operations.transient_errors):
                await self.operations.broker.close()

    async def sample(self, probe: Probe) -> None:
        """Read one part once. An error is kept together with the last value."""
        before: Sampled[Any] = getattr(self.snapshot, probe.part)
        try:
            async with asyncio.timeout(MAX_WAIT_SECONDS):
                value = await probe.read(self.now())
        except Exception as error:
            after = replace(before, failing_since=before.failing_since or self.now(), trouble=_named(error))
            if before.failing_since is None:
                known = isinstance(error, (*self.operations.transient_errors, TimeoutError))
                log.warning("dashboard part not read", step=probe.part, error=_named(error), exc_info=not known)
        else:
            after = Sampled(value, self.now())
        self.snapshot = replace(self.snapshot, **{probe.part: after})
        self._wake()

    async def newer(self, version: int, within: float) -> int:
        """Return when there is something newer than a version, or after so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while self.version == version and not self.stopping.is_set():
                    await self._changed.wait()
        return self.version

    async def rest(self, seconds: float) -> None:
        """Wait, or return at once when the process stops."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.stopping.wait()

    async def _repeat(self, probe: Probe) -> None:
        while True:
            await self.sample(probe)
            # While the counts are behind, the next interval follows at once.
            behind = probe.part == "totals" and self._behind()
            await asyncio.sleep(0.2 if behind else probe.every)

    def _behind(self) -> bool:
        totals = self.snapshot.totals
        return totals.value is not None and totals.value.behind is not None and totals.failing_since is None

    async def _read_flow(self, now: datetime) -> FlowSeen:
        return await self._flow.read(now)

    async def _read_waiting(self, now: datetime) -> Waiting:
        waiting = await self.operations.waiting.waiting(now)
        self._flow.note_waiting(now, waiting.claims)
        return waiting

    async def _read_deadlines(self, now: datetime) -> DeadlinesAtRisk:
        return await self.deadlines.refresh(now)

    def _wake(self) -> None:
        self.version += 1
        self._changed.set()
        self._changed = asyncio.Event()


def _named(error: Exception) -> str:
    """Return the class of an error, because drivers' texts may quote data."""
    return type(error).__name__
