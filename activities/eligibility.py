"""Verify eligibility: read the batch's coverage in one call and judge each claim by its dates of service.

A replacement or void is judged against what it changes here as well, before anything is spent on it. It may not decide
anything: what coverage means is adjudication/coverage.py, what a correction may do adjudication/chain.py.
"""

from __future__ import annotations

from functools import partial

from temporalio import activity

from activities.errors import named_only
from activities.isolation import isolate
from activities.ports import CoverageStore
from activities.working_set import NO_ELIGIBILITY, BatchWork, WorkingSet
from adjudication.chain import WAITS, judge_chain
from adjudication.coverage import verify_eligibility
from adjudication.reference import ReferenceData
from adjudication.vocabulary import Frequency
from contracts.workflow_messages import VERIFY_ELIGIBILITY, ClaimBatch, StepSummary


class EligibilityActivities:
    """The eligibility step."""

    def __init__(self, working_set: WorkingSet, coverage: CoverageStore, reference: ReferenceData) -> None:
        """Take the ports this step needs."""
        self._working_set = working_set
        self._coverage = coverage
        self._reference = reference
        working_set.register(VERIFY_ELIGIBILITY, self._evaluate)

    @activity.defn(name=VERIFY_ELIGIBILITY)
    async def verify_eligibility(self, batch: ClaimBatch) -> StepSummary:
        """Find the plan that governs each line of each open claim."""
        with named_only(VERIFY_ELIGIBILITY):
            work = await self._working_set.reach(batch, VERIFY_ELIGIBILITY)
        return work.summary(VERIFY_ELIGIBILITY)

    async def _evaluate(self, batch: BatchWork) -> None:
        claims = batch.open_claims()
        members = sorted({work.stored.claim.member.member_id for work in claims})
        spans = await self._coverage.spans(members) if members else {}
        for work in claims:
            claim = work.stored.claim
            known = spans.get(claim.member.member_id, ())
            run = partial(verify_eligibility, claim, known, self._reference)
            result = isolate(work, VERIFY_ELIGIBILITY, run)
            work.eligibility = result or NO_ELIGIBILITY
            if claim.frequency is not Frequency.ORIGINAL:
                judge = partial(judge_chain, claim, work.stored.chain, batch.opened_at, self._reference.chain)
                work.chain = isolate(work, VERIFY_ELIGIBILITY, judge) or WAITS
