"""Tries pended claims without effects: the real steps on stored data, up to the decision, which is only counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.adjudication.steps import StepActivities
from activities.adjudication.working_set import WorkingSet
from adjudication.model.determination import Decision, Determination, Pended
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId
from adjudication.review.bulk_retry import Mode
from contracts.records.bulk_retries import Rehearsed
from contracts.time_source import TimeSource
from contracts.workflow_messages.claims import ClaimBatch
from runtime.processes.ports import shadow_ports


class BulkRetryDryRuns:
    """Runs the steps before the last: only publishing has effects."""

    def __init__(self, engine: AsyncEngine, reference: ReferenceData, clock: TimeSource) -> None:
        """Use a pool, today's policy data and the clock."""
        self._engine, self._reference, self._clock = engine, reference, clock

    async def rehearse(self, claim_ids: Sequence[ClaimId], mode: Mode) -> Rehearsed:
        """Return the expected results of retrying these claims now; claims decided since are not counted."""
        batch = ClaimBatch("rehearsal", list(claim_ids), restart=mode is Mode.RESTART)
        work = await self._steps().ready_to_publish(batch)
        return _counted([claim.decision for claim in work.loaded() if claim.decision is not None])

    def _steps(self) -> WorkingSet:
        """Return a separate working set, so that a dry run never meets a batch of the worker."""
        engine, reference, clock = self._engine, self._reference, self._clock
        ports = shadow_ports(engine)
        working_set = WorkingSet(ports.claims, clock, capacity=1)
        StepActivities(working_set, ports, reference, clock)
        return working_set


def _counted(decisions: Sequence[Decision]) -> Rehearsed:
    decided = [decision for decision in decisions if isinstance(decision, Determination)]
    waits = Counter(
        code
        for decision in decisions
        if isinstance(decision, Pended)
        for code in {str(pend.code) for pend in decision.pends}
    )
    return Rehearsed(
        tried=len(decisions),
        pays=sum(decision.paid > 0 for decision in decided),
        paid=sum((decision.paid for decision in decided), Decimal(0)),
        denies=sum(decision.paid == 0 for decision in decided),
        waits=dict(waits.most_common()),
    )
