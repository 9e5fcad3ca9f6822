"""The price of an approved line: the contract rate, the charge if that is lower, and otherwise nobody's guess.

No national price exists for the spine MRS family (contractor-priced, zero relative value units): a line without
a rate waits for manual pricing and never pays the charge.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from adjudication.claim import ClaimLine
from adjudication.reference import Plan, ReferenceData

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Price:
    """What the plan pays for a line, in US dollars. Cost share is not this system's job."""

    paid: Decimal
    rate: Decimal


def price_line(
    line: ClaimLine, plan: Plan, reference: ReferenceData, set_by_hand: Decimal | None = None
) -> Price | None:
    """Return the lesser of rate times units and the charge; None where no rate is in force and nobody set one."""
    rate = reference.rate(plan.rate_schedule, line.code, line.service_date)
    amount = set_by_hand if rate is None else rate.amount
    if amount is None:
        return None
    allowed = (amount * line.units).quantize(CENT, ROUND_HALF_UP)
    return Price(min(allowed, line.charge), amount)
