"""Coordination of benefits: who pays a line first, by the coverage feed and the claim's own statements (domain: B1 step 6, C1).

We never pay a line as primary while the coverage feed names another primary payer, and never pay as secondary on a guess.
The line pends for the coordination unit (P-COB) if the primary payer's adjudication is missing, if the order of payers is
unknown, if claim and coverage feed contradict each other, or if the primary payer's amounts are unclear.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from adjudication.model import outcomes
from adjudication.model.claim import Claim, ClaimLine
from adjudication.model.findings import Evidence, Finding
from adjudication.model.other_payers import (
    OtherCoverage,
    PayerAdjudication,
    PayerLine,
    PayerOrder,
    PriorPayment,
    adjusted,
    out_of_balance,
)
from adjudication.model.pends import COORDINATION_PEND
from adjudication.model.reference import CoordinationRules
from adjudication.model.vocabulary import LineNumber, OutcomeCode, Step, Verdict

EXPLANATION: Final = "explanation-of-benefits"
"""The kind of document that reports another payer's payment (policies/facts.yaml)."""

PRIOR_DECISION_OPEN: Final = frozenset(
    {outcomes.PRIMARY_DENIED, outcomes.PRIMARY_UNCLEAR, outcomes.PRIMARY_RULES_NOT_FOLLOWED}
)
"""A payer before us decided the line, and a person finds out how much of it is left."""

_CONTRACT: Final = "CO"  # claim adjustment group: contractual obligation
_PATIENT: Final = "PR"  # claim adjustment group: patient responsibility


class PriorDecisions:
    """Other payers' decisions on one claim: each payer's newest adjudication, read once for all lines."""

    def __init__(self, claim: Claim) -> None:
        """Keep the newest adjudication of each payer, with its lines by number."""
        newest: dict[str, PayerAdjudication] = {}
        for each in claim.other_payers:
            before = newest.get(each.payer_id)
            if before is None or before.adjudicated_on <= each.adjudicated_on:
                newest[each.payer_id] = each
        self._newest = newest
        self._charges = {each.number: each.charge for each in claim.lines} if newest else {}
        self._unbalanced: dict[str, bool] = {}
        self.only_line = len(claim.lines) == 1
        self._lines: dict[str, dict[LineNumber, PayerLine]] = {}
        for payer, found in newest.items():
            for line in found.lines:
                self._lines.setdefault(payer, {}).setdefault(line.line, line)

    def received(self, line: ClaimLine) -> Mapping[str, PayerAdjudication]:
        """Return each payer's newest adjudication, if it covers the line or the claim as a whole."""
        return {
            payer: found
            for payer, found in self._newest.items()
            if not found.lines or self.only_line or line.number in self._lines[payer]
        }

    def of(self, prior: PayerAdjudication, line: ClaimLine) -> PayerLine | None:
        """Return a payer's newest adjudication of a line; for a claim's only line, the adjudication of the whole claim counts."""
        if self.only_line:
            return prior.of(line.number, only_line=True)
        return self._lines.get(prior.payer_id, {}).get(line.number)

    def of_other_services(self, prior: PayerAdjudication, line: ClaimLine) -> bool:
        """Return whether a payer's amounts for a line are of another procedure, or of several lines together."""
        own = self.of(prior, line)
        bundled = any(each.bundled_into == line.number for each in prior.lines)
        return bundled or (
            own is not None and (own.bundled_into is not None or own.code not in (None, line.code, line.revenue_code))
        )

    def out_of_balance(self, prior: PayerAdjudication) -> bool:
        """Return whether a payer's newest adjudication does not add up."""
        known = self._unbalanced.get(prior.payer_id)
        if known is None:
            known = self._unbalanced[prior.payer_id] = any(out_of_balance(prior, self._charges))
        return known


def coordinate(
    line: ClaimLine, prior: PriorDecisions, others: Sequence[OtherCoverage], rules: CoordinationRules
) -> tuple[Finding, ...]:
    """Find who pays one line first; `others` are the other payers in force on its date of service.

    Returns no finding if neither the coverage feed nor the claim names another payer.
    """
    orders: dict[str, set[PayerOrder]] = {}
    for other in others:
        orders.setdefault(other.payer_id, set()).add(other.order)
    primary = {payer for payer, order in orders.items() if order == {PayerOrder.PRIMARY}}
    received = prior.received(line)
    counted = (Evidence("other_payers", str(len(orders))), Evidence("prior_payers_told", str(len(received))))
    if any(len(order) > 1 or PayerOrder.UNKNOWN in order for order in orders.values()):
        return (_pend(outcomes.ORDER_UNKNOWN, line, rules, counted),)
    if primary - received.keys():
        return (_pend(outcomes.PRIMARY_NOT_RECEIVED, line, rules, counted),)
    if received.keys() - primary:
        return (_pend(outcomes.PAYER_CONTRADICTS, line, rules, counted),)
    if received:
        return (_after(line, prior, tuple(received.values()), rules),)
    return (_passes(outcomes.SECONDARY_TO_US, line, rules, counted),) if orders else ()


def _after(
    line: ClaimLine, decisions: PriorDecisions, prior: tuple[PayerAdjudication, ...], rules: CoordinationRules
) -> Finding:
    """Find how much of the line is left after the prior payers. The line pends if their amounts do not show it."""
    evidence = (
        Evidence("adjudicated_on", max(each.adjudicated_on for each in prior).isoformat()),
        *(Evidence("told_by", each.source) for each in prior),
    )
    lines = [decisions.of(each, line) for each in prior]
    known = [each for each in lines if each is not None]
    spread = any(each.adjustments for each in prior) and not decisions.only_line
    other = spread or any(decisions.of_other_services(each, line) for each in prior)
    if len(known) < len(lines) or other or any(decisions.out_of_balance(each) for each in prior):
        return _pend(outcomes.PRIMARY_UNCLEAR, line, rules, evidence)
    refused = [each for each in known if _denied(each, line, rules)]
    if refused:
        broken = all(_rules_not_followed(each, rules) for each in refused)
        outcome = outcomes.PRIMARY_RULES_NOT_FOLLOWED if broken else outcomes.PRIMARY_DENIED
        return _pend(outcome, line, rules, evidence)
    payment = _combined(line, known)
    if any(_unreadable(each, rules) for each in known) or payment.paid > line.charge:
        return _pend(outcomes.PRIMARY_UNCLEAR, line, rules, evidence)
    amounts = (
        Evidence("prior_payers", str(payment.payers)),
        Evidence("charge", str(payment.charge)),
        Evidence("prior_paid", str(payment.paid)),
        Evidence("patient_share", str(payment.share)),
        Evidence("accepted", str(payment.accepted)),
    )
    return replace(_passes(outcomes.AFTER_PRIOR_PAYER, line, rules, (*amounts, *evidence)), detail=payment)


def _denied(prior: PayerLine, line: ClaimLine, rules: CoordinationRules) -> bool:
    """Return whether the prior payer denied the line: it paid nothing and assigned no cost share to the patient."""
    share = any(a.group == _PATIENT and a.carc in rules.cost_share for a in prior.adjustments)
    return line.charge > 0 and not prior.paid and not share


def _rules_not_followed(prior: PayerLine, rules: CoordinationRules) -> bool:
    """Return whether the prior payer denied only because its own rules were not followed, such as an authorization."""
    reasons = {a.carc for a in prior.adjustments if a.amount}
    return bool(reasons) and reasons <= rules.rules_not_followed


def _unreadable(prior: PayerLine, rules: CoordinationRules) -> bool:
    """Return whether an adjustment hides the allowed amount: it is negative, or bills the patient as not covered."""
    return any(a.amount < 0 or (a.group == _PATIENT and a.carc not in rules.cost_share) for a in prior.adjustments)


def _combined(line: ClaimLine, prior: Sequence[PayerLine]) -> PriorPayment:
    """Combine the prior payers: the sum of their payments, and the smallest patient share and accepted amount."""
    return PriorPayment(
        payers=len(prior),
        charge=line.charge,
        paid=sum((each.paid for each in prior), Decimal(0)),
        share=min(adjusted(each.adjustments, _PATIENT) for each in prior),
        accepted=min(line.charge - adjusted(each.adjustments, _CONTRACT) for each in prior),
    )


def _passes(outcome: OutcomeCode, line: ClaimLine, rules: CoordinationRules, evidence: tuple[Evidence, ...]) -> Finding:
    return Finding(Step.COORDINATION, outcome, Verdict.PASSES, rules.order, line.number, evidence)


def _pend(outcome: OutcomeCode, line: ClaimLine, rules: CoordinationRules, evidence: tuple[Evidence, ...]) -> Finding:
    return Finding(Step.COORDINATION, outcome, Verdict.PENDS, rules.order, line.number, evidence, COORDINATION_PEND)
