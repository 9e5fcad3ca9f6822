"""Reverses a decided claim, and decides the void that requests it.

A reversal negates the version it supersedes, amount by amount (835: CLP02 22 with negated CAS), so that what was paid
and what is taken back add up to nothing. A claim or line still under review has nothing to negate: it is withdrawn at zero.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from adjudication.corrections.judge import ChainClaim, ChainResult, CurrentLine
from adjudication.corrections.rules import ChainRules, OriginalState
from adjudication.model import outcomes
from adjudication.model.claim import Claim, ClaimLine
from adjudication.model.determination import Determination, Disposition, LineDetermination
from adjudication.model.findings import Evidence, Finding
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import Frequency, OutcomeCode, Step, Verdict

_ZERO = Decimal(0)


def taken_back(original: ChainClaim, by: Claim, decided_at: datetime, reference: ReferenceData) -> Determination:
    """Return the next version of a claim superseded by `by`: reversed if it was decided, else withdrawn."""
    outcome = outcomes.VOIDED if by.frequency is Frequency.VOID else outcomes.REPLACED
    finding = _note(outcome, by, reference.chain, Evidence("by_claim", by.claim_id))
    if original.version:
        undecided = [line for line in original.claim.lines if line.number in original.pending]
        lines = (
            *(_reversed(line, outcome, finding) for line in original.lines),
            *(_withdrawn(line, outcome, finding) for line in undecided),
        )
    else:
        lines = tuple(_withdrawn(line, outcome, finding) for line in original.claim.lines)
    return Determination(
        original.claim.claim_id,
        decided_at,
        lines,
        reference.content_hash,
        version=original.version + 1,
        remarks=(reference.chain.remarks[by.frequency],),
        superseded_by=by.claim_id,
        follows_open=bool(original.pending),
    )


def void_carried_out(claim: Claim, chain: ChainResult, decided_at: datetime, reference: ReferenceData) -> Determination:
    """Decide a void: it bills nothing; the claim it names is taken back with it."""
    lines = tuple(_withdrawn(line, outcomes.VOID_CARRIED_OUT, chain.findings[0]) for line in claim.lines)
    return Determination(claim.claim_id, decided_at, lines, reference.content_hash, changes=chain.named)


def _reversed(line: CurrentLine, outcome: OutcomeCode, finding: Finding) -> LineDetermination:
    return LineDetermination(
        line=line.line,
        code=line.code,
        disposition=Disposition.REVERSED,
        charge=-line.charge,
        paid=-line.paid,
        adjustments=tuple(replace(adjustment, amount=-adjustment.amount) for adjustment in line.adjustments),
        reason=outcome,
        would_also_fail=(),
        findings=(replace(finding, line=line.line),),
    )


def _withdrawn(line: ClaimLine, outcome: OutcomeCode, finding: Finding) -> LineDetermination:
    noted = replace(finding, line=line.number)
    return LineDetermination(line.number, line.code, Disposition.WITHDRAWN, _ZERO, _ZERO, (), outcome, (), (noted,))


def _note(outcome: OutcomeCode, by: Claim, rules: ChainRules, *evidence: Evidence) -> Finding:
    shown = (Evidence("frequency", by.frequency.value), *evidence)
    return Finding(Step.INTAKE, outcome, Verdict.NOTES, rules.of(OriginalState.FINAL, by).citation, None, shown)
