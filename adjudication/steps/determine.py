"""Combine all findings of a claim into one decision.

On each line the denying or pending finding with the lowest precedence number decides: it denies the line or pends the
claim. The decision keeps the others as "would also fail", so that overturning one does not start the review from zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from adjudication.edits.reductions import unreduced
from adjudication.model import outcomes
from adjudication.model.claim import Claim, ClaimLine
from adjudication.model.determination import (
    NOTHING_DECIDED,
    Adjustment,
    DecidedLines,
    Decision,
    Determination,
    Disposition,
    LineDetermination,
    Pend,
    Pended,
)
from adjudication.model.errors import UnknownOutcomeError
from adjudication.model.findings import Citation, Evidence, Finding
from adjudication.model.liability import ContractStatus, LiabilityFacts, liable_group
from adjudication.model.pends import DOCUMENT_PEND, PRICE_PEND, SYSTEM_PEND
from adjudication.model.reason_codes import Remittance, check_combination
from adjudication.model.reference import OutcomeRule, Plan, ReferenceData
from adjudication.model.vocabulary import (
    LineNumber,
    OutcomeCode,
    PendCode,
    PlanId,
    ProductLine,
    Step,
    Verdict,
)
from adjudication.review.claim_deadlines import CaseTimes
from adjudication.review.document_deadline import answer_by
from adjudication.review.settlements import Settled, Settlement, settle
from adjudication.steps.coordination_of_benefits import PRIOR_DECISION_OPEN
from adjudication.steps.eligibility import EligibilityResult
from adjudication.steps.inpatient_stays import priced_with_stay
from adjudication.steps.pricing import ByHand, Price, our_share, price_line
from adjudication.steps.ready_lines import ready
from adjudication.steps.roster import contract_status, contracted

_PRICING: Final = Citation("claims-practice", "B1 step 15: pricing")
_SYSTEM: Final = Citation("claims-practice", "F2: P-SYS, a dependency or a step failed")
_CONTRACT: Final = {
    True: ContractStatus.CONTRACTED,
    False: ContractStatus.NOT_CONTRACTED,
    None: ContractStatus.UNKNOWN,
}
_ADVERSE: Final = (Verdict.DENIES, Verdict.PENDS)


@dataclass(frozen=True, slots=True)
class Earlier:
    """The earlier decisions on a claim: by people on single findings, and on lines by a version of its determination."""

    settlements: Sequence[Settlement] = ()
    lines: DecidedLines = NOTHING_DECIDED


NOTHING_EARLIER: Final = Earlier()


def failed_step(step: Step, error_class: str) -> Finding:
    """Pend a claim on which a step raised an error. Only the class name is kept: an error's text may quote the claim."""
    evidence = (Evidence("error", error_class),)
    return Finding(step, outcomes.STEP_FAILED, Verdict.PENDS, _SYSTEM, None, evidence, SYSTEM_PEND)


def determine(
    claim: Claim,
    eligibility: EligibilityResult,
    findings: Sequence[Finding],
    decided_at: datetime,
    reference: ReferenceData,
    earlier: Earlier = NOTHING_EARLIER,
) -> Decision:
    """Combine the findings and the reviewers' settlements into one decision: pend if any line pends, else determine all.

    Lines decided earlier stay as they are. If the claim pends, `ready` decides the lines that do not depend on the pends.
    Raises UnknownOutcomeError or CombinationError if the policy data has no text or no rule for an outcome, and
    ClinicalDenialNeedsSignatureError when a settlement denies on clinical grounds without a signature.
    """
    settled, before = settle(findings, earlier.settlements), earlier.lines
    findings = settled.findings
    known = contract_status(findings)
    decisions = _LineDecisions(claim, settled, decided_at, reference, eligibility.lapsed, known)
    everywhere = [finding for finding in findings if finding.line is None]
    by_line: dict[LineNumber, list[Finding]] = {line.number: list(everywhere) for line in claim.lines}
    for finding in findings:
        if finding.line is not None:
            by_line[finding.line].append(finding)
    results = [decisions.line(line, eligibility.plans.get(line.number), by_line[line.number]) for line in claim.lines]
    doubtful: tuple[LineNumber, ...] = ()
    if before.version:
        results, doubtful = _with_decided(claim, results, before)
    decided = [result for result in results if isinstance(result, LineDetermination)]
    waiting = [result for result in results if isinstance(result, Finding)]
    if waiting:
        plans = tuple(dict.fromkeys(plan.plan_id for plan in eligibility.plans.values()))
        asked = CaseTimes(claim.received_at, plans, ((DOCUMENT_PEND, decided_at),), contracts=known)
        pends = _pends(asked, waiting, eligibility, decided_at, reference)
        known_prices = {finding for finding in findings if finding.step is Step.PRICING}
        unpriced = (f for f in waiting if f.step is Step.PRICING and f.line is not None and f not in known_prices)
        found = (*findings, *unpriced)
        first = ready(claim, results, eligibility.plans, before, decided_at, reference)
        return Pended(claim.claim_id, pends, found, reference.content_hash, first)
    return Determination(
        claim.claim_id,
        decided_at,
        tuple(decided),
        reference.content_hash,
        version=before.version + 1,
        repeated=tuple(line.line for line in before.lines),
        doubtful=doubtful,
        follows_open=before.version > 0,
    )


def _with_decided(
    claim: Claim, results: Sequence[LineDetermination | Finding], before: DecidedLines
) -> tuple[list[LineDetermination | Finding], tuple[LineNumber, ...]]:
    """Keep the earlier decisions on lines decided before; name those with another result today."""
    decided = before.by_line()
    kept: list[LineDetermination | Finding] = []
    doubtful: list[LineNumber] = []
    for line, result in zip(claim.lines, results, strict=True):
        stands = decided.get(line.number)
        kept.append(result if stands is None else stands)
        if stands is not None and not (
            isinstance(result, LineDetermination)
            and (result.disposition, result.paid, result.reason) == (stands.disposition, stands.paid, stands.reason)
        ):
            doubtful.append(line.number)
    return kept, tuple(doubtful)


class _LineDecisions:
    """Decides each line of one claim from its findings."""

    def __init__(
        self,
        claim: Claim,
        settled: Settled,
        decided_at: datetime,
        reference: ReferenceData,
        lapsed: Mapping[LineNumber, ProductLine],
        contracts: Mapping[PlanId, bool],
    ) -> None:
        self._claim, self._settled, self._decided_at, self._reference = claim, settled, decided_at, reference
        self._lapsed, self._contracts = lapsed, contracts

    def line(self, line: ClaimLine, plan: Plan | None, findings: list[Finding]) -> LineDetermination | Finding:
        """Return the line's determination, or the finding that pends it."""
        outside = next((f for f in findings if f.outcome == outcomes.OUTSIDE_SCOPE), None)
        if outside is not None and all(f.line is not None or f.verdict not in _ADVERSE for f in findings):
            return _not_adjudicated(line, outside)
        adverse = sorted(
            (finding for finding in findings if finding.verdict in _ADVERSE),
            key=lambda finding: _rank(finding, self._reference),
        )
        if not adverse:
            return self._approve(line, plan, findings)
        primary = self._primary(adverse)
        if primary.verdict is Verdict.PENDS:
            return primary
        liable = self._liable(line, plan, findings)
        return self._deny(line, primary, findings, _others(primary, adverse), liable)

    def _primary(self, adverse: Sequence[Finding]) -> Finding:
        """Return the finding that decides: the first, unless it asks about another payer's decision on a service that is part of another one."""
        first = adverse[0]
        if first.outcome in PRIOR_DECISION_OPEN:
            denials = (each for each in adverse if each.verdict is Verdict.DENIES)
            return next((each for each in denials if _rule(each.outcome, self._reference).included), first)
        return first

    def _approve(self, line: ClaimLine, plan: Plan | None, findings: list[Finding]) -> LineDetermination | Finding:
        by_hand = self._settled.prices.get(line.number)
        amount = None if by_hand is None else by_hand.allowed
        if plan is None:
            return _unpriced(line, ByHand("no plan is known"))
        form, reduced = self._claim.form, unreduced(findings)
        unpriced = priced_with_stay(self._claim, line, plan, findings) or (None if reduced is None else ByHand(reduced))
        price = price_line(line, form, plan, self._reference, amount, unpriced)
        if isinstance(price, ByHand):
            return _unpriced(line, price)
        share = our_share(line, plan, price, findings, self._reference.coordination)
        liable = self._liable(line, plan, findings)
        return LineDetermination(
            line=line.number,
            code=line.code,
            disposition=Disposition.APPROVED,
            charge=line.charge,
            paid=share.paid,
            adjustments=tuple(
                self._adjustment(outcome, amount, line.charge, liable) for outcome, amount in share.adjustments
            ),
            reason=share.reason,
            would_also_fail=(),
            findings=(*findings, _priced(line, plan.schedule(form), plan, price, by_hand), *share.findings),
            prior_payers=share.prior_payers,
        )

    def _deny(
        self,
        line: ClaimLine,
        primary: Finding,
        findings: list[Finding],
        others: tuple[OutcomeCode, ...],
        liable: LiabilityFacts,
    ) -> LineDetermination:
        clinical = _rule(primary.outcome, self._reference).clinical
        return LineDetermination(
            line=line.number,
            code=line.code,
            disposition=Disposition.DENIED,
            charge=line.charge,
            paid=Decimal(0),
            adjustments=(self._adjustment(primary.outcome, line.charge, line.charge, liable),),
            reason=primary.outcome,
            would_also_fail=others,
            findings=tuple(findings),
            clinical=clinical,
            signature=self._settled.signatures.get((primary.line, primary.outcome)) if clinical else None,
        )

    def _liable(self, line: ClaimLine, plan: Plan | None, findings: list[Finding]) -> LiabilityFacts:
        notice = any(finding.outcome == outcomes.STATED_NOTICE for finding in findings)
        if plan is None:
            return LiabilityFacts(self._lapsed.get(line.number), ContractStatus.UNKNOWN, notice)
        return LiabilityFacts(plan.product_line, _CONTRACT[contracted(plan, self._contracts)], notice)

    def _adjustment(self, outcome: OutcomeCode, amount: Decimal, charge: Decimal, liable: LiabilityFacts) -> Adjustment:
        rule = _rule(outcome, self._reference)
        if rule.carc is None:
            msg = f"outcome {outcome} denies but has no CARC; add one in policies/workflow/outcomes.yaml"
            raise UnknownOutcomeError(msg)
        on = self._decided_at.date()
        group = liable_group(outcome, rule.group, liable, self._reference.liability, clinical=rule.clinical)
        remittance = Remittance(group, rule.carc, rule.rarcs, amount, charge, on, rule.scenario == "S1")
        check_combination(remittance, self._reference.combinations)
        return Adjustment(remittance.group, remittance.carc, amount, remittance.rarcs)


def _not_adjudicated(line: ClaimLine, finding: Finding) -> LineDetermination:
    """Leave a line to the system that decides it; its charge is not part of this determination."""
    nothing = Decimal(0)
    outcome, disposition = outcomes.OUTSIDE_SCOPE, Disposition.NOT_ADJUDICATED
    return LineDetermination(line.number, line.code, disposition, nothing, nothing, (), outcome, (), (finding,))


def _unpriced(line: ClaimLine, by_hand: ByHand) -> Finding:
    shown = (Evidence("code", line.code), Evidence("by_hand", by_hand.why))
    cited = by_hand.citation or _PRICING
    return Finding(Step.PRICING, outcomes.MANUAL_PRICING, Verdict.PENDS, cited, line.number, shown, PRICE_PEND)


def _priced(line: ClaimLine, schedule: str | None, plan: Plan, price: Price, by_hand: Settlement | None) -> Finding:
    source = Evidence("schedule", schedule or "none")
    if by_hand is not None:
        source = Evidence("priced_by", by_hand.person_id)
    evidence = (Evidence("rate", str(price.rate)), source, *price.evidence)
    return Finding(Step.PRICING, outcomes.RATED, Verdict.PASSES, plan.citation, line.number, evidence)


def _rank(finding: Finding, reference: ReferenceData) -> tuple[int, bool, str, int]:
    """Order by precedence. At equal precedence a pend comes before a denial, because an open question must not end in a denial."""
    denies = finding.verdict is Verdict.DENIES
    return _rule(finding.outcome, reference).precedence, denies, finding.pend or "", finding.line or 0


def _others(primary: Finding, adverse: Iterable[Finding]) -> tuple[OutcomeCode, ...]:
    return tuple(dict.fromkeys(f.outcome for f in adverse if f.outcome != primary.outcome))


def _pends(
    asked: CaseTimes,
    waiting: Iterable[Finding],
    eligibility: EligibilityResult,
    now: datetime,
    reference: ReferenceData,
) -> tuple[Pend, ...]:
    """Return one pend per code and line, the most urgent first. The plan's time to decide caps the due date.

    A pend for documents is due when the provider's or the member's time to answer is over (`asked`).
    """
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
            due_at=answer_by(asked, reference, now)
            if code == DOCUMENT_PEND
            else asked.received_at + timedelta(days=days),
        )
    return tuple(sorted(found.values(), key=lambda pend: (pend.priority, pend.due_at, pend.code, pend.line or 0)))


def _rule(outcome: OutcomeCode, reference: ReferenceData) -> OutcomeRule:
    rule = reference.outcomes.get(outcome)
    if rule is None:
        msg = f"outcome {outcome} is not in policies/workflow/outcomes.yaml; add it there"
        raise UnknownOutcomeError(msg)
    return rule
