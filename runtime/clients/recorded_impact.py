"""Runs the comparison of two policy versions over the recorded claims of the ledger, in several processes if there are many claims.

It only reads, in the reader's role of PostgreSQL. Each process has the policies and judges a page of claims at a time.
"""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Final

import uvloop
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.readjudication.impact import Judged, PolicyImpact
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId
from adjudication.policy.tree import PolicyVersion
from runtime import wiring
from runtime.processes.child_processes import end_with_parent
from runtime.processes.ports import shadow_ports
from runtime.settings import Settings
from storage.decisions.policy_traces import Concerned, claims_with
from storage.readjudication.recorded import RecordedClaims

PAGE: Final = 256
"""Claims judged at once: their rows are read together, and some MB of them are in memory."""

ALONE: Final = 512
"""Claims up to which this process judges them all."""

Versions = tuple[PolicyVersion, PolicyVersion]
"""The version to compare with, and the newer one."""


def comparing(engine: AsyncEngine, reference: ReferenceData, versions: Versions) -> PolicyImpact:
    """Return the judge of a comparison over a ledger; the reference data hold both versions."""
    return PolicyImpact(shadow_ports(engine), RecordedClaims(engine), reference, versions, wiring.now)


@contextmanager
def judging_processes(reference: ReferenceData, versions: Versions, processes: int) -> Iterator[ProcessPoolExecutor]:
    """Yield processes that judge pages of claims.

    A new process needs three seconds of CPU to import the product and receive the policies; a fork of this process has both.
    Processes are forked if that is safe: on Linux, while no other thread runs. Otherwise they start with the first page.
    """
    gc.set_threshold(20_000, 10, 10)  # a page creates some ten thousand short-lived objects
    gc.collect()
    gc.freeze()  # a copy shares the memory of the policies
    copied = sys.platform == "linux" and threading.active_count() == 1
    given = (Settings(), reference, versions)
    with ProcessPoolExecutor(processes, get_context("fork" if copied else "spawn"), _begin, given) as pool:
        if copied:
            pool.submit(_ready).result()
        yield pool


async def judged(
    engine: AsyncEngine, reference: ReferenceData, versions: Versions, concerned: Concerned
) -> AsyncIterator[Judged]:
    """Judge every page of recorded claims in this process; yield the result of each."""
    judge = comparing(engine, reference, versions)
    async for page in claims_with(engine, concerned, PAGE):
        yield await judge.judge(page)


async def judged_by(pool: ProcessPoolExecutor, engine: AsyncEngine, concerned: Concerned) -> AsyncIterator[Judged]:
    """Have processes judge every page of recorded claims; yield the results as pages end."""
    loop = asyncio.get_running_loop()
    running: set[asyncio.Future[Judged]] = set()
    async for page in claims_with(engine, concerned, PAGE):
        running.add(loop.run_in_executor(pool, _page, page))
        if len(running) > _WAITING:
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                yield each.result()
    for ended in asyncio.as_completed(running):
        yield await ended


_WAITING: Final = 16
"""The most pages that wait for a process."""


class _Process:
    """The state that one process keeps between pages."""

    judge: PolicyImpact
    runner: asyncio.Runner


def _begin(settings: Settings, reference: ReferenceData, versions: Versions) -> None:
    threading.Thread(target=end_with_parent, name="parent", daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the command handles Ctrl-C and then ends its processes
    _Process.runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
    _Process.judge = comparing(wiring.database(settings), reference, versions)


def _ready() -> bool:
    return True


def _page(page: Sequence[ClaimId]) -> Judged:
    return _Process.runner.run(_Process.judge.judge(page))
