"""Apply component edits: read other claims' lines of the batch's members in one call and run every edit.

The lines read reach back as far as medical policies ask, and stay with the claim for the necessity step. It may not
decide anything: the edits are adjudication/edits/.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from temporalio import activity

from activities.adjudication.isolation import isolate
from activities.adjudication.working_set import NO_EDITS, BatchWork, ClaimWork, TimeSource, WorkingSet
from activities.errors import named_only
from activities.ports import HistoryQuery, HistoryStore
from adjudication.corrections.judge import history_without
from adjudication.edits import EditResult, apply_component_edits
from adjudication.model.claim import Claim
from adjudication.model.history import HistoryLine
from adjudication.model.reference import ReferenceData
from contracts.workflow_messages.claims import APPLY_COMPONENT_EDITS, ClaimBatch, StepSummary


class EditActivities:
    """The component edit step."""

    def __init__(
        self, working_set: WorkingSet, history: HistoryStore, reference: ReferenceData, clock: TimeSource
    ) -> None:
        """Take the ports this step needs."""
        self._working_set = working_set
        self._history = history
        self._reference = reference
        self._clock = clock
        self._ahead = timedelta(days=reference.family.window_days)
        self._back = timedelta(days=max(reference.family.window_days, reference.shelf.look_back_days))
        working_set.register(APPLY_COMPONENT_EDITS, self._evaluate)

    @activity.defn(name=APPLY_COMPONENT_EDITS)
    async def apply_component_edits(self, batch: ClaimBatch) -> StepSummary:
        """Run every edit on every line of each open claim."""
        with named_only(APPLY_COMPONENT_EDITS):
            work = await self._working_set.reach(batch, APPLY_COMPONENT_EDITS)
        return work.summary(APPLY_COMPONENT_EDITS)

    async def _evaluate(self, batch: BatchWork) -> None:
        claims = [work for work in batch.loaded() if not work.failures and work.chain.bills]
        if not claims:
            return
        lines = await self._history.lines([self._query(work.stored.claim) for work in claims])
        now = self._clock()
        for work in claims:
            found = history_without(work.stored.chain, lines.get(work.stored.claim.claim_id, ()))
            work.history = tuple(line for line in found if line.counts)
            work.edits = self._edit(work, found, now)

    def _edit(self, work: ClaimWork, history: Sequence[HistoryLine], now: datetime) -> EditResult:
        claim, plans = work.stored.claim, work.eligibility.plans
        run = partial(apply_component_edits, claim, plans, history, now, self._reference)
        result = isolate(work, APPLY_COMPONENT_EDITS, partial(run, sequence=work.stored.sequence)) or NO_EDITS
        if not work.stored.determined:
            return result
        # This batch runs again after its commit (the worker died before Temporal heard of it). Nothing is
        # decided anew, but the siblings it completes were perhaps never told: find them again.
        return EditResult(findings=(), completes=result.completes)

    def _query(self, claim: Claim) -> HistoryQuery:
        days = [line.service_date for line in claim.lines]
        earliest, latest = min(days) - self._back, max(days) + self._ahead
        return HistoryQuery(claim.claim_id, claim.member.member_id, earliest, latest)
