"""Accepts, pends or refuses a replacement (frequency code 7) or void (8) of an earlier claim (837: CLM05-3, REF*F8).

A correction names the payer claim number of the claim that it changes. The decision on that claim is not overwritten: it is
reversed in the same transaction that decides the correction (adjudication/corrections/supersession.py). No line is decided
here; an accepted replacement is then adjudicated like any other claim.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from adjudication.corrections.rules import ChainAnswer, ChainRule, ChainRules, OriginalState
from adjudication.model import outcomes
from adjudication.model.claim import Claim
from adjudication.model.determination import Adjustment, Disposition
from adjudication.model.findings import Evidence, Finding
from adjudication.model.history import HistoryLine
from adjudication.model.pends import CORRECTION_PEND, PERSON_PEND
from adjudication.model.persons import Likeness, mutual_likeness
from adjudication.model.vocabulary import ClaimId, Frequency, LineNumber, OutcomeCode, Step, Verdict


@dataclass(frozen=True, slots=True)
class CurrentLine:
    """A line from the newest determination of its claim; amounts in US dollars."""

    line: LineNumber
    code: str
    disposition: Disposition
    charge: Decimal
    paid: Decimal
    adjustments: tuple[Adjustment, ...] = ()


@dataclass(frozen=True, slots=True)
class ChainClaim:
    """A claim that another one changes. `lines`: its newest determination; `version`: that determination's number (0: none yet).
    `pending`: lines that this version leaves open.

    `changed_by`: the correction that reserved or superseded it. `superseded`: final; otherwise the reservation lasts until
    that correction is decided. `by_control_number`: found by the submitter's claim control number, because no claim has
    the payer claim number.
    """

    claim: Claim
    version: int = 0
    pended: bool = False
    lines: tuple[CurrentLine, ...] = ()
    changed_by: ClaimId | None = None
    superseded: bool = False
    by_control_number: bool = False
    pending: tuple[LineNumber, ...] = ()

    def state_for(self, me: ClaimId) -> OriginalState:
        """Return the state of the claim for a correction. If that correction itself superseded it, return the state before."""
        if self.changed_by not in (None, me):
            return OriginalState.SUPERSEDED if self.superseded else OriginalState.RESERVED
        if self.superseded:  # The reversal is the newest version: version 1 means that nothing was decided before it.
            return OriginalState.UNDER_REVIEW if self.version <= 1 else OriginalState.FINAL
        if not self.version:
            return OriginalState.UNDER_REVIEW if self.pended else OriginalState.IN_PROCESS
        decided = [line.disposition for line in self.lines if line.disposition is not Disposition.NOT_ADJUDICATED]
        return OriginalState.DENIED if decided and set(decided) == {Disposition.DENIED} else OriginalState.FINAL


@dataclass(frozen=True, slots=True)
class ChainResult:
    """The result for a claim as the replacement, void or original that it claims to be, and the claims that it supersedes.

    `named`: the claim that it changes. `root`: the first claim of the chain; units of an authorization are counted once
    for the whole chain.
    """

    answer: ChainAnswer
    findings: tuple[Finding, ...] = ()
    superseded: tuple[ChainClaim, ...] = ()
    named: ClaimId | None = None
    root: ClaimId | None = None
    voids: bool = False

    @property
    def is_adjudicated(self) -> bool:
        """Return whether its lines are adjudicated: an original, or a replacement that was accepted."""
        return self.answer is ChainAnswer.ACCEPT and not self.voids

    @property
    def replaced_paid(self) -> Decimal:
        """The amount paid, in US dollars, on the superseded claims; only what exceeds it is new money."""
        lines = (line for original in self.superseded for line in original.lines)
        return sum((line.paid for line in lines if line.disposition is Disposition.APPROVED), Decimal(0))

    @property
    def carries_out_void(self) -> bool:
        """Return whether it is an accepted void, which supersedes the named claim and bills nothing itself."""
        return self.answer is ChainAnswer.ACCEPT and self.voids


NO_CHAIN: Final = ChainResult(ChainAnswer.ACCEPT)
"""An original claim: it changes nothing."""

WAITS: Final = ChainResult(ChainAnswer.WAIT)
"""A correction that cannot be judged yet; it is not adjudicated and supersedes nothing."""


@dataclass(frozen=True, slots=True)
class _Resolved:
    answer: ChainAnswer
    outcome: OutcomeCode
    standing: str
    rule: ChainRule | None = None
    superseded: tuple[ChainClaim, ...] = ()


def judge_chain(claim: Claim, chain: Sequence[ChainClaim], as_of: datetime, rules: ChainRules) -> ChainResult:
    """Decide on a replacement or void. `chain`: the named claim, then the claim which that one names, and so on.

    After the wait of the rules ends, a correction that cannot be judged is refused (CARC 16).
    """
    if claim.frequency is Frequency.ORIGINAL:
        return NO_CHAIN
    over = as_of >= claim.received_at + timedelta(days=rules.wait_days)
    known = tuple(chain)
    if known and known[0].by_control_number and not (over and rules.control_number_after_wait):
        known = ()
    found = _mismatch(claim, known, rules) or _resolve(claim.claim_id, claim.frequency, known, rules)
    answer = ChainAnswer.REFUSE if found.answer is ChainAnswer.WAIT and over else found.answer
    accepted = answer is ChainAnswer.ACCEPT
    findings: tuple[Finding, ...] = (_finding(claim, known, answer, found, rules),)
    if accepted and claim.frequency is Frequency.REPLACEMENT:
        findings = (*findings, *_unclear(claim, known[0].claim, rules))
    return ChainResult(
        answer,
        findings,
        found.superseded if accepted else (),
        known[0].claim.claim_id if accepted else None,
        known[-1].claim.claim_id if accepted else None,
        claim.frequency is Frequency.VOID,
    )


def history_without(chain: Sequence[ChainClaim], history: Sequence[HistoryLine]) -> tuple[HistoryLine, ...]:
    """Return the history for a correction, without the lines of the claims that it changes."""
    changed = {each.claim.claim_id for each in chain}
    return tuple(line for line in history if line.claim_id not in changed) if changed else tuple(history)


def pend_for_concurrent_correction(claim: Claim, rules: ChainRules) -> Finding:
    """Return a pending finding: another correction changed the same claim first. The next run reads that correction."""
    evidence = (Evidence("frequency", claim.frequency.value), Evidence("found_at", "commit"))
    return _chain_finding(
        outcomes.REPLACEMENT_CHAIN, ChainAnswer.WAIT, rules.of(OriginalState.RESERVED, claim), evidence
    )


def _mismatch(claim: Claim, chain: Sequence[ChainClaim], rules: ChainRules) -> _Resolved | None:
    """Return a refusal if the patient or the biller differs from the named claim, so that its number must be wrong."""
    if not chain:
        return None
    named = chain[0].claim
    standing = "mismatch"
    if named.claim_id == claim.claim_id or named.frequency is Frequency.VOID:
        return _Resolved(ChainAnswer.REFUSE, outcomes.NOT_CHANGEABLE, standing)
    if named.member.member_id != claim.member.member_id or _alike(named, claim) is Likeness.OTHER:
        return _Resolved(ChainAnswer.REFUSE, outcomes.OTHER_MEMBER, standing)
    if rules.same_biller and named.billing.npi != claim.billing.npi:
        return _Resolved(ChainAnswer.REFUSE, outcomes.OTHER_BILLER, standing)
    return None


def _alike(named: Claim, claim: Claim) -> Likeness:
    return mutual_likeness(named.member.person, claim.member.person)


def _unclear(claim: Claim, named: Claim, rules: ChainRules) -> Iterator[Finding]:
    """Pend a replacement with another name: it may correct the name, or bill for another person of the family."""
    if _alike(named, claim) is Likeness.SAME:
        return
    evidence = (Evidence("claim", named.claim_id),)
    for line in claim.lines:
        outcome, verdict = outcomes.PATIENT_UNCLEAR, Verdict.PENDS
        yield Finding(Step.INTAKE, outcome, verdict, rules.citation, line.number, evidence, PERSON_PEND)


def _resolve(me: ClaimId, frequency: Frequency, chain: Sequence[ChainClaim], rules: ChainRules) -> _Resolved:
    """Return the rule for the named claim; if that is an undecided replacement, also for the claim that it replaces."""
    standing = chain[0].state_for(me) if chain else OriginalState.NOT_ARRIVED
    rule = rules.rules[standing, frequency]
    outcome = rule.refused_as or outcomes.CHAIN_ACCEPTED
    if rule.answer is not ChainAnswer.ACCEPT:
        return _Resolved(rule.answer, outcome, standing.value, rule)
    named = chain[0]
    superseded = () if named.superseded else (named,)
    if standing is OriginalState.UNDER_REVIEW and named.claim.frequency is not Frequency.ORIGINAL:
        below = _resolve(named.claim.claim_id, named.claim.frequency, chain[1:], rules)
        if below.answer is not ChainAnswer.ACCEPT:
            return _Resolved(ChainAnswer.WAIT, outcomes.ORIGINAL_NOT_FINAL, standing.value, rule)
        superseded = (*superseded, *below.superseded)
    return _Resolved(ChainAnswer.ACCEPT, outcomes.CHAIN_ACCEPTED, standing.value, rule, superseded)


def _finding(
    claim: Claim, chain: Sequence[ChainClaim], answer: ChainAnswer, found: _Resolved, rules: ChainRules
) -> Finding:
    evidence = [Evidence("frequency", claim.frequency.value)]
    if chain:
        evidence.append(Evidence("original", chain[0].claim.claim_id))
    evidence.append(Evidence("standing", found.standing))
    if answer is ChainAnswer.WAIT:
        until = claim.received_at + timedelta(days=rules.wait_days)
        evidence.append(Evidence("waits_until", until.date().isoformat()))
    outcome = outcomes.REPLACEMENT_CHAIN if answer is ChainAnswer.WAIT else found.outcome
    return _chain_finding(outcome, answer, found.rule or rules.of(OriginalState.SUPERSEDED, claim), tuple(evidence))


def _chain_finding(
    outcome: OutcomeCode, answer: ChainAnswer, rule: ChainRule, evidence: tuple[Evidence, ...]
) -> Finding:
    verdicts = {
        ChainAnswer.ACCEPT: Verdict.PASSES,
        ChainAnswer.WAIT: Verdict.PENDS,
        ChainAnswer.REFUSE: Verdict.DENIES,
    }
    pend = CORRECTION_PEND if answer is ChainAnswer.WAIT else None
    return Finding(Step.INTAKE, outcome, verdicts[answer], rule.citation, None, evidence, pend)
