"""The price of an approved line: the contract rate, the charge if that is lower, and never a guess.

No national price exists for the spine MRS family (contractor-priced, zero relative value units): a line without
a rate waits for manual pricing and never pays the charge. After another payer only our share of the price is paid.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from adjudication.model import outcomes
from adjudication.model.claim import ClaimLine
from adjudication.model.findings import Evidence, Finding
from adjudication.model.other_payers import PriorPayment
from adjudication.model.reference import CoordinationRules, Plan, ReferenceData
from adjudication.model.vocabulary import OutcomeCode, Step, Verdict
from adjudication.steps.secondary_payment import prior_payment, secondary_adjustments, secondary_payment

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Price:
    """What the plan pays for a line, in US dollars. Cost share is not this system's job."""

    paid: Decimal
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Share:
    """What of a price is ours to pay, in US dollars, with the adjustments (by outcome) that make up the charge."""

    paid: Decimal
    adjustments: tuple[tuple[OutcomeCode, Decimal], ...]
    reason: OutcomeCode
    findings: tuple[Finding, ...] = ()
    prior_payers: int = 0


def our_share(
    line: ClaimLine, plan: Plan, price: Price, findings: Iterable[Finding], rules: CoordinationRules
) -> Share:
    """Return the whole price, or after a prior payer (from the line's findings) what the plan's method leaves."""
    prior = prior_payment(findings)
    if prior is None:
        above = line.charge - price.paid
        return Share(price.paid, ((outcomes.ABOVE_ALLOWED, above),) if above > 0 else (), outcomes.RATED)
    prior = prior.for_charge(line.charge)
    paid = secondary_payment(plan.coordination, price.paid, prior)
    coordinated = _coordinated(line, plan, price, prior, rules)
    return Share(paid, secondary_adjustments(paid, prior), outcomes.SECONDARY, (coordinated,), prior.payers)


def _coordinated(line: ClaimLine, plan: Plan, price: Price, prior: PriorPayment, rules: CoordinationRules) -> Finding:
    evidence = (
        Evidence("method", plan.coordination),
        Evidence("alone_we_pay", str(price.paid)),
        Evidence("prior_paid", str(prior.paid)),
        Evidence("prior_allowed", str(prior.allowed)),
    )
    citation = rules.methods[plan.coordination]
    return Finding(Step.PRICING, outcomes.SECONDARY, Verdict.PASSES, citation, line.number, evidence)


def price_line(
    line: ClaimLine, plan: Plan, reference: ReferenceData, set_by_hand: Decimal | None = None
) -> Price | None:
    """Return the lesser of rate times units and the charge; None where no rate is in force and none was set by hand."""
    rate = reference.rate(plan.rate_schedule, line.code, line.service_date)
    amount = set_by_hand if rate is None else rate.amount
    if amount is None:
        return None
    allowed = (amount * line.units).quantize(CENT, ROUND_HALF_UP)
    return Price(min(allowed, line.charge), amount)
