"""The last look before release: what would be determined waits for a supervisor or for quality, where the plan says so.

An approval holds for the amount approved and less; a pass of quality for the decision that was looked at. Either is
asked for anew when a later fold pays more, or decides otherwise. Quality never costs a legal clock: what nobody looked
at in time is released, and its determination says so. The amount is not released by time: nobody had the authority.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from adjudication.deadlines.state import DeadlineState
from adjudication.model import outcomes
from adjudication.model.claim import Claim
from adjudication.model.determination import Decision, Determination, Disposition, Pend, Pended
from adjudication.model.findings import Evidence, Finding, ProposalDetail
from adjudication.model.pends import AMOUNT_PEND, QUALITY_PEND
from adjudication.model.reference import Plan, ReferenceData
from adjudication.model.vocabulary import LineNumber, OutcomeCode, PendCode, Step, Verdict
from adjudication.prerelease_holds.proposal import mark, proposed_lines
from adjudication.prerelease_holds.returns import SentBack, asked_anew, standing, unanswered
from adjudication.prerelease_holds.rules import QualitySample, Stratum
from adjudication.review.claim_deadlines import CaseTimes, claim_deadlines
from adjudication.review.settlements import Settlement
from adjudication.steps.determine import determine
from adjudication.steps.eligibility import EligibilityResult
from adjudication.steps.roster import contract_status


@dataclass(frozen=True, slots=True)
class PriorReviewInput:
    """What people did about the claim, and what its clocks know. `replaced`: what stands paid on claims it replaces."""

    settlements: tuple[Settlement, ...] = ()
    returns: tuple[SentBack, ...] = ()
    times: CaseTimes | None = None
    replaced: Decimal = Decimal(0)


NOTHING_SAID: Final = PriorReviewInput()


@dataclass(frozen=True, slots=True)
class _Hold:
    """A finding of the last look; one that pends says what it is `about`, and until when it is due."""

    finding: Finding
    about: str = ""
    due_by: datetime | None = None


def determine_or_hold(
    claim: Claim,
    eligibility: EligibilityResult,
    findings: Sequence[Finding],
    now: datetime,
    reference: ReferenceData,
    said: PriorReviewInput = NOTHING_SAID,
) -> Decision:
    """Fold what was found with what people settled and sent back, and hold what somebody looks at before release.

    Raises what determine raises.
    """
    stands = standing(said.settlements, said.returns) if said.returns else said.settlements
    asked = asked_anew(findings, stands, said.returns, claim)
    decision = determine(claim, eligibility, asked, now, reference, stands)
    held = said.returns or any(plan.authority or plan.sample for plan in eligibility.plans.values())
    if not held or not isinstance(decision, Determination):
        return decision
    times = said.times or CaseTimes(claim.received_at, (), ())
    plans = tuple(dict.fromkeys(plan.plan_id for plan in eligibility.plans.values()))
    # What it waited for until now it waits for no longer: it is clean.
    times = replace(times, plans=plans, pends=(), contracts=contract_status(findings))
    known = replace(said, settlements=stands, times=times)
    return _Look(claim, eligibility.plans, known, now, reference).at(decision)


class _Look:
    """The last look at one claim."""

    def __init__(
        self,
        claim: Claim,
        plans: Mapping[LineNumber, Plan],
        said: PriorReviewInput,
        now: datetime,
        reference: ReferenceData,
    ) -> None:
        self._claim, self._said, self._now, self._reference = claim, said, now, reference
        self._plans = tuple({plan.plan_id: plan for plan in plans.values()}.values())

    def at(self, decision: Determination) -> Decision:
        """Return the decision, or what it waits for. What was sent back is looked at again once it is decided anew."""
        asked = unanswered(self._claim, self._said.settlements, self._said.returns)
        looked = () if asked else (self._amount(decision), self._quality(decision))
        found = [*map(_Hold, asked), *(each for each in looked if each is not None)]
        if not found:
            return decision
        notes = tuple(each.finding for each in found)
        if not any(each.finding.pend for each in found):
            lines = (replace(line, findings=(*line.findings, *notes)) for line in decision.lines)
            return replace(decision, lines=tuple(lines))
        pends = tuple(self._pend(each, each.finding.pend) for each in found if each.finding.pend)
        told = dict.fromkeys(finding for line in decision.lines for finding in line.findings)
        return Pended(self._claim.claim_id, pends, (*told, *notes), self._reference.content_hash)

    def _amount(self, decision: Determination) -> _Hold | None:
        """Ask a supervisor for the whole amount, where a plan's authority ends below it and it is new money."""
        authorities = [plan.authority for plan in self._plans if plan.authority is not None]
        authority = min(authorities, key=lambda each: each.amount, default=None)
        if authority is None or decision.paid <= max(authority.amount, self._said.replaced):
            return None
        amounts = (Evidence("amount", f"{decision.paid:.2f}"), Evidence("authority", f"{authority.amount:.2f}"))
        approvals = [each for each in self._said.settlements if each.outcome == outcomes.ABOVE_AUTHORITY]
        approved = max(approvals, key=lambda each: Decimal(each.about), default=None)
        told = Finding(Step.PRICING, outcomes.ABOVE_AUTHORITY, Verdict.NOTES, authority.citation, None, amounts)
        if approved is not None and decision.paid <= Decimal(approved.about):
            return _Hold(_settled(told, approved))
        earlier = () if approved is None else (Evidence("approved_before", approved.about),)
        held = replace(told, evidence=(*amounts, *earlier))
        return self._held(held, AMOUNT_PEND, f"{decision.paid:.2f}", decision)

    def _quality(self, decision: Determination) -> _Hold | None:
        """Ask quality for a look, where the sample takes the claim or quality has already spoken about it."""
        stratum = _stratum(self._claim, decision, self._said.settlements)
        samples = [(plan.sample, plan.plan_id) for plan in self._plans if plan.sample is not None]
        passes = [each for each in self._said.settlements if each.outcome == outcomes.SAMPLED]
        spoke = passes or any(back.outcome == outcomes.SAMPLED for back in self._said.returns)
        taken = [each for each in samples if spoke or each[0].takes(self._claim.claim_id, stratum)]
        if not taken:
            return None
        (sample, by), decided = min(taken, key=lambda each: each[1]), mark(decision)
        evidence = (Evidence("decision", decided), Evidence("stratum", stratum), Evidence("sampled_by", by))
        told = Finding(Step.PRICING, outcomes.SAMPLED, Verdict.NOTES, sample.citation, None, evidence)
        passed = next((each for each in passes if each.about == decided), None)
        if passed is not None:
            return _Hold(_settled(told, passed))
        until = self._held_until(sample)
        told = replace(told, evidence=(*evidence, Evidence("held_until", until.isoformat())))
        if self._now >= until:
            return _Hold(replace(told, outcome=outcomes.NOT_LOOKED_AT))
        return self._held(told, QUALITY_PEND, decided, decision, until)

    def _held(
        self, told: Finding, code: PendCode, about: str, decision: Determination, until: datetime | None = None
    ) -> _Hold:
        detail = ProposalDetail(proposed_lines(decision, self._said.settlements), until)
        return _Hold(replace(told, verdict=Verdict.PENDS, pend=code, detail=detail), about, until)

    def _pend(self, held: _Hold, code: PendCode) -> Pend:
        """Due some days from now: the claim may have waited long for others. Never later than the law's own time."""
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
        """When the first legal clock of the claim runs out; without one, the plan's own time to decide."""
        times = self._said.times
        states = () if times is None else claim_deadlines(times, self._reference, self._now)
        open_ones = (state for state in states if isinstance(state, DeadlineState) and state.met_at is None)
        due = [state.due_at for state in open_ones if state.due_at is not None]
        own = (self._claim.received_at + timedelta(days=plan.decision_days) for plan in self._plans)
        return min(due or own)


def held_until(decision: Pended) -> datetime | None:
    """Return when a claim sampled for quality is released without a check; None where it does not wait for quality."""
    details = (finding.detail for finding in decision.findings if finding.pend == QUALITY_PEND)
    return next((detail.held_until for detail in details if isinstance(detail, ProposalDetail)), None)


def _stratum(claim: Claim, decision: Determination, settlements: Sequence[Settlement]) -> Stratum:
    """People's decisions first: of those that settled or stated something; then a denial of any line."""
    settled = any(each.outcome not in outcomes.HOLDS for each in settlements)
    if settled or any(fact.author is not None for fact in claim.supporting):
        return Stratum.BY_PEOPLE
    denied = any(line.disposition is Disposition.DENIED for line in decision.lines)
    return Stratum.DENIED if denied else Stratum.APPROVED


def _settled(told: Finding, settlement: Settlement) -> Finding:
    by = (
        Evidence("settled", f"{_word(told.outcome)} {settlement.about}"),
        Evidence("settled_by", settlement.person_id),
    )
    return replace(told, evidence=(*told.evidence, *by, Evidence("role", settlement.role)))


def _word(outcome: OutcomeCode) -> str:
    return "approved" if outcome == outcomes.ABOVE_AUTHORITY else "passed"
