"""Interest on late payments: simple interest by the day, from the day after the due date to the day of payment.

May not invent a rate: a day no published rate covers is a gap. Amounts are US dollars, rounded half up to cents. When a
payment is late is adjudication/deadlines/late_payment.py's to say.
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
    """That money won by an appeal bears interest from the day it was first due, and how sure we are of that reading."""

    citation: Citation
    confidence: str


@dataclass(frozen=True, slots=True)
class InterestRule:
    """How interest is reckoned: never under `floor` percent a year; amounts under `least` need not be paid.

    `published` names the rate that prevails where it is higher (or alone, without a floor). Without `after_appeal`
    nobody knows from which day money won by an appeal bears interest.
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
    """What is owed on top of a late payment, and how it was reckoned.

    `daily` is what one more day adds, to six decimals: rounded only so that it can be written, never to be summed.
    `confidence` is how sure we are of the rate, where it is a published one.
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
    """How sure it is that interest is owed, and whether an amount is told."""

    OWED = "owed"
    MAY_BE_OWED = "may-be-owed"  # the amount holds if it is owed; which law governs is not known
    NOT_RECKONED = "not-reckoned"  # no amount can be told, which is never an amount of nothing


@dataclass(frozen=True, slots=True)
class LateInterest:
    """What one clock makes of a payment that came after it ran out, reckoned through the day of the determination.

    `on` is the money that came late, None where that is not known. `why` says what is not known or not sure; where it
    says anything, a person is told. Without `rule` and `interest` nothing could be reckoned.
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
    """Reckon simple interest on a late amount; the rate is the one in force when interest begins to run."""
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
