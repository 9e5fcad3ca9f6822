"""Interest on late payments: simple interest by the day, from the day after the due date to the day of payment.

A day that no published rate covers is a gap, never a rate of zero. Amounts are US dollars, rounded half up to cents.
adjudication/deadlines/late_payment.py decides when a payment is late.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Final

from adjudication.model.findings import Citation
from adjudication.model.vocabulary import DateRange

_CENT: Final = Decimal("0.01")
_DAILY: Final = Decimal("0.000001")
_PERCENT: Final = Decimal(100)


@dataclass(frozen=True, slots=True)
class InterestRate:
    """A published yearly rate in percent, while in force."""

    dates: DateRange
    percent: Decimal
    citation: Citation
    confidence: str = ""


@dataclass(frozen=True, slots=True)
class AfterAppeal:
    """The rule that money won by an appeal bears interest from the day it was first due, and how sure that reading is."""

    citation: Citation
    confidence: str


@dataclass(frozen=True, slots=True)
class InterestRule:
    """The computation of interest: never under `floor` percent per year. Amounts under `least` need not be paid.

    `published` names the rate that applies if it is higher than the floor, or if there is no floor. Without `after_appeal`
    it is unknown from which day money won by an appeal bears interest.
    """

    name: str
    floor: Decimal | None
    published: str | None
    rates: tuple[InterestRate, ...]
    days_in_year: int
    least: Decimal
    citation: Citation
    confidence: str
    after_appeal: AfterAppeal | None = None


@dataclass(frozen=True, slots=True)
class Interest:
    """The interest owed on a late payment, with the arithmetic.

    `daily`: the amount per further day, rounded to six decimals for display; sums must not use it.
    `confidence`: our confidence in a published rate.
    """

    amount: Decimal
    percent: Decimal
    days: int
    daily: Decimal
    arithmetic: tuple[str, ...]
    confidence: str = ""


@dataclass(frozen=True, slots=True)
class NoInterestRate:
    """Interest is owed, but no loaded rate covers the day from which it runs; never to be read as zero."""

    words: str


class Standing(StrEnum):
    """The certainty that interest is owed, and whether its amount is known."""

    OWED = "owed"
    MAY_BE_OWED = "may-be-owed"  # the amount is right if interest is owed; the governing law is not known
    NOT_COMPUTED = "not-reckoned"  # the amount is unknown, which never means zero


@dataclass(frozen=True, slots=True)
class LateInterest:
    """The interest for one missed deadline on a late payment, through the day of the determination.

    `on`: the late amount, None if unknown. `why`: the unknown or uncertain fact; if it is not empty, a person is
    notified. `rule` and `interest` are None if no amount could be computed.
    """

    standing: Standing
    clock: str
    on: Decimal | None
    due_on: date | None
    through: date
    arithmetic: tuple[str, ...]
    why: tuple[str, ...] = ()
    citation: Citation | None = None
    confidence: str = ""
    rule: InterestRule | None = None
    interest: Interest | None = None


def interest_owed(rule: InterestRule, amount: Decimal, due_on: date, paid_on: date) -> Interest | NoInterestRate:
    """Compute simple interest on a late amount; the rate is the one in force when interest begins to run."""
    days = max(0, (paid_on - due_on).days)
    begins = due_on + timedelta(days=1)
    published = next((rate for rate in rule.rates if begins in rate.dates), None)
    chosen = max((p for p in (rule.floor, published.percent if published else None) if p is not None), default=None)
    if chosen is None:
        return NoInterestRate(
            f"no rate of {rule.published or rule.name} is loaded for {begins}; add the published rate to "
            f"law/interest/, the interest is owed all the same"
        )
    from_table = published if published is not None and published.percent == chosen else None
    exact = amount * chosen / _PERCENT * days / rule.days_in_year
    owed = exact.quantize(_CENT, ROUND_HALF_UP)
    source = rule.citation if from_table is None else from_table.citation
    lines = [
        f"{amount} paid {paid_on}, due {due_on}: {days} days late",
        f"{chosen} percent a year ({source.source} {source.locator}), {rule.days_in_year} days to the year: {owed}",
    ]
    if rule.floor is not None and rule.published and published is None:
        lines.append(f"{rule.published} is not loaded for {begins}; it prevails where it is above {rule.floor} percent")
    if owed < rule.least:
        lines.append(f"under {rule.least}: need not be paid")
        owed = Decimal("0.00")
    daily = (amount * chosen / _PERCENT / rule.days_in_year).quantize(_DAILY, ROUND_HALF_UP)
    return Interest(owed, chosen, days, daily, tuple(lines), "" if from_table is None else from_table.confidence)
