"""The payment of a plan on a line that other payers paid before, and the adjustments that balance the line.

The prior payers' impact (CARC 23, group OA) is what the provider has posted already: their payments and write-offs. We
pay the rest or write it off under our own contract (CARC 45), so that the provider posts nothing twice (X12 835 TR3
1.10.2.13). The order of payers is decided in adjudication/steps/coordination_of_benefits.py; its finding carries the
amounts.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from adjudication.model import outcomes
from adjudication.model.findings import Finding
from adjudication.model.other_payers import PriorPayment
from adjudication.model.vocabulary import CoordinationMethod, OutcomeCode, Verdict


def prior_payment(findings: Iterable[Finding]) -> PriorPayment | None:
    """Return the earlier payers' payment on the line of these findings; None where we are the primary payer."""
    for finding in findings:
        if finding.outcome == outcomes.AFTER_PRIOR_PAYER and finding.verdict is Verdict.PASSES:
            return finding.detail if isinstance(finding.detail, PriorPayment) else None
    return None


def secondary_payment(method: CoordinationMethod, own: Decimal, prior: PriorPayment) -> Decimal:
    """Return our payment after `prior`; `own` is our payment without other payers. Never below zero, never above `own`.

    Under every method the provider gets no more than the prior payers' contracts oblige it to accept: an amount that it may
    not charge is not an expense of the member (NAIC MO-120, section 3; 42 CFR 411.33(a)(1)).
    """
    higher = max(own, prior.allowed)
    ceilings = {
        CoordinationMethod.STANDARD: higher,
        CoordinationMethod.MEDICAID: own,
        CoordinationMethod.MEDICARE: higher,
    }
    return max(Decimal(0), min(own, min(ceilings[method], prior.accepted) - prior.paid))


def secondary_adjustments(paid: Decimal, prior: PriorPayment) -> tuple[tuple[OutcomeCode, Decimal], ...]:
    """Return the adjustments of a line on which we pay `paid` after `prior`, by outcome; with `paid` they make the charge."""
    impact = prior.charge - max(paid, prior.share)
    ours = max(Decimal(0), prior.share - paid)
    return tuple(
        (outcome, amount)
        for outcome, amount in ((outcomes.PRIOR_PAYER, impact), (outcomes.ABOVE_ALLOWED, ours))
        if amount
    )
