"""Folds one claim's findings into one decision. A claim never leaves the steps without a decision or a pend.

The fold is adjudication/steps/determine.py, with the checks before release (adjudication/prerelease_holds/check.py). A
claim on which a step raised pends to operations; so does one on which the fold itself raises. A claim whose commit the
database refused is folded again with one additional finding, the refusal.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from activities.adjudication.working_set import ClaimWork
from adjudication.corrections.judge import WAITS, pend_for_concurrent_correction
from adjudication.corrections.supersession import void_carried_out
from adjudication.model.determination import Decision, Determination, Disposition, Pend, Pended
from adjudication.model.findings import Evidence, Finding
from adjudication.model.outcomes import COMPONENT_ELSEWHERE
from adjudication.model.pends import EDIT_PEND, SYSTEM_PEND
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import LineNumber, Step, Verdict
from adjudication.prerelease_holds.check import PriorReviewInput, determine_or_hold
from adjudication.steps.determine import failed_step
from contracts.workflow_messages.claims import DETERMINE


def decide(work: ClaimWork, now: datetime, reference: ReferenceData) -> Decision:
    """Fold the findings of the steps on one claim; if the fold raises, the claim pends to operations."""
    stored = work.stored
    if work.chain.carries_out_void and not work.refusals and not work.failures:
        void = partial(void_carried_out, stored.claim, work.chain, now, reference)
        return work.isolate(DETERMINE, void) or pended_by_failure(work, reference)
    prior = PriorReviewInput(stored.settlements, stored.returns, stored.times, work.chain.replaced_paid, stored.before)
    findings = (*findings_of(work), *work.refusals)
    run = partial(determine_or_hold, stored.claim, work.eligibility, findings, now, reference, prior)
    decision = work.isolate(DETERMINE, run) or pended_by_failure(work, reference)
    if isinstance(decision, Determination) and work.chain.named is not None:
        return replace(decision, changes=work.chain.named)
    return decision


def findings_of(work: ClaimWork) -> tuple[Finding, ...]:
    """Return all findings on a claim, in the order of the steps.

    If the lines of a correction are not adjudicated (a void, or a correction pended for its original), return only the
    findings about the correction.
    """
    if not work.chain.is_adjudicated:
        return (*work.chain.findings, *work.failures.values())
    return (
        *work.chain.findings,
        *work.eligibility.findings,
        *work.providers,
        *work.filing,
        *work.authorization.findings,
        *work.edits.findings,
        *work.necessity,
        *work.failures.values(),
    )


def pended_by_failure(work: ClaimWork, reference: ReferenceData) -> Pended:
    """Pend a claim on the last failure recorded on it, without the fold."""
    rule = reference.pends[SYSTEM_PEND]
    failure = next(reversed(work.failures.values()))
    due_at = work.stored.claim.received_at + timedelta(days=rule.due_days)
    pend = Pend(rule.code, failure.outcome, None, rule.owner, rule.priority, due_at)
    return Pended(work.stored.claim.claim_id, (pend,), findings_of(work), reference.content_hash)


def decide_after_refusal(work: ClaimWork, now: datetime, reference: ReferenceData) -> None:
    """Fold a claim again whose commit the database refused, with the refusal as an additional finding; the claim pends.

    The unique index on approved components is the last line of defense: the edits saw the other claim still undecided.
    The next try sees that claim decided, and the edits find the conflict.
    """
    if work.chain.superseded:
        # A claim that this replacement or void changes was changed by another claim in between.
        work.refusals = (pend_for_concurrent_correction(work.stored.claim, reference.chain),)
        work.chain = WAITS
    else:
        elsewhere = tuple(_component_elsewhere(line, reference) for line in _components(work.decision, reference))
        work.refusals = elsewhere or (failed_step(Step.PRICING, "CommitRefused"),)
    work.decision = decide(work, now, reference)


def _components(decision: Decision | None, reference: ReferenceData) -> list[LineNumber]:
    lines = decision.lines if isinstance(decision, Determination) else ()
    approved = (line for line in lines if line.disposition is Disposition.APPROVED)
    return [line.line for line in approved if line.code in reference.family.codes]


def _component_elsewhere(line: LineNumber, reference: ReferenceData) -> Finding:
    return Finding(
        step=Step.EDITS,
        outcome=COMPONENT_ELSEWHERE,
        verdict=Verdict.PENDS,
        citation=reference.family.citation,
        line=line,
        evidence=(Evidence("found_at", "commit"),),
        pend=EDIT_PEND,
    )
