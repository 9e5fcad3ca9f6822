"""Interest on late payments: simple interest by the day, from the day after the due date to the day of payment.

May not invent a rate: a day no published rate covers is a gap. Amounts are US dollars, rounded half up to cents.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from adjudication.findings import Citation
from adjudication.vocabulary import DateRange

_CENT: Final = Decimal("0.01")
_PERCENT: Final = Decimal(100)


@dataclass(frozen=True, slots=True)
class InterestRate:
    """A published yearly rate in percent, while in force."""

    dates: DateRange
    percent: Decimal
    citation: Citation


@dataclass(frozen=True, slots=True)
class InterestRule:
    """How interest is reckoned: never under `floor` percent a year; amounts under `least` need not be paid.

    `published` names the rate that prevails where it is higher (or alone, without a floor).
    """

    name: str
    floor: Decimal | None
    published: str | None
    rates: tuple[InterestRate, ...]
    days_in_year: int
    least: Decimal
    citation: Citation
    confidence: str


@dataclass(frozen=True, slots=True)
class Interest:
    """What is owed on top of a late payment, and how it was reckoned."""

    amount: Decimal
    percent: Decimal
    days: int
    arithmetic: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoInterestRate:
    """Interest is owed, but no loaded rate covers the day from which it runs; never to be read as zero."""

    words: str


def interest_owed(rule: InterestRule, amount: Decimal, due_on: date, paid_on: date) -> Interest | NoInterestRate:
    """Reckon simple interest on a late amount; the rate is the one in force when interest begins to run."""
    days = max(0, (paid_on - due_on).days)
    begins = due_on + timedelta(days=1)
    published = next((rate for rate in rule.rates if begins in rate.dates), None)
    chosen = max((p for p in (rule.floor, published.percent if published else None) if p is not None), default=None)
    if chosen is None:
        return NoInterestRate(
            f"no rate of {rule.published or rule.name} is loaded for {begins}; add the published rate to "
            f"clocks/interest/, the interest is owed all the same"
        )
    exact = amount * chosen / _PERCENT * days / rule.days_in_year
    owed = exact.quantize(_CENT, ROUND_HALF_UP)
    cited = f"{rule.citation.source} {rule.citation.locator}"
    lines = [
        f"{amount} paid {paid_on}, due {due_on}: {days} days late",
        f"{chosen} percent a year ({cited}), {rule.days_in_year} days to the year: {owed}",
    ]
    if rule.floor is not None and rule.published and published is None:
        lines.append(f"{rule.published} is not loaded for {begins}; it prevails where it is above {rule.floor} percent")
    if owed < rule.least:
        lines.append(f"under {rule.least}: need not be paid")
        owed = Decimal("0.00")
    return Interest(owed, chosen, days, tuple(lines))
