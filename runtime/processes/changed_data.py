"""Compares newly loaded policy data with those before, and starts the campaigns of what changed for decided claims."""

from __future__ import annotations

import asyncio
from pathlib import Path

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.model.reference import ReferenceData
from adjudication.readjudication.changed_data import changed_data
from contracts.time_source import TimeSource
from runtime.processes.other_policies import OtherPolicies
from storage.readjudication.changed_data import ChangedData

log = structlog.get_logger(__name__)


async def start_campaigns_of_changes(
    engine: AsyncEngine, policies: Path, reference: ReferenceData, clock: TimeSource
) -> int:
    """Start one campaign per kind of change that concerns decided claims; return how many.

    The campaigns only judge: nothing is corrected before two people approve. The earlier data are loaded once per new load.
    """
    store = ChangedData(engine)
    earlier = await store.before(reference.content_hash)
    if earlier is None:
        return 0
    then = await OtherPolicies(engine, policies, clock).earlier(earlier)
    if then is None:
        log.warning("earlier policy data cannot be read; start campaigns about what changed by hand")
        return 0
    changes = await asyncio.to_thread(changed_data, reference, then)
    codes = frozenset(reference.procedures)
    started = await store.start(reference.content_hash, earlier, changes, codes, clock())
    log.info("policy data compared with those before", campaigns=started)
    return started
