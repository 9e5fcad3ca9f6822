"""What a draft answered on one decision, kept in a ledger as the reconciler keeps it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.model.vocabulary import ClaimId
from adjudication.readjudication.impact import Confidence, Direction, LineImpact, LineResult
from adjudication.readjudication.monitors import AgainstPerson, MonitoredLine
from contracts.records.monitors import DecidedClaim, JudgedDecision
from storage.monitors.judging import MonitorJudging
from tests.builders.ledger.submissions import MEMBER, SERVICE_DATE

PAID = LineResult("approved", Decimal("412.50"), "paid.rated")
WAITS = LineResult("waits", Decimal(0), "necessity.criteria_not_met")


async def keep_differences(engine: AsyncEngine, monitor_id: str, claim: ClaimId, now: datetime) -> None:
    """Keep three judged lines of a claim: one that differs, which a physician decided, one that agrees with its nurse, one that agrees.

    The engine has the role of the reconciler.
    """
    store = MonitorJudging(engine)
    [found] = [each for each in await store.running(now) if each.monitor_id == monitor_id]
    run = await store.run_of(found, ("draft-hash", "in-force-hash"), now)
    plan, code = "HUDSON-COMM", "72148"
    impact = LineImpact(
        claim, 1, code, plan, SERVICE_DATE, PAID, PAID, WAITS, Direction.TO_REVIEW, PAID.paid, Confidence.CERTAIN
    )
    rules = ("guideline 1 old-rule", "guideline 2 new-rule")
    asks = AgainstPerson.ASKS
    lines = (
        MonitoredLine(1, code, plan, "1234567893", SERVICE_DATE, PAID, impact, "physician", WAITS, asks, rules),
        MonitoredLine(2, code, plan, "=1+1", SERVICE_DATE, PAID, None, "nurse", WAITS, asks, ("", "")),
    )
    page = [DecidedClaim(claim, 1, now, MEMBER)]
    assert await store.keep(run, page, [JudgedDecision(claim, 1, 3, lines)], now) == 1
