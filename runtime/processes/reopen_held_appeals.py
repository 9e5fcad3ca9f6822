"""Resumes appeals that waited for a rule, holidays or a determination; the worker runs this every few minutes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError
from temporalio.service import RPCError

from contracts.records.appeals import AppealStarter
from storage.appeals.resumption import PostgresAppealResumption

log = structlog.get_logger(__name__)


async def take_up_appeals(
    appeals: PostgresAppealResumption, starter: AppealStarter, now: Callable[[], datetime]
) -> int:
    """Open appeals whose rule or determination exists now, and compute deadlines whose holidays are loaded now; return how many."""
    resumed, page = 0, await _page(appeals, None)
    while page:
        for appeal_id in page:
            resumed += await _taken_up(appeals, starter, appeal_id, now())
        page = await _page(appeals, page[-1])
    if resumed:
        log.info("waiting appeals taken up", count=resumed)
    return resumed


async def _page(appeals: PostgresAppealResumption, after: str | None) -> Sequence[str]:
    try:
        return await appeals.waiting(after)
    except (SQLAlchemyError, OSError) as error:
        log.warning("appeals that wait for rules were not read", error=type(error).__name__)
        return ()


async def _taken_up(appeals: PostgresAppealResumption, starter: AppealStarter, appeal_id: str, at: datetime) -> bool:
    """Handle one appeal; an error does not stop the others, and the next round retries it."""
    try:
        resumed = await appeals.resume(appeal_id, at)
        if resumed is None:
            return False
        for each in filter(None, (resumed.also, appeal_id)):
            await starter.hold(each)
        await appeals.signaled(resumed)
    except (SQLAlchemyError, OSError, RPCError, LookupError) as error:
        log.warning("an appeal was not taken up", appeal=appeal_id, error=type(error).__name__)
        return False
    return True
