"""Judges the claims of campaigns in processes of the worker's own, so that its event loop stays with live claims (decision 0085).

The processes start with the first page, take over the worker's policy data, and end when no page came for a while or the
worker is gone. The operating system gives them the time that live claims leave (`nice`). A process that dies costs its page.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Final

import structlog
import uvloop
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.errors import error_class, place
from activities.readjudication.judging import PageJudge
from activities.readjudication.shadow import Shadows
from adjudication.model.reference import ReferenceData
from contracts.records.campaigns import Campaign, JudgedPage, Page
from contracts.time_source import TimeSource
from runtime import wiring
from runtime.logging import configure_logging
from runtime.processes.other_policies import OtherPolicies
from runtime.processes.worker import shadow_ports
from runtime.settings import Settings
from storage.privileges.roles import DatabaseRole
from storage.readjudication.campaign_steps import CampaignSteps

log = structlog.get_logger(__name__)
_PART: Final = 128
"""Claims that one process judges at once: as much work as one batch of live claims."""
_NICE: Final = 15
"""Of 19: live claims go first, and a campaign is not starved."""
_CONNECTIONS: Final = 2
_IDLE_SECONDS: Final = 300.0
"""Longer than the pause between two pages while live claims come in: a start costs seconds of a processor."""
_MOST_SECONDS: Final = 300.0
"""A page that takes longer is taken from processes that hang, and judged again."""


class JudgingError(Exception):
    """A page could not be judged, most likely because the database is away; it is tried again."""


class JudgingProcesses:
    """The processes of one worker that judge."""

    def __init__(self, settings: Settings, reference: ReferenceData) -> None:
        """Start none yet."""
        self._settings, self._reference = settings, reference
        self._pool: ProcessPoolExecutor | None = None
        self._starting = asyncio.Lock()
        self._pages = 0
        self._resting: asyncio.TimerHandle | None = None

    async def judge(self, campaign: Campaign, page: Page) -> JudgedPage:
        """Judge a page, shared among the processes; raises where one of them died or hangs, and starts others next time."""
        parts = [page[first : first + _PART] for first in range(0, len(page), _PART)]
        loop = asyncio.get_running_loop()
        self._pages += 1
        if self._resting is not None:
            self._resting.cancel()
        try:
            async with asyncio.timeout(_MOST_SECONDS):
                pool = await self._started()
                found = await asyncio.gather(*(loop.run_in_executor(pool, _judge, campaign, part) for part in parts))
        except (BrokenProcessPool, TimeoutError):
            log.warning("a process that judges a campaign died or hung; others take its page", claims=len(page))
            self.end()
            raise
        finally:
            self._pages -= 1
            if self._pages == 0:
                self._resting = loop.call_later(_IDLE_SECONDS, self.end)
        return together(found)

    def end(self) -> None:
        """End the processes; the next page starts others."""
        pool, self._pool = self._pool, None
        if pool is not None:
            # A process that hangs ends in no other way: the pool has no public one before Python 3.14.
            processes = list((pool._processes or {}).values())  # noqa: SLF001
            pool.shutdown(wait=False, cancel_futures=True)
            for each in processes:
                each.terminate()

    async def _started(self) -> ProcessPoolExecutor:
        async with self._starting:
            if self._pool is None:
                begun = (self._settings, self._reference)
                count = self._settings.worker_judging_processes
                pool = ProcessPoolExecutor(count, get_context("spawn"), _begin, begun)
                # In a thread: handing over the policy data waits until the new process reads them.
                await asyncio.to_thread(pool.submit, os.getpid)
                self._pool = pool
            return self._pool


def together(parts: Sequence[JudgedPage]) -> JudgedPage:
    """Return the parts of a page as one; raises where the policy data changed between them."""
    bundles = {part.bundle for part in parts}
    if len(bundles) > 1:
        raise JudgingError("the policy data changed while a page was judged; it is judged again")
    claims = tuple(claim for part in parts for claim in part.claims)
    return JudgedPage(bundles.pop(), sum(part.lines for part in parts), claims)


def page_judge(
    engine: AsyncEngine, reference: ReferenceData, policies: Path, clock: TimeSource = wiring.now
) -> PageJudge:
    """Return the judge of pages over the real stores."""
    shadows = Shadows(shadow_ports(engine), reference, clock)
    return PageJudge(CampaignSteps(engine, reference), shadows, OtherPolicies(engine, policies, clock))


class _Process:
    """The state that one process keeps between pages."""

    judge: PageJudge
    loop: asyncio.AbstractEventLoop


def _begin(settings: Settings, reference: ReferenceData) -> None:
    """Make ready one process: with less right to the processors than live claims, and gone when the worker is."""
    os.nice(_NICE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal interrupts the worker, which ends its processes
    threading.Thread(target=_end_with_the_worker, daemon=True).start()
    configure_logging("judging", settings.log_level, settings.log_format)
    _Process.loop = uvloop.new_event_loop()
    engine = wiring.database(settings, DatabaseRole.WORKER, _CONNECTIONS)
    _Process.judge = page_judge(engine, reference, settings.policies_dir)


def _end_with_the_worker() -> None:
    worker = parent_process()
    if worker is not None:
        worker.join()
        os._exit(1)


def _judge(campaign: Campaign, page: Page) -> JudgedPage:
    """Judge a part of a page. Of what is raised, only the class and the place leave: texts may quote member data."""
    try:
        return _Process.loop.run_until_complete(_Process.judge.judge(campaign, page))
    except Exception as error:  # noqa: BLE001 - only the name of the error may leave
        raise JudgingError(f"{error_class(error)} at {place(error)}") from None
