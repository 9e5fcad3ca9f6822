"""Findings folded into one decision.

On a line the finding with the lowest precedence decides: if it denies, the line is denied with it; if it pends,
the claim waits. All others are kept as "would also fail", so an overturned edit does not restart from zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from adjudication import outcomes
from adjudication.claim import Claim, ClaimLine
from adjudication.coverage import EligibilityResult
from adjudication.determination import (
    Adjustment,
    Decision,
    Determination,
    Disposition,
    LineDetermination,
    Pend,
    Pended,
)
from adjudication.errors import UnknownOutcomeError
from adjudication.findings import Citation, Evidence, Finding
from adjudication.pricing import price_line
from adjudication.reason_codes import Remittance, check_combination
from adjudication.reference import OutcomeRule, Plan, ReferenceData
from adjudication.vocabulary import GroupCode, LineNumber, OutcomeCode, PendCode, Step, Verdict

_PRICING: Final = Citation("claims-practice", "B1 step 15: pricing")
_SYSTEM: Final = Citation("claims-practice", "F2: P-SYS, a dependency or a step failed")
_ADVERSE: Final = (Verdict.DENIES, Verdict.PENDS)


def failed_step(step: Step, error_class: str) -> Finding:
    """Say that a step raised on this claim; the class name only, since an error's text may quote the claim."""
    evidence = (Evidence("error", error_class),)
    return Finding(step, outcomes.STEP_FAILED, Verdict.PENDS, _SYSTEM, None, evidence, PendCode("P-SYS"))


def determine(
    claim: Claim,
    eligibility: EligibilityResult,
    findings: Sequence[Finding],
    decided_at: datetime,
    reference: ReferenceData,
) -> Decision:
    """Fold findings into one decision: wait if any line waits, else determine every line.

    Raises UnknownOutcomeError or CombinationError when the policy data cannot tell an outcome.
    """
    everywhere = [finding for finding in findings if finding.line is None]
    by_line: dict[LineNumber, list[Finding]] = {line.number: list(everywhere) for line in claim.lines}
    for finding in findings:
        if finding.line is not None:
            by_line[finding.line].append(finding)
    decided: list[LineDetermination] = []
    waiting: list[Finding] = []
    for line in claim.lines:
        plan = eligibility.plans.get(line.number)
        result = _decide_line(line, plan, by_line[line.number], decided_at, reference)
        if isinstance(result, LineDetermination):
            decided.append(result)
        else:
            waiting.append(result)
    if waiting:
        pends = _pends(claim, waiting, eligibility, reference)
        told = (*findings, *(f for f in waiting if f.step is Step.PRICING and f.line is not None and f not in findings))
        return Pended(claim.claim_id, pends, told, reference.content_hash)
    return Determination(claim.claim_id, decided_at, tuple(decided), reference.content_hash)


def _decide_line(
    line: ClaimLine, plan: Plan | None, findings: list[Finding], decided_at: datetime, reference: ReferenceData
) -> LineDetermination | Finding:
    """Return the line's determination, or the finding it waits for."""
    adverse = sorted(
        (finding for finding in findings if finding.verdict in _ADVERSE),
        key=lambda finding: _rank(finding, reference),
    )
    if not adverse:
        return _approve(line, plan, findings, decided_at, reference)
    primary = adverse[0]
    if primary.verdict is Verdict.PENDS:
        return primary
    return _deny(line, primary, findings, _others(primary, adverse[1:]), decided_at, reference)


def _rank(finding: Finding, reference: ReferenceData) -> tuple[int, bool, str, int]:
    """Order by precedence, and between equals the one that waits: what is not settled is not denied."""
    denies = finding.verdict is Verdict.DENIES
    return _rule(finding.outcome, reference).precedence, denies, finding.pend or "", finding.line or 0


def _others(primary: Finding, adverse: Iterable[Finding]) -> tuple[OutcomeCode, ...]:
    return tuple(dict.fromkeys(f.outcome for f in adverse if f.outcome != primary.outcome))


def _approve(
    line: ClaimLine, plan: Plan | None, findings: list[Finding], decided_at: datetime, reference: ReferenceData
) -> LineDetermination | Finding:
    price = None if plan is None else price_line(line, plan, reference)
    if price is None or plan is None:
        unpriced = (Evidence("code", line.code),)
        return Finding(
            Step.PRICING, outcomes.MANUAL_PRICING, Verdict.PENDS, _PRICING, line.number, unpriced, PendCode("P-PRICE")
        )
    evidence = (Evidence("rate", str(price.rate)), Evidence("schedule", plan.rate_schedule))
    priced = Finding(Step.PRICING, outcomes.RATED, Verdict.PASSES, plan.citation, line.number, evidence)
    above = line.charge - price.paid
    adjustments = (_adjustment(outcomes.ABOVE_ALLOWED, above, line.charge, decided_at, reference),) if above > 0 else ()
    return LineDetermination(
        line=line.number,
        code=line.code,
        disposition=Disposition.APPROVED,
        charge=line.charge,
        paid=price.paid,
        adjustments=adjustments,
        reason=outcomes.RATED,
        would_also_fail=(),
        findings=(*findings, priced),
    )


def _deny(
    line: ClaimLine,
    primary: Finding,
    findings: list[Finding],
    others: tuple[OutcomeCode, ...],
    decided_at: datetime,
    reference: ReferenceData,
) -> LineDetermination:
    return LineDetermination(
        line=line.number,
        code=line.code,
        disposition=Disposition.DENIED,
        charge=line.charge,
        paid=Decimal(0),
        adjustments=(_adjustment(primary.outcome, line.charge, line.charge, decided_at, reference),),
        reason=primary.outcome,
        would_also_fail=others,
        findings=tuple(findings),
        clinical=_rule(primary.outcome, reference).clinical,
    )


def _adjustment(
    outcome: OutcomeCode, amount: Decimal, charge: Decimal, decided_at: datetime, reference: ReferenceData
) -> Adjustment:
    rule = _rule(outcome, reference)
    if rule.carc is None:
        msg = f"outcome {outcome} denies but has no CARC; add one in policies/reason_codes/outcomes.yaml"
        raise UnknownOutcomeError(msg)
    said = Remittance(
        GroupCode(rule.group), rule.carc, rule.rarcs, amount, charge, decided_at.date(), rule.scenario == "S1"
    )
    check_combination(said, reference.combinations)
    return Adjustment(said.group, said.carc, amount, said.rarcs)


def _pends(
    claim: Claim, waiting: Iterable[Finding], eligibility: EligibilityResult, reference: ReferenceData
) -> tuple[Pend, ...]:
    """One pend per code and line, the most urgent first; the plan's own decision clock caps the due date."""
    limits = [plan.decision_days for plan in eligibility.plans.values()]
    found: dict[tuple[PendCode, LineNumber | None], Pend] = {}
    for finding in waiting:
        code = finding.pend
        if code is None or (code, finding.line) in found:
            continue
        rule = reference.pends[code]
        days = min([rule.due_days, *limits])
        found[code, finding.line] = Pend(
            code=code,
            outcome=finding.outcome,
            line=finding.line,
            owner=rule.owner,
            priority=rule.priority,
            due_at=claim.received_at + timedelta(days=days),
            releases_on=rule.releases_on,
            resume_at=rule.resume_at,
        )
    return tuple(sorted(found.values(), key=lambda pend: (pend.priority, pend.due_at, pend.code, pend.line or 0)))


def _rule(outcome: OutcomeCode, reference: ReferenceData) -> OutcomeRule:
    rule = reference.outcomes.get(outcome)
    if rule is None:
        msg = f"outcome {outcome} is not in policies/reason_codes/outcomes.yaml; add it there"
        raise UnknownOutcomeError(msg)
    return rule
