"""Each process says in the ledger how it is, every few seconds, so that the console lists the processes of all hosts."""

from __future__ import annotations

import asyncio
import os
import platform
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
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

    Where the ledger does not answer, the report grows old; the work that needs the ledger raises the alarm.
    """
    engine = wiring.database(settings, role, 1)
    reports, started_at = ProcessReports(engine), datetime.now(UTC)
    try:
        while True:
            await _within(reports.keep(_report(name, started_at, *state())))
            if await stopped_within(stop, EVERY_SECONDS):
                return
    finally:
        await _within(reports.forget(platform.node(), name, os.getpid()))
        await engine.dispose()


async def _within(work: Awaitable[None]) -> None:
    try:
        async with asyncio.timeout(_LONGEST_SECONDS):
            await work
    except Exception:
        log.debug("state not reported", exc_info=True)


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
