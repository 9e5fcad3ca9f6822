"""The price of an approved line: the contract rate of the part it bills, or the charge if that is lower.

A rate pays one part of a service (global, technical or professional) on one kind of claim form. A person prices lines that the
loaded rates and modifier effects do not cover (P-PRICE): no rate for the part, a modifier without a loaded effect, a
reduction for several studies. No national price exists for the spine MRS family (contractor-priced). After another
payer only our share of the price is paid.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from adjudication.model import outcomes
from adjudication.model.claim import ClaimLine
from adjudication.model.components import billed_component
from adjudication.model.findings import Citation, Evidence, Finding
from adjudication.model.other_payers import PriorPayment
from adjudication.model.prices import PriceEffect
from adjudication.model.reference import CoordinationRules, Plan, ReferenceData
from adjudication.model.vocabulary import ClaimForm, OutcomeCode, Step, Verdict
from adjudication.quick_values import quick
from adjudication.steps.secondary_payment import prior_payment, secondary_adjustments, secondary_payment

CENT = Decimal("0.01")
_WHOLE = Decimal(100)
_PACKAGING = "hospital outpatient packaging and composite rates"


@quick
@dataclass(frozen=True, slots=True)
class Price:
    """The plan's payment for a line, in US dollars, and how it was computed. Cost share is not this system's job."""

    paid: Decimal
    rate: Decimal
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class ByHand:
    """The loaded tables do not price a line; `why` says which entry is missing, `citation` whose rule it is."""

    why: str
    citation: Citation | None = None


@quick
@dataclass(frozen=True, slots=True)
class Share:
    """The plan's share of a price, in US dollars, with the adjustments (by outcome) that make up the rest of the charge."""

    paid: Decimal
    adjustments: tuple[tuple[OutcomeCode, Decimal], ...]
    reason: OutcomeCode
    findings: tuple[Finding, ...] = ()
    prior_payers: int = 0


def our_share(
    line: ClaimLine, plan: Plan, price: Price, findings: Iterable[Finding], rules: CoordinationRules
) -> Share:
    """Return the whole price, or after a prior payer (from the line's findings) the remainder under the plan's method."""
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
    line: ClaimLine,
    form: ClaimForm,
    plan: Plan,
    reference: ReferenceData,
    set_by_hand: Decimal | None = None,
    by_hand: ByHand | None = None,
) -> Price | ByHand:
    """Return the lesser of rate times units and the charge, or why a person must set the price first.

    `by_hand`: why only a person can price it, regardless of loaded rates. Otherwise a loaded price takes precedence over one set by a person
    (US dollars per unit).
    """
    terms = by_hand or _purchased(line, plan, reference) or _terms(line, form, plan, reference)
    if isinstance(terms, ByHand):
        return terms if set_by_hand is None else _times_units(line, set_by_hand, ())
    return terms


def _purchased(line: ClaimLine, plan: Plan, reference: ReferenceData) -> ByHand | None:
    """Return why a service that the biller bought from another provider has no loaded price; None where it bought none."""
    if line.purchased_from is None:
        return None
    why = "the biller bought the service from another provider"
    return ByHand(why, reference.reading.purchased.get(plan.product_line))


def _terms(line: ClaimLine, form: ClaimForm, plan: Plan, reference: ReferenceData) -> Price | ByHand:
    """Return the price that the plan's schedule and the line's modifiers give."""
    schedule = plan.schedule(form)
    if schedule is None:
        return ByHand("the plan has no schedule for institutional claims")
    procedure = reference.procedure(line.code, line.service_date)
    component = None if procedure is None else billed_component(line.modifiers, form, procedure.pc_tc)
    if component is None:
        return ByHand("the modifiers do not show which part is billed")
    rate = reference.rate(schedule, line.code, line.service_date, component)
    if rate is None:
        return ByHand(f"no {component} rate is loaded")
    percents: list[Decimal] = []
    shown = [Evidence("component", component)]
    for modifier in dict.fromkeys(line.modifiers):
        effect = reference.modifier_price(modifier, form, component, schedule, line.service_date)
        if effect is None or effect.effect is PriceEffect.MANUAL:
            return ByHand(f"modifier {modifier} has no loaded effect on the rate")
        if effect.percent is not None:
            percents.append(effect.percent)
            shown.append(Evidence(f"modifier {modifier}", f"{effect.percent} percent"))
    if len(percents) > 1:
        return ByHand("more than one modifier reduces the rate")
    if form is ClaimForm.INSTITUTIONAL:
        shown.append(Evidence("not_applied", _PACKAGING))
    amount = rate.amount * (percents[0] if percents else _WHOLE) / _WHOLE
    return _times_units(line, amount, tuple(shown))


def _times_units(line: ClaimLine, amount: Decimal, shown: tuple[Evidence, ...]) -> Price:
    allowed = (amount * line.units).quantize(CENT, ROUND_HALF_UP)
    return Price(min(allowed, line.charge), amount, shown)
