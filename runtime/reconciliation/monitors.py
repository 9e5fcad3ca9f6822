"""Runs monitors within the reconciler: a draft judges decided claims after their decision, so that no live claim is delayed.

While no monitor runs, this reads one small table every quarter of a minute. While live claims come in, it judges for a tenth of the
time. Each page is stored separately, so that after a crash one page is repeated and no decision is judged twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Final

import structlog
from prometheus_client import Counter, Gauge
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.readjudication.monitors import MonitorJudge, Texts, all_drafts, draft_version
from contracts.records.monitors import Monitor
from contracts.time_source import TimeSource
from rulebook.authoring.versions import find_version
from rulebook.errors import PolicyDataError
from rulebook.library import PolicyLibrary, content_hash, load_library
from runtime.processes.ports import shadow_ports
from storage.monitors.judging import SETTLED, MonitorJudging
from storage.readjudication.recorded import RecordedClaims

PAGE: Final = 32
"""Decisions judged at once: some 100 ms, during which this process does nothing else."""

EVERY_SECONDS: Final = 15.0
_LIVE_SHARE: Final = 0.1
_TURN_SECONDS: Final = 10.0
"""The time after which the draft is read again, and the event loop is yielded."""

JUDGED: Final = Counter("claimwright_monitor_judged_total", "Decisions that drafts judged", ["draft"])
DIFFERING: Final = Counter("claimwright_monitor_differing_total", "Lines that a draft decides otherwise", ["draft"])
LAG: Final = Gauge(
    "claimwright_monitor_lag_seconds", "Age of the oldest decision that a draft has not judged", ["draft"]
)
log = structlog.get_logger(__name__)


class MonitorTurns:
    """Gives each running monitor its turns."""

    def __init__(
        self,
        engine: AsyncEngine,
        library: PolicyLibrary,
        drafts: Path,
        live: Callable[[], Awaitable[bool]],
        clock: TimeSource,
        settled: timedelta = SETTLED,
    ) -> None:
        """Compare the library with a folder of drafts. `live`: returns whether live claims need the servers now."""
        self._engine, self._library, self._folder = engine, library, drafts
        self._live, self._clock = live, clock
        self._store = MonitorJudging(engine, settled)
        self._drafts: dict[str, PolicyLibrary] = {}
        self._known: dict[str, Texts] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Judge until asked to stop; an error of a server ends only the turn."""
        while not stop.is_set():
            try:
                wait = await self.turn()
            except (SQLAlchemyError, OSError) as error:
                log.warning("monitors were not run", error=type(error).__name__)
                wait = EVERY_SECONDS
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), wait)

    async def turn(self) -> float:
        """Give each running monitor one turn; return the seconds to wait before the next."""
        running = await self._store.running(self._clock())
        if not running:
            self._drafts.clear()
            self._known.clear()
            LAG.clear()
            return EVERY_SECONDS
        waits = [await self._one(monitor) for monitor in running]
        return min(waits)

    async def _one(self, monitor: Monitor) -> float:
        try:
            texts = await self._texts(monitor)
        except PolicyDataError as error:
            log.warning("a draft cannot be judged by", error=str(error))
            await self._store.looked(monitor, self._clock(), str(error))
            return EVERY_SECONDS
        wait = await self._judge(monitor, texts)
        await self._store.looked(monitor, self._clock(), None)
        return wait

    async def _judge(self, monitor: Monitor, texts: Texts) -> float:
        """Judge pages until all decisions are judged, live claims come in, or the turn reaches its maximum duration."""
        judge = MonitorJudge(shadow_ports(self._engine), RecordedClaims(self._engine), texts, self._clock)
        begun = monotonic()
        while True:
            live, now = await self._live(), self._clock()
            run = await self._store.run_of(monitor, texts.hashes, now)
            page = await self._store.page(monitor, run, texts.codes, PAGE, now)
            LAG.labels(monitor.name).set((now - (page[0].decided_at if page else now)).total_seconds())
            if not page:
                return EVERY_SECONDS
            judged = await judge.judge(page)
            JUDGED.labels(monitor.name).inc(await self._store.keep(run, page, judged, self._clock()))
            DIFFERING.labels(monitor.name).inc(sum(each.differing for each in judged))
            lasted = monotonic() - begun
            if live:
                return lasted * (1 - _LIVE_SHARE) / _LIVE_SHARE
            if lasted >= _TURN_SECONDS:
                return 0.0
            await asyncio.sleep(0)

    async def _texts(self, monitor: Monitor) -> Texts:
        """Return what a monitor compares, from the folder as it is now; raises PolicyDataError if the draft has errors."""
        found = await asyncio.to_thread(content_hash, self._folder)
        if found not in self._drafts:
            self._known.clear()
            self._drafts = {found: await asyncio.to_thread(load_library, self._folder, with_drafts=True)}
        if monitor.name not in self._known:
            self._known[monitor.name] = await asyncio.to_thread(self._compared, monitor, self._drafts[found])
        return self._known[monitor.name]

    def _compared(self, monitor: Monitor, drafts: PolicyLibrary) -> Texts:
        in_force = self._library.reference
        if not monitor.policy:
            return all_drafts(in_force, drafts.reference)
        if monitor.policy not in in_force.catalog.policies:
            raise PolicyDataError(monitor.name, "its policy is new", "start a monitor of all draft policy data")
        draft = find_version(drafts.medical.catalog, monitor.policy, monitor.version)
        return draft_version(in_force, drafts.reference, draft)
