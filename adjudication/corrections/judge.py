"""Replacement (frequency 7) and void (8) of an earlier claim: accepted, parked, or refused (domain: B1 step 9, C1 REF*F8).

A chain grows, nothing in it is overwritten: a correction names the payer claim number of the claim it changes, and what was decided
for that claim is taken back in the same transaction that decides the change (adjudication/corrections/supersession.py). It may not
decide a line; what is accepted here is then adjudicated like any other claim.
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
    """A claim that another one changes. `lines` is its newest determination, `version` that one's number (0: none yet).
    `pending`: lines that this version leaves open.

    `changed_by` has taken it, for ever (`superseded`) or until that claim itself is decided. `by_control_number`: found
    by the submitter's own number, because no claim has the payer claim number.
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
        """Return the state of the claim for another claim that wants to change it; what that claim took back itself counts as before."""
        if self.changed_by not in (None, me):
            return OriginalState.SUPERSEDED if self.superseded else OriginalState.RESERVED
        if self.superseded:
            return OriginalState.UNDER_REVIEW if self.version <= 1 else OriginalState.FINAL
        if not self.version:
            return OriginalState.UNDER_REVIEW if self.pended else OriginalState.IN_PROCESS
        decided = [line.disposition for line in self.lines if line.disposition is not Disposition.NOT_ADJUDICATED]
        return OriginalState.DENIED if decided and set(decided) == {Disposition.DENIED} else OriginalState.FINAL


@dataclass(frozen=True, slots=True)
class ChainResult:
    """The result for a claim as the replacement, void or original that it states to be, and the claims that it supersedes.

    `named` is the claim it changes, `root` the one that began the chain: units of an authorization are counted once
    for all of it.
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
        lines = (line for given in self.superseded for line in given.lines)
        return sum((line.paid for line in lines if line.disposition is Disposition.APPROVED), Decimal(0))

    @property
    def carries_out_void(self) -> bool:
        """Return whether it takes back the claim it names, and bills nothing itself."""
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
    """Decide on a replacement or void. `chain` is the claim it names, then the one that one named, and so on.

    A wait ends when the rules say so; what was waited for is then a refusal (CARC 16), never a guess.
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
    """Return other claims' lines as a correction sees them: without the claims it changes."""
    changed = {each.claim.claim_id for each in chain}
    return tuple(line for line in history if line.claim_id not in changed) if changed else tuple(history)


def pend_for_concurrent_correction(claim: Claim, rules: ChainRules) -> Finding:
    """Return a refusal because another claim changed the same claim at the same moment; the next try sees which."""
    evidence = (Evidence("frequency", claim.frequency.value), Evidence("found_at", "commit"))
    return _chain_finding(
        outcomes.REPLACEMENT_CHAIN, ChainAnswer.WAIT, rules.of(OriginalState.RESERVED, claim), evidence
    )


def _mismatch(claim: Claim, chain: Sequence[ChainClaim], rules: ChainRules) -> _Resolved | None:
    """Return whether a correction has the patient and biller of the claim it names; otherwise the number is an error."""
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
    """A replacement with another name may correct the name, or bill another person of the family: a person says which."""
    if _alike(named, claim) is Likeness.SAME:
        return
    evidence = (Evidence("claim", named.claim_id),)
    for line in claim.lines:
        outcome, verdict = outcomes.PATIENT_UNCLEAR, Verdict.PENDS
        yield Finding(Step.INTAKE, outcome, verdict, rules.citation, line.number, evidence, PERSON_PEND)


def _resolve(me: ClaimId, frequency: Frequency, chain: Sequence[ChainClaim], rules: ChainRules) -> _Resolved:
    """Return the rules' answer for the first claim of the chain; an undecided replacement answers with its own original."""
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
