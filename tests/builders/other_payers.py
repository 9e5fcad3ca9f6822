"""Other payers of the synthetic member, and their explanations of benefits, shown by what a claims examiner reads off them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from adjudication.model.claim import Claim
from adjudication.model.other_payers import (
    OtherCoverage,
    PayerAdjudication,
    PayerAdjustment,
    PayerLine,
    PayerOrder,
    PriorPayment,
)
from adjudication.model.vocabulary import DateRange, LineNumber
from adjudication.steps.eligibility import CoverageSpan

OTHER_PAYER = "SYN-OTHER-PAYER"
DECIDED_THERE = date(2025, 8, 28)
SINCE_2025 = DateRange(date(2025, 1, 1))


def other(order: str, payer: str = OTHER_PAYER, span: DateRange = SINCE_2025) -> OtherCoverage:
    return OtherCoverage(payer, PayerOrder(order), span)


def with_other_payers(span: CoverageSpan, *others: OtherCoverage) -> CoverageSpan:
    """The span as a feed states it that knows of other payers (or, of none, that there are none)."""
    return replace(span, others=others)


def adjustments(said: str) -> tuple[PayerAdjustment, ...]:
    """`CO-45 100.00, PR-2 50.00` as adjustments."""
    parts = [each.replace("-", " ", 1).split() for each in said.split(",") if each.strip()]
    return tuple(PayerAdjustment(group, carc, Decimal(amount)) for group, carc, amount in parts)


def eob(
    *lines: tuple[str, str], payer: str = OTHER_PAYER, on: date = DECIDED_THERE, whole: str = "", by_line: bool = True
) -> PayerAdjudication:
    """An explanation of benefits: of each line what was paid and why not the rest, of the whole claim what `whole` says."""
    payer_lines = tuple(
        PayerLine(LineNumber(number), Decimal(paid), adjustments(why))
        for number, (paid, why) in enumerate(lines, start=1)
    )
    spread = adjustments(whole)
    paid = sum((line.paid for line in payer_lines), Decimal(0)) - sum((a.amount for a in spread), Decimal(0))
    if by_line:
        return PayerAdjudication(payer, on, paid, spread, payer_lines)
    every = tuple(each for line in payer_lines for each in line.adjustments)
    return PayerAdjudication(payer, on, paid, (*every, *spread))


def carrying(claim: Claim, *explained: PayerAdjudication) -> Claim:
    return replace(claim, other_payers=explained)


def prior(charge: str, paid: str, share: str, accepted: str | None = None, payers: int = 1) -> PriorPayment:
    """What a payer with a contract left of a line: the provider accepts what it allowed, unless stated otherwise."""
    allowed = Decimal(paid) + Decimal(share)
    return PriorPayment(
        payers, Decimal(charge), Decimal(paid), Decimal(share), allowed if accepted is None else Decimal(accepted)
    )
