"""Runs the comparison of two policy versions over the recorded claims of the ledger, in several processes where there are many.

It reads only, as the reader's role of PostgreSQL. Each process loads the policies once and judges a page of claims at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.readjudication.impact import Judged, PolicyImpact
from adjudication.model.vocabulary import ClaimId
from rulebook.authoring.versions import find_version
from rulebook.library import PolicyLibrary, load_library
from runtime import wiring
from runtime.processes.ports import shadow_ports
from runtime.settings import Settings
from storage.decisions.policy_traces import Concerned, claims_with
from storage.readjudication.recorded import RecordedClaims

PAGE: Final = 256
"""Claims judged at once: their rows are read together, and some MB of them are in memory."""

ALONE: Final = 2_000
"""Claims up to which one process judges them all: another one takes seconds to load the policies."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The versions to compare, their policy, and its folder."""

    policies: Path
    policy: str
    old: str
    new: str


def comparing(engine: AsyncEngine, library: PolicyLibrary, comparison: Comparison) -> PolicyImpact:
    """Return the judge of a comparison over a ledger; raises where a version is not in the folder."""
    catalog = library.medical.catalog
    versions = (
        find_version(catalog, comparison.policy, comparison.old),
        find_version(catalog, comparison.policy, comparison.new),
    )
    return PolicyImpact(shadow_ports(engine), RecordedClaims(engine), library.reference, versions, wiring.now)


async def judged(
    engine: AsyncEngine, library: PolicyLibrary, comparison: Comparison, concerned: Concerned, processes: int
) -> AsyncIterator[Judged]:
    """Yield the result of each page of recorded claims, as pages end."""
    if processes <= 1:
        judge = comparing(engine, library, comparison)
        async for page in claims_with(engine, concerned, PAGE):
            yield await judge.judge(page)
        return
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(processes, get_context("spawn"), _begin, (comparison,)) as pool:
        running: set[asyncio.Future[Judged]] = set()
        async for page in claims_with(engine, concerned, PAGE):
            running.add(loop.run_in_executor(pool, _page, page))
            if len(running) > 2 * processes:
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for each in done:
                    yield each.result()
        for ended in asyncio.as_completed(running):
            yield await ended


class _Process:
    """The state that one process keeps between pages."""

    judge: PolicyImpact
    loop: asyncio.AbstractEventLoop


def _begin(comparison: Comparison) -> None:
    _Process.loop = asyncio.new_event_loop()
    library = load_library(comparison.policies, with_drafts=True)
    _Process.judge = comparing(wiring.database(Settings()), library, comparison)


def _page(page: Sequence[ClaimId]) -> Judged:
    return _Process.loop.run_until_complete(_Process.judge.judge(page))
