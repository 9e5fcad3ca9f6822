"""The reconciler as a process: compares batches, bulk retries and campaigns every half minute, and all work every five
minutes, or every half minute while work is stuck.

The process also issues due letters, records notices that are not mailed, and runs monitors.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import structlog
from prometheus_client import Counter, Gauge
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.service import RPCError

from contracts.records.reconciliation import Missing, Stuck, Work
from letters.issuing import AT_ONCE, LetterIssuer
from rulebook.library import load_library
from runtime import wiring
from runtime.processes.lifecycle import Running
from runtime.reconciliation.monitors import MonitorTurns
from runtime.reconciliation.reconciler import Reconciler
from runtime.reconciliation.workflows import TemporalWorkflows
from runtime.settings import Settings
from storage.letters.notices_due import NoticeKeeper
from storage.privileges.roles import DatabaseRole
from storage.readjudication.campaign_steps import CampaignSteps
from storage.reconciliation.open_work import OpenWorkQueries
from storage.reconciliation.stuck import LETTERS_STUCK, MONITORS_STUCK, NOTICES_MISSED, note_looks, stuck_work

log = structlog.get_logger(__name__)

_EVERY_SECONDS: Final = 30.0
_EVERYTHING_EACH: Final = 10
"""Rounds between two comparisons of all work."""

_UNREADY_AFTER: Final = 2
"""Rounds for which work must be stuck before this process reports not ready."""

_SHOWN_ONLY: Final = (NOTICES_MISSED, LETTERS_STUCK, MONITORS_STUCK)
_OFTEN: Final = (Work.BATCHES, Work.BULK_RETRIES, Work.CAMPAIGNS)

STARTED = Counter("claimwright_reconciled_total", "Workflows that were missing and were started", ["work"])
OPEN = Gauge("claimwright_reconciled_open", "Open work that the last look compared with Temporal", ["work"])
LOOKED = Gauge(
    "claimwright_reconciled_at_seconds", "When work was compared with Temporal last (epoch seconds)", ["work"]
)
STUCK = Gauge("claimwright_stuck", "Open work that does not go on, in all")


async def reconciler(settings: Settings, running: Running) -> None:
    """Compare open work with Temporal until asked to stop; readiness shows the stuck work."""
    engine = wiring.database(settings, DatabaseRole.RECONCILER)
    client = await wiring.temporal(settings)
    library = load_library(settings.policies_dir)
    reconciling = Reconciler(OpenWorkQueries(engine, library.reference), TemporalWorkflows(client), wiring.now)
    notices, issuing = NoticeKeeper(engine, library.reference), LetterIssuer(engine, library, wiring.now)
    drafts, live = settings.draft_policies_dir or settings.policies_dir, CampaignSteps(engine, library.reference).live
    monitors = MonitorTurns(engine, library, drafts, live, wiring.now)
    running.ready.set()
    await asyncio.gather(
        _compare(engine, reconciling, running), _issue(notices, issuing, running), monitors.run(running.stop)
    )
    await engine.dispose()


async def _compare(engine: AsyncEngine, reconciling: Reconciler, running: Running) -> None:
    rounds = bad = 0
    while not running.stop.is_set():
        # Stuck work is compared in every round, so that a reviewer's unanswered action is not delayed until the next long round.
        kinds = tuple(Work) if bad or rounds % _EVERYTHING_EACH == 0 else _OFTEN
        stuck = await _round(engine, reconciling, kinds)
        rounds, bad = rounds + 1, bad + 1 if _hindered(stuck) else 0
        _say(running, stuck, unready=bad >= _UNREADY_AFTER)
        with suppress(TimeoutError):
            await asyncio.wait_for(running.stop.wait(), _EVERY_SECONDS)


async def _issue(notices: NoticeKeeper, issuing: LetterIssuer, running: Running) -> None:
    """Record notices to be mailed and issue their letters until asked to stop; a long list is processed in parts."""
    while not running.stop.is_set():
        looked_at = 0
        try:
            await notices.look(wiring.now())
            looked_at = await issuing.look()
        except (SQLAlchemyError, OSError) as error:
            log.warning("letters were not issued", error=type(error).__name__)
        if looked_at < AT_ONCE:
            with suppress(TimeoutError):
                await asyncio.wait_for(running.stop.wait(), _EVERY_SECONDS)


async def reconcile(engine: AsyncEngine, reconciling: Reconciler, kinds: Sequence[Work] = tuple(Work)) -> list[Missing]:
    """Compare each kind of work once, start the missing workflows, and record the result.

    A kind that fails, such as while Temporal lists nothing, keeps no other back; its error is raised when all were looked at.
    """
    looks, errors = [], []
    for work in kinds:
        try:
            looks.append(await reconciling.look(work))
        except (SQLAlchemyError, OSError, RPCError) as error:
            log.warning("a kind of open work was not compared", step=work.value, error=type(error).__name__)
            errors.append(error)
    for look in looks:
        STARTED.labels(look.work.value).inc(look.started)
        OPEN.labels(look.work.value).set(look.open)
        LOOKED.labels(look.work.value).set_to_current_time()
    await note_looks(engine, looks)
    if errors:
        raise errors[0]
    return looks


async def _round(engine: AsyncEngine, reconciling: Reconciler, kinds: Sequence[Work]) -> tuple[Stuck, ...] | None:
    """Compare once; None if a server does not answer, and the next round retries."""
    try:
        await reconcile(engine, reconciling, kinds)
        stuck = await stuck_work(engine, wiring.now())
    except (SQLAlchemyError, OSError, RPCError) as error:
        log.warning("open work was not compared", error=type(error).__name__)
        return None
    STUCK.set(sum(each.count for each in stuck))
    return stuck


def _hindered(stuck: tuple[Stuck, ...] | None) -> bool:
    """Return whether work is stuck. Letters that are not mailed and idle monitors are shown, but do not count."""
    return stuck is None or any(each.what not in _SHOWN_ONLY for each in stuck)


def _say(running: Running, stuck: tuple[Stuck, ...] | None, *, unready: bool) -> None:
    """Show the stuck work on /health/ready, and report not ready while there is some."""
    if stuck is None:
        running.wait_for("a server does not answer; see the log")
    else:
        running.wait_for("\n".join(f"{each.count} {each.what} since {each.since}; {each.remedy}" for each in stuck))
        for each in stuck:
            log.warning("work is stuck", reason=each.what, count=each.count)
    (running.ready.clear if unready else running.ready.set)()
