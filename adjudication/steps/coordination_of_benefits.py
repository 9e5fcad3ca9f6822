"""Coordination of benefits: who pays a line first, by the coverage feed and what the claim carries (domain: B1 step 6, C1).

No line is paid as primary while another payer is known to be, and none as secondary on a guess: what is not told, not
settled, contradictory or not clear waits for the coordination unit (P-COB).
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
from adjudication.model.vocabulary import OutcomeCode, Step, Verdict

EXPLANATION: Final = "explanation-of-benefits"
"""The kind of document that tells what another payer did (policies/facts.yaml)."""

_CONTRACT: Final = "CO"
_PATIENT: Final = "PR"


def coordinate(
    claim: Claim, line: ClaimLine, others: Sequence[OtherCoverage], rules: CoordinationRules
) -> tuple[Finding, ...]:
    """Judge the order of payers of one line; `others` are those in force on its date of service.

    Nothing is found where nobody tells of another payer: coverage that nobody knows of holds no claim.
    """
    orders: dict[str, set[PayerOrder]] = {}
    for other in others:
        orders.setdefault(other.payer_id, set()).add(other.order)
    primary = {payer for payer, order in orders.items() if order == {PayerOrder.PRIMARY}}
    told = _told(claim, line)
    counted = (Evidence("other_payers", str(len(orders))), Evidence("prior_payers_told", str(len(told))))
    if any(len(order) > 1 or PayerOrder.UNKNOWN in order for order in orders.values()):
        return (_waits(outcomes.ORDER_UNKNOWN, line, rules, counted),)
    if primary - told.keys():
        return (_waits(outcomes.PRIMARY_NOT_TOLD, line, rules, counted),)
    if told.keys() - primary:
        return (_waits(outcomes.PAYER_CONTRADICTS, line, rules, counted),)
    if told:
        return (_after(claim, line, tuple(told.values()), rules),)
    return (_passes(outcomes.SECONDARY_TO_US, line, rules, counted),) if orders else ()


def _told(claim: Claim, line: ClaimLine) -> Mapping[str, PayerAdjudication]:
    """The newest adjudication of each payer that tells of the line, or of the claim as a whole."""
    newest: dict[str, PayerAdjudication] = {}
    for each in claim.other_payers:
        before = newest.get(each.payer_id)
        if before is None or before.adjudicated_on <= each.adjudicated_on:
            newest[each.payer_id] = each
    return {
        payer: told
        for payer, told in newest.items()
        if not told.lines or len(claim.lines) == 1 or any(each.line == line.number for each in told.lines)
    }


def _after(claim: Claim, line: ClaimLine, told: tuple[PayerAdjudication, ...], rules: CoordinationRules) -> Finding:
    """Find what the payers before us leave of the line; what cannot be read off it waits for a person."""
    evidence = (
        Evidence("adjudicated_on", max(each.adjudicated_on for each in told).isoformat()),
        *(Evidence("told_by", each.source) for each in told),
    )
    only = len(claim.lines) == 1
    charges = {each.number: each.charge for each in claim.lines}
    lines = [each.of(line.number, only_line=only) for each in told]
    known = [each for each in lines if each is not None]
    spread = any(each.adjustments for each in told) and not only
    if len(known) < len(lines) or spread or any(any(out_of_balance(each, charges)) for each in told):
        return _waits(outcomes.PRIMARY_UNCLEAR, line, rules, evidence)
    if any(_denied(each, line, rules) for each in known):
        return _waits(outcomes.PRIMARY_DENIED, line, rules, evidence)
    prior = _prior(line, known)
    if any(_unreadable(each, rules) for each in known) or prior.paid > line.charge:
        return _waits(outcomes.PRIMARY_UNCLEAR, line, rules, evidence)
    amounts = (
        Evidence("prior_payers", str(prior.payers)),
        Evidence("charge", str(prior.charge)),
        Evidence("prior_paid", str(prior.paid)),
        Evidence("patient_share", str(prior.share)),
        Evidence("accepted", str(prior.accepted)),
    )
    return replace(_passes(outcomes.AFTER_PRIOR_PAYER, line, rules, (*amounts, *evidence)), detail=prior)


def _denied(told: PayerLine, line: ClaimLine, rules: CoordinationRules) -> bool:
    """Say that a payer allowed nothing of a line that was charged: nothing paid, and no share of it left."""
    share = any(a.group == _PATIENT and a.carc in rules.cost_share for a in told.adjustments)
    return line.charge > 0 and not told.paid and not share


def _unreadable(told: PayerLine, rules: CoordinationRules) -> bool:
    """Say that an adjustment does not tell what was allowed: taken back, or told to the patient as not covered."""
    return any(a.amount < 0 or (a.group == _PATIENT and a.carc not in rules.cost_share) for a in told.adjustments)


def _prior(line: ClaimLine, told: Sequence[PayerLine]) -> PriorPayment:
    """Put payers before us together: all of their payments, and the share that the last of them left."""
    return PriorPayment(
        payers=len(told),
        charge=line.charge,
        paid=sum((each.paid for each in told), Decimal(0)),
        share=min(adjusted(each.adjustments, _PATIENT) for each in told),
        accepted=min(line.charge - adjusted(each.adjustments, _CONTRACT) for each in told),
    )


def _passes(outcome: OutcomeCode, line: ClaimLine, rules: CoordinationRules, evidence: tuple[Evidence, ...]) -> Finding:
    return Finding(Step.COORDINATION, outcome, Verdict.PASSES, rules.order, line.number, evidence)


def _waits(outcome: OutcomeCode, line: ClaimLine, rules: CoordinationRules, evidence: tuple[Evidence, ...]) -> Finding:
    return Finding(Step.COORDINATION, outcome, Verdict.PENDS, rules.order, line.number, evidence, COORDINATION_PEND)
