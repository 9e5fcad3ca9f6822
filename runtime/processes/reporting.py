"""Reports the state of each process to the ledger every few seconds, so that the console lists the processes of all hosts."""

from __future__ import annotations

import asyncio
import os
import platform
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Final

import structlog
from prometheus_client import REGISTRY

from contracts.records.dashboard import ProcessReport
from runtime import wiring
from runtime.settings import Settings
from runtime.version import version_of_package
from storage.dashboard.process_reports import ProcessReports
from storage.privileges.roles import DatabaseRole
from streams.kafka.backoff import stopped_within

EVERY_SECONDS: Final = 10.0
_LONGEST_SECONDS: Final = 5.0
log = structlog.get_logger(__name__)


async def report_state(
    name: str,
    role: DatabaseRole,
    settings: Settings,
    stop: asyncio.Event,
    state: Callable[[], tuple[bool, str]],
) -> None:
    """Report until asked to stop, then withdraw the report. `state` says whether the process is ready, and why not.

    If the ledger does not answer, the report becomes outdated; the alert comes from the work that needs the ledger.
    """
    started_at, host, pid = datetime.now(UTC), platform.node(), os.getpid()
    try:
        while True:
            report = _report(name, started_at, *state())
            await _said(settings, role, partial(ProcessReports.keep, report=report))
            if await stopped_within(stop, EVERY_SECONDS):
                return
    finally:
        await _said(settings, role, partial(ProcessReports.forget, host=host, name=name, pid=pid))


async def _said(settings: Settings, role: DatabaseRole, say: Callable[[ProcessReports], Awaitable[None]]) -> None:
    """Run a statement over a new connection; a permanent one would cost PostgreSQL 10 MiB per process."""
    engine = wiring.database(settings, role, 1)
    try:
        async with asyncio.timeout(_LONGEST_SECONDS):
            await say(ProcessReports(engine))
    except Exception:
        log.debug("state not reported", exc_info=True)
    finally:
        await engine.dispose()


def _report(name: str, started_at: datetime, ready: bool, says: str) -> ProcessReport:  # noqa: FBT001 - of a pair
    return ProcessReport(
        host=platform.node(),
        name=name,
        pid=os.getpid(),
        version=version_of_package(),
        started_at=started_at,
        ready=ready,
        says=says,
        retries=_sum("claimwright_retries_total"),
        paused=bool(_sum("claimwright_intake_paused")),
    )


def _sum(metric: str) -> float:
    return sum(sample.value for family in REGISTRY.collect() for sample in family.samples if sample.name == metric)
