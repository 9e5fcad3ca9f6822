"""Other payers of a member, and their decisions on a claim, as values (837: SBR and OI, AMT*D, SVD, CAS, DTP*573).

The order of payers comes from the coverage feed; adjudication/steps/coordination_of_benefits.py judges it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Final

from adjudication.model.vocabulary import DateRange, LineNumber

_CENT: Final = Decimal("0.01")


class PayerOrder(StrEnum):
    """The position of another payer relative to ours. Unknown: it exists, but the order of payers is not settled."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class OtherCoverage:
    """One span of a member's coverage by another payer, from the newest event of the coverage feed (half-open)."""

    payer_id: str
    order: PayerOrder
    span: DateRange


@dataclass(frozen=True, slots=True)
class StatedCoverage:
    """Another payer of the patient, as the biller states it. `kind`: the claim filing indicator (837 SBR09)."""

    payer_id: str
    order: PayerOrder
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class PayerAdjustment:
    """One CAS entry of another payer. `group` may be CR there, which we never send; amount in US dollars."""

    group: str
    carc: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class PayerLine:
    """Another payer's decision on one line: charge - sum(adjustments) = paid.

    `code`: the procedure that it decided, where it is stated. `bundled_into`: the line with which it paid for this one.
    """

    line: LineNumber
    paid: Decimal
    adjustments: tuple[PayerAdjustment, ...] = ()
    code: str | None = None
    bundled_into: LineNumber | None = None


@dataclass(frozen=True, slots=True)
class PayerAdjudication:
    """Another payer's decision on the claim. `adjustments` are of the whole claim; without `lines` it has no amounts per line.

    `source`: the claim itself, or the opaque id of the document or person that reported it.
    """

    payer_id: str
    adjudicated_on: date
    paid: Decimal
    adjustments: tuple[PayerAdjustment, ...] = ()
    lines: tuple[PayerLine, ...] = ()
    source: str = "claim"

    def of(self, line: LineNumber, *, only_line: bool) -> PayerLine | None:
        """Return its amounts for a line; a claim's only line gets the amounts of the whole claim."""
        own = next((each for each in self.lines if each.line == line), None)
        if not only_line:
            return own
        if own is None:
            return PayerLine(line, self.paid, self.adjustments)
        return replace(own, paid=self.paid, adjustments=(*own.adjustments, *self.adjustments))


def adjusted(adjustments: tuple[PayerAdjustment, ...], *groups: str) -> Decimal:
    """Sum adjustments; if groups are given, only theirs."""
    return sum((a.amount for a in adjustments if not groups or a.group in groups), Decimal(0))


def out_of_balance(
    adjudication: PayerAdjudication, charges: Mapping[LineNumber, Decimal]
) -> Iterator[tuple[int | None, str]]:
    """Yield the sums that do not add up, with their line; `charges`: those of our claim, which were also billed to the other payer."""
    seen: set[LineNumber] = set()
    for line in adjudication.lines:
        if line.line not in charges or line.line in seen:
            yield (
                line.line,
                "it names a line that the claim does not have, or one twice; name each line of the claim once",
            )
        elif charges[line.line] - adjusted(line.adjustments) != line.paid:
            yield line.line, "charge less adjustments is not what was paid; every cent not paid needs an adjustment"
        if line.bundled_into is not None and (line.bundled_into not in charges or line.bundled_into == line.line):
            yield (
                line.line,
                "it was bundled into a line that the claim does not have, or into itself; name the other line",
            )
        seen.add(line.line)
    whole = (
        sum((line.paid for line in adjudication.lines), Decimal(0))
        if adjudication.lines
        else sum(charges.values(), Decimal(0))
    )
    if whole - adjusted(adjudication.adjustments) != adjudication.paid:
        what = "the lines' payments" if adjudication.lines else "the claim's charge"
        yield None, f"{what} less the adjustments of the whole claim is not the total paid; correct one of them"


@dataclass(frozen=True, slots=True)
class PriorPayment:
    """The earlier payers' payment on a line of `charge`, in US dollars; `payers` counts them.

    `share` is the part of their allowed amount that they left to the patient. `accepted` is the amount that the provider must
    take as payment in full by their contracts (the charge, if no contract sets it).
    """

    payers: int
    charge: Decimal
    paid: Decimal
    share: Decimal
    accepted: Decimal

    @property
    def allowed(self) -> Decimal:
        """Return the amount that the earlier payers allowed for the line."""
        return min(self.charge, self.paid + self.share)

    def for_charge(self, charge: Decimal) -> PriorPayment:
        """Return the payment's share for a part of the charge, because an appeal may grant a line in part."""
        if charge == self.charge:
            return self
        paid, share, accepted = (
            (amount * charge / self.charge).quantize(_CENT, ROUND_HALF_UP)
            for amount in (self.paid, self.share, self.accepted)
        )
        return PriorPayment(self.payers, charge, paid, min(share, charge - paid), min(accepted, charge))
