"""Review medical necessity: no store; facts and history came with the claim, policies with the worker.

It may not decide anything: the review is adjudication/steps/necessity.py. `decided_on` is the UTC date of the
injected clock, because policies are chosen on two time axes: the date of service and the date of the
decision.
"""

from __future__ import annotations

from functools import partial

from temporalio import activity

from activities.adjudication.isolation import isolate
from activities.adjudication.working_set import BatchWork, TimeSource, WorkingSet
from activities.errors import named_only
from adjudication.model.reference import ReferenceData
from adjudication.steps.necessity import review_medical_necessity
from contracts.workflow_messages.claims import REVIEW_MEDICAL_NECESSITY, ClaimBatch, StepSummary


class NecessityActivities:
    """The medical necessity step."""

    def __init__(self, working_set: WorkingSet, reference: ReferenceData, clock: TimeSource) -> None:
        """Take what this step needs."""
        self._working_set = working_set
        self._reference = reference
        self._clock = clock
        working_set.register(REVIEW_MEDICAL_NECESSITY, self._evaluate)

    @activity.defn(name=REVIEW_MEDICAL_NECESSITY)
    async def review_medical_necessity(self, batch: ClaimBatch) -> StepSummary:
        """Review each line of each open claim under the policy that governs it."""
        with named_only(REVIEW_MEDICAL_NECESSITY):
            work = await self._working_set.reach(batch, REVIEW_MEDICAL_NECESSITY)
        return work.summary(REVIEW_MEDICAL_NECESSITY)

    async def _evaluate(self, batch: BatchWork) -> None:
        decided_on = self._clock().date()
        for work in batch.billing_claims():
            claim, plans = work.stored.claim, work.eligibility.plans
            run = partial(
                review_medical_necessity, claim, plans, work.authorization, decided_on, self._reference, work.history
            )
            work.necessity = isolate(work, REVIEW_MEDICAL_NECESSITY, run) or ()
