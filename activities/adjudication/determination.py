"""Determine: fold each claim's findings into one decision. The fold is adjudication/steps/determine.py, the
last look before release adjudication/prerelease_holds/check.py.

It may not let a claim go without a decision: a claim on which a step raised pends to operations, and if the
fold itself raises, the pend is built here from the one rule it needs.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from temporalio import activity

from activities.adjudication.isolation import isolate
from activities.adjudication.working_set import BatchWork, ClaimWork, TimeSource, WorkingSet
from activities.errors import named_only
from adjudication.corrections.supersession import void_carried_out
from adjudication.model.determination import Decision, Determination, Pend, Pended
from adjudication.model.findings import Finding
from adjudication.model.pends import SYSTEM_PEND
from adjudication.model.reference import ReferenceData
from adjudication.prerelease_holds.check import PriorReviewInput, determine_or_hold
from contracts.workflow_messages.claims import DETERMINE, ClaimBatch, StepSummary


class DeterminationActivities:
    """The determination step."""

    def __init__(self, working_set: WorkingSet, reference: ReferenceData, clock: TimeSource) -> None:
        """Take what this step needs."""
        self._working_set = working_set
        self._reference = reference
        self._clock = clock
        working_set.register(DETERMINE, self._evaluate)

    @activity.defn(name=DETERMINE)
    async def determine(self, batch: ClaimBatch) -> StepSummary:
        """Decide each open claim, or say why it waits."""
        with named_only(DETERMINE):
            work = await self._working_set.reach(batch, DETERMINE)
        return work.summary(DETERMINE)

    async def _evaluate(self, batch: BatchWork) -> None:
        now = self._clock()
        for work in batch.loaded():
            if not work.stored.determined:
                work.decision = decide(work, now, self._reference)


def decide(work: ClaimWork, now: datetime, reference: ReferenceData, more: tuple[Finding, ...] = ()) -> Decision:
    """Fold one claim's findings and `more`; if the fold raises, the claim pends to operations with them."""
    findings = (*findings_of(work), *more)
    stored = work.stored
    if work.chain.carries_out_void and not more and not work.failures:
        void = partial(void_carried_out, stored.claim, work.chain, now, reference)
        return isolate(work, DETERMINE, void) or pended_by_failure(work, reference)
    said = PriorReviewInput(stored.settlements, stored.returns, stored.times, work.chain.replaced_paid)
    run = partial(determine_or_hold, stored.claim, work.eligibility, findings, now, reference, said)
    decision = isolate(work, DETERMINE, run) or pended_by_failure(work, reference)
    if isinstance(decision, Determination) and work.chain.named is not None:
        return replace(decision, changes=work.chain.named)
    return decision


def findings_of(work: ClaimWork) -> tuple[Finding, ...]:
    """Everything found on a claim, in the order of the steps; of one that bills nothing (yet), what its chain says."""
    if not work.chain.bills:
        return (*work.chain.findings, *work.failures.values())
    return (
        *work.chain.findings,
        *work.eligibility.findings,
        *work.providers,
        *work.authorization.findings,
        *work.edits.findings,
        *work.necessity,
        *work.failures.values(),
    )


def pended_by_failure(work: ClaimWork, reference: ReferenceData) -> Pended:
    """Pend a claim on the failures recorded on it, without asking the fold."""
    rule = reference.pends[SYSTEM_PEND]
    failure = next(reversed(work.failures.values()))
    pend = Pend(
        code=rule.code,
        outcome=failure.outcome,
        line=None,
        owner=rule.owner,
        priority=rule.priority,
        due_at=work.stored.claim.received_at + timedelta(days=rule.due_days),
    )
    return Pended(work.stored.claim.claim_id, (pend,), findings_of(work), reference.content_hash)
