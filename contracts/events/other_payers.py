"""Other payers of a member in events: their coverage, and their decision on a claim (837 loops 2320 and 2430)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from adjudication.model.other_payers import (
    OtherCoverage,
    PayerAdjudication,
    PayerAdjustment,
    PayerLine,
    PayerOrder,
    StatedCoverage,
)
from adjudication.model.vocabulary import MOST_LINES, DateRange, LineNumber
from contracts.events.claim_details import SubscriberV1
from contracts.events.envelope import Contract
from contracts.events.spans import SpanV1
from contracts.scalars import Day, Identifier, LineNumberV1, Money, SignedMoney, ascii_text


class OtherCoverageV1(SpanV1):
    """Coverage by another payer; `order` gives that payer's position relative to this plan.

    `unknown` is not the same as no entry: there is another payer, but the order of payers is not settled.
    """

    payer_id: Identifier
    order: PayerOrder = Field(strict=False)

    def to_core(self) -> OtherCoverage:
        """Map to the core."""
        return OtherCoverage(self.payer_id, self.order, DateRange(self.starts, self.until))


class StatedCoverageV1(Contract):
    """Another payer of the patient, as the biller states it (837 loops 2320, 2330A and 2330B).

    `order`: SBR01, relative to this plan. `kind`: SBR09, such as CI commercial, MB Medicare part B, MC Medicaid, AM automobile
    insurer, WC workers' compensation, LM liability. `subscriber` and `member_id` are the other payer's (2330A).
    """

    payer_id: Identifier
    order: PayerOrder = Field(strict=False)
    kind: Annotated[str, ascii_text(r"^[0-9A-Z]{2}$")] | None = None
    subscriber: SubscriberV1 | None = None
    member_id: Identifier | None = None

    def to_core(self) -> StatedCoverage:
        """Map to the core."""
        return StatedCoverage(self.payer_id, self.order, self.kind)


class PayerAdjustmentV1(Contract):
    """One adjustment of another payer (CAS): group code, CARC and amount in US dollars."""

    group: Literal["CO", "CR", "OA", "PI", "PR"]
    carc: Annotated[str, ascii_text(r"^[0-9A-Z]{1,5}$")]
    amount: SignedMoney


Adjustments = Annotated[tuple[PayerAdjustmentV1, ...], Field(max_length=30)]


class PayerLineV1(Contract):
    """Another payer's decision on one line (SVD, CAS): the line's charge - adjustments = paid.

    `code`: the procedure or revenue code that it decided (SVD03, SVD04), which is the billed one unless it is stated. `bundled_into`: the line of the
    claim with which it paid for this one (SVD06).
    """

    number: LineNumberV1
    paid: Money
    adjustments: Adjustments = ()
    code: Annotated[str, ascii_text(r"^[0-9A-Z]{4,5}$")] | None = None
    bundled_into: LineNumberV1 | None = None


class PayerAdjudicationV1(Contract):
    """Another payer's decision on the claim (AMT*D, DTP*573), by line where the payer reported lines.

    `remaining_patient_liability` is what it says the patient still owes (AMT*EAF); it is shown, and no amount is computed from it.
    `paid` equals the payments of `lines` less `adjustments` (of the whole claim); without `lines`, the claim's charge less them.
    """

    payer_id: Identifier
    adjudicated_on: Day
    paid: Money
    adjustments: Adjustments = ()
    lines: Annotated[tuple[PayerLineV1, ...], Field(max_length=MOST_LINES)] = ()
    remaining_patient_liability: Money | None = None

    def to_core(self, source: str = "claim") -> PayerAdjudication:
        """Map to the core; `source` is the opaque id of the document or person that reported it."""
        lines = tuple(_line(line) for line in self.lines)
        return PayerAdjudication(
            self.payer_id, self.adjudicated_on, self.paid, _adjustments(self.adjustments), lines, source
        )


def _line(line: PayerLineV1) -> PayerLine:
    into = None if line.bundled_into is None else LineNumber(line.bundled_into)
    return PayerLine(LineNumber(line.number), line.paid, _adjustments(line.adjustments), line.code, into)


def _adjustments(sent: tuple[PayerAdjustmentV1, ...]) -> tuple[PayerAdjustment, ...]:
    return tuple(PayerAdjustment(each.group, each.carc, each.amount) for each in sent)
