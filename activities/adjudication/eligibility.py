"""Verify eligibility: read the batch's coverage in one call and judge each claim by its dates of service.

Where a plan of the batch keeps a provider roster, the roster is read as well, once for the batch.

A replacement or void is judged against what it changes here as well, before anything is spent on it. It may not decide
anything: what coverage means is adjudication/steps/eligibility.py, what the roster means adjudication/steps/roster.py, what a correction may do
adjudication/corrections/judge.py.
"""

from __future__ import annotations

from functools import partial

from temporalio import activity

from activities.adjudication.isolation import isolate
from activities.adjudication.working_set import NO_ELIGIBILITY, BatchWork, WorkingSet
from activities.errors import named_only
from activities.ports import CoverageStore, RosterStore
from adjudication.corrections.judge import WAITS, judge_chain
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import Frequency
from adjudication.steps.eligibility import verify_eligibility
from adjudication.steps.roster import asked_of_roster, verify_providers
from contracts.workflow_messages.claims import VERIFY_ELIGIBILITY, ClaimBatch, StepSummary


class EligibilityActivities:
    """The eligibility step."""

    def __init__(
        self, working_set: WorkingSet, coverage: CoverageStore, roster: RosterStore, reference: ReferenceData
    ) -> None:
        """Take the ports this step needs."""
        self._working_set = working_set
        self._coverage = coverage
        self._roster = roster
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
        await self._verify_providers(batch)

    async def _verify_providers(self, batch: BatchWork) -> None:
        """Ask the roster once for the whole batch, and not at all where no plan of it keeps one."""
        asked = [
            (work, npis)
            for work in batch.billing_claims()
            if (npis := asked_of_roster(work.stored.claim, work.eligibility.plans))
        ]
        if not asked:
            return
        roster = await self._roster.providers(sorted(frozenset().union(*(npis for _, npis in asked))))
        for work, _ in asked:
            plans, on = work.eligibility.plans, batch.opened_at.date()
            verify = partial(verify_providers, work.stored.claim, plans, roster, on)
            work.providers = isolate(work, VERIFY_ELIGIBILITY, verify) or ()
