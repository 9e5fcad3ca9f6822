"""Pre-release holds: the plan may send a finished decision to a supervisor (amount) or to quality (sample) before release.

A supervisor's approval covers the approved amount and every smaller one. A pass by quality covers only the decision that
quality checked. When a later run pays more or decides differently, the claim waits for a new approval or a new check.
A quality hold ends before the first legal deadline: the claim is then released without a check, and its determination
carries a finding to that effect. An amount hold never expires, because only a supervisor has the authority to pay.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from adjudication.deadlines.state import DeadlineState
from adjudication.model import outcomes
from adjudication.model.claim import Claim
from adjudication.model.determination import (
    NOTHING_DECIDED,
    DecidedLines,
    Decision,
    Determination,
    Disposition,
    Pend,
    Pended,
)
from adjudication.model.findings import Evidence, Finding, ProposalDetail
from adjudication.model.pends import AMOUNT_PEND, QUALITY_PEND
from adjudication.model.reference import Plan, ReferenceData
from adjudication.model.vocabulary import LineNumber, PendCode, Step, Verdict
from adjudication.prerelease_holds.proposal import mark, proposed_lines
from adjudication.prerelease_holds.returns import SentBack, reopen_sent_back, standing, unanswered
from adjudication.prerelease_holds.rules import QualitySample, Stratum
from adjudication.review.claim_deadlines import CaseTimes, claim_deadlines
from adjudication.review.settlements import Settlement
from adjudication.steps.determine import Earlier, determine
from adjudication.steps.eligibility import EligibilityResult
from adjudication.steps.roster import contract_status


@dataclass(frozen=True, slots=True)
class PriorReviewInput:
    """Earlier decisions of reviewers on the claim, and the events that start and stop its deadlines.

    `returns`: decisions that a supervisor or quality sent back. `replaced`: the amount already paid on the claims that this
    one replaces; it needs no second approval. `before`: lines that an earlier version of its determination decides.
    """

    settlements: tuple[Settlement, ...] = ()
    returns: tuple[SentBack, ...] = ()
    times: CaseTimes | None = None
    replaced: Decimal = Decimal(0)
    before: DecidedLines = NOTHING_DECIDED


NO_REVIEWS: Final = PriorReviewInput()


@dataclass(frozen=True, slots=True)
class _Hold:
    """A finding of one pre-release hold. If it pends the claim, `about`: the amount, or the hash of the decision, that the reviewer approves.

    `due_by` caps the due date of the pend; None: the legal deadline caps it.
    """

    finding: Finding
    about: str = ""
    due_by: datetime | None = None


def determine_or_hold(
    claim: Claim,
    eligibility: EligibilityResult,
    findings: Sequence[Finding],
    now: datetime,
    reference: ReferenceData,
    reviews: PriorReviewInput = NO_REVIEWS,
) -> Decision:
    """Decide the claim from its findings and the reviewers' decisions, then pend it if a pre-release hold applies.

    Raises the errors of `determine`.
    """
    stands = standing(reviews.settlements, reviews.returns) if reviews.returns else reviews.settlements
    reopened = reopen_sent_back(findings, stands, reviews.returns, claim)
    decision = determine(claim, eligibility, reopened, now, reference, Earlier(stands, reviews.before))
    if not _may_hold(claim, decision, eligibility.plans.values(), reviews):
        return decision
    times = reviews.times or CaseTimes(claim.received_at, (), ())
    plans = tuple(dict.fromkeys(plan.plan_id for plan in eligibility.plans.values()))
    # A decided claim has no open pend, so its deadlines run as those of a clean claim.
    times = replace(times, plans=plans, pends=(), contracts=contract_status(findings))
    known = replace(reviews, settlements=stands, times=times)
    holds = _Holds(claim, eligibility.plans, known, now, reference)
    if isinstance(decision, Pended):
        return decision if holds.may_release_early(decision.ready) else replace(decision, ready=None)
    return holds.applied_to(decision)


def _may_hold(claim: Claim, decision: Decision, plans: Iterable[Plan], reviews: PriorReviewInput) -> bool:
    """Return whether any hold can apply: checked for every claim, so that most need no deadlines to be computed."""
    proposed = decision.ready if isinstance(decision, Pended) else decision
    if proposed is None:
        return False
    samples = []
    for plan in plans:
        if plan.authority is not None:
            return True
        if plan.sample is not None and plan.sample not in samples:
            samples.append(plan.sample)
    if reviews.returns or any(each.outcome == outcomes.SAMPLED for each in reviews.settlements):
        return True
    if not samples:
        return False
    stratum = _stratum(claim, proposed, reviews.settlements)
    return any(sample.takes(claim.claim_id, stratum) for sample in samples)


class _Holds:
    """The pre-release holds of one claim."""

    def __init__(
        self,
        claim: Claim,
        plans: Mapping[LineNumber, Plan],
        reviews: PriorReviewInput,
        now: datetime,
        reference: ReferenceData,
    ) -> None:
        self._claim, self._reviews, self._now, self._reference = claim, reviews, now, reference
        self._plans = tuple({plan.plan_id: plan for plan in plans.values()}.values())

    def may_release_early(self, ready: Determination | None) -> bool:
        """Return whether ready lines may be decided before the others: not if a hold would pend them."""
        if ready is None or self._reviews.returns:
            return False
        holds = (self._amount(ready), self._quality(ready))
        return not any(hold is not None and hold.finding.pend for hold in holds)

    def applied_to(self, decision: Determination) -> Decision:
        """Return the decision, or its pends. Lines that were sent back come first; holds apply after they are decided again."""
        open_lines = unanswered(self._claim, self._reviews.settlements, self._reviews.returns)
        holds = () if open_lines else (self._amount(decision), self._quality(decision))
        found = [*map(_Hold, open_lines), *(each for each in holds if each is not None)]
        if not found:
            return decision
        notes = tuple(each.finding for each in found)
        if not any(each.finding.pend for each in found):
            lines = (replace(line, findings=(*line.findings, *notes)) for line in decision.lines)
            return replace(decision, lines=tuple(lines))
        pends = tuple(self._pend(each, each.finding.pend) for each in found if each.finding.pend)
        findings = dict.fromkeys(finding for line in decision.lines for finding in line.findings)
        return Pended(self._claim.claim_id, pends, (*findings, *notes), self._reference.content_hash)

    def _amount(self, decision: Determination) -> _Hold | None:
        """Hold an amount above the plan's limit for a supervisor, unless the replaced claims were already paid as much."""
        authorities = [plan.authority for plan in self._plans if plan.authority is not None]
        authority = min(authorities, key=lambda each: each.amount, default=None)
        if authority is None or decision.paid <= max(authority.amount, self._reviews.replaced):
            return None
        amounts = (Evidence("amount", f"{decision.paid:.2f}"), Evidence("authority", f"{authority.amount:.2f}"))
        approvals = [each for each in self._reviews.settlements if each.outcome == outcomes.ABOVE_AUTHORITY]
        approved = max(approvals, key=lambda each: Decimal(each.about), default=None)
        finding = Finding(Step.PRICING, outcomes.ABOVE_AUTHORITY, Verdict.NOTES, authority.citation, None, amounts)
        if approved is not None and decision.paid <= Decimal(approved.about):
            return _Hold(_settled(finding, approved))
        earlier = () if approved is None else (Evidence("approved_before", approved.about),)
        held = replace(finding, evidence=(*amounts, *earlier))
        return self._held(held, AMOUNT_PEND, f"{decision.paid:.2f}", decision)

    def _quality(self, decision: Determination) -> _Hold | None:
        """Hold the decision for quality if the sample takes the claim, or if quality already acted on an earlier decision."""
        stratum = _stratum(self._claim, decision, self._reviews.settlements)
        samples = [(plan.sample, plan.plan_id) for plan in self._plans if plan.sample is not None]
        passes = [each for each in self._reviews.settlements if each.outcome == outcomes.SAMPLED]
        acted = passes or any(back.outcome == outcomes.SAMPLED for back in self._reviews.returns)
        taken = [each for each in samples if acted or each[0].takes(self._claim.claim_id, stratum)]
        if not taken:
            return None
        (sample, by), decided = min(taken, key=lambda each: each[1]), mark(decision)
        evidence = (Evidence("decision", decided), Evidence("stratum", stratum), Evidence("sampled_by", by))
        finding = Finding(Step.PRICING, outcomes.SAMPLED, Verdict.NOTES, sample.citation, None, evidence)
        passed = next((each for each in passes if each.about == decided), None)
        if passed is not None:
            return _Hold(_settled(finding, passed))
        until = self._held_until(sample)
        finding = replace(finding, evidence=(*evidence, Evidence("held_until", until.isoformat())))
        if self._now >= until:
            return _Hold(replace(finding, outcome=outcomes.NOT_LOOKED_AT))
        return self._held(finding, QUALITY_PEND, decided, decision, until)

    def _held(
        self, finding: Finding, code: PendCode, about: str, decision: Determination, until: datetime | None = None
    ) -> _Hold:
        detail = ProposalDetail(proposed_lines(decision, self._reviews.settlements), until)
        return _Hold(replace(finding, verdict=Verdict.PENDS, pend=code, detail=detail), about, until)

    def _pend(self, held: _Hold, code: PendCode) -> Pend:
        """Build the pend, due some days from now (not from receipt: earlier pends took time), before the legal deadline."""
        rule = self._reference.pends[code]
        return Pend(
            code=code,
            outcome=held.finding.outcome,
            line=held.finding.line,
            owner=rule.owner,
            priority=rule.priority,
            due_at=min(self._now + timedelta(days=rule.due_days), held.due_by or self._legally_due()),
            about=held.about,
        )

    def _held_until(self, sample: QualitySample) -> datetime:
        return self._legally_due() - timedelta(hours=sample.released_hours)

    def _legally_due(self) -> datetime:
        """Return when the first open legal deadline of the claim ends; without one, when the plan's own time to decide ends."""
        times = self._reviews.times
        states = () if times is None else claim_deadlines(times, self._reference, self._now)
        open_ones = (state for state in states if isinstance(state, DeadlineState) and state.met_at is None)
        due = [state.due_at for state in open_ones if state.due_at is not None]
        own = (self._claim.received_at + timedelta(days=plan.decision_days) for plan in self._plans)
        return min(due or own)


def held_until(decision: Pended) -> datetime | None:
    """Return when a claim sampled for quality is released without a check; None if it has no quality hold."""
    details = (finding.detail for finding in decision.findings if finding.pend == QUALITY_PEND)
    return next((detail.held_until for detail in details if isinstance(detail, ProposalDetail)), None)


def _stratum(claim: Claim, decision: Determination, settlements: Sequence[Settlement]) -> Stratum:
    """Return the sampling group. An author of a document counts as a person only where no other document is anonymous."""
    settled = any(each.outcome not in outcomes.HOLDS for each in settlements)
    authors = {(fact.document is None, fact.author is None) for fact in claim.supporting}
    anonymous = (False, True) in authors
    if settled or (True, False) in authors or ((False, False) in authors and not anonymous):
        return Stratum.BY_PEOPLE
    if any(line.disposition is Disposition.DENIED for line in decision.lines):
        return Stratum.DENIED
    if anonymous and any(f.outcome == outcomes.NECESSITY_MET for line in decision.lines for f in line.findings):
        return Stratum.ANONYMOUS
    return Stratum.APPROVED


def _settled(finding: Finding, settlement: Settlement) -> Finding:
    """Add to a finding which reviewer approved the amount or passed the decision."""
    done = "approved" if finding.outcome == outcomes.ABOVE_AUTHORITY else "passed"
    by = (
        Evidence("settled", f"{done} {settlement.about}"),
        Evidence("settled_by", settlement.person_id),
        Evidence("role", settlement.role),
    )
    return replace(finding, evidence=(*finding.evidence, *by))
