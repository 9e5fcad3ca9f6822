"""The facts that a caller may hear about a claim: its state, requested documents, decision, payable amount and next steps.

Left out: the medical facts, the reviewers, internal reasons, and investigations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from adjudication.model.pends import DOCUMENT_PEND
from adjudication.model.reference import ReferenceData
from console.web.labels import label_of
from contracts.events.determinations import DeterminationV1, LineDeterminationV1
from contracts.records.review_queries import WaitingClaim


@dataclass(frozen=True, slots=True)
class CallerLine:
    """One line as decided; `codes` are the reason codes of its remittance, which a provider reads."""

    number: int
    code: str
    label: str
    disposition: str
    reason: str
    payable: Decimal
    codes: str


@dataclass(frozen=True, slots=True)
class CallerClaim:
    """One claim. `by`: the law's date to decide by. `asked`: requested records, with their date."""

    number: str
    control_number: str
    received_at: datetime
    served: tuple[date, date]
    services: tuple[str, ...]
    provider: str
    charge: Decimal
    state: str
    words: str
    by: datetime | None
    asked: tuple[tuple[str, datetime], ...]
    decided_at: datetime | None
    payable: Decimal | None
    lines: tuple[CallerLine, ...]


def shown_to_caller(
    waiting: WaitingClaim, newest: DeterminationV1 | None, reference: ReferenceData, documents: Mapping[str, str]
) -> CallerClaim:
    """Return the facts about one claim that a caller may hear."""
    claim = waiting.claim
    days = [line.service_date for line in claim.lines]
    whole = newest is not None and not newest.pending_lines
    asks = not whole and any(pend.code == DOCUMENT_PEND for pend in waiting.pends)
    due = waiting.due
    return CallerClaim(
        number=waiting.payer_claim_number,
        control_number=claim.control_number,
        received_at=claim.received_at,
        served=(min(days), max(days)),
        services=tuple(
            dict.fromkeys(f"{line.code} {label_of(line.code, line.service_date, reference)}" for line in claim.lines)
        ),
        provider=claim.billing.npi,
        charge=sum((line.charge for line in claim.lines), Decimal(0)),
        state=_state(newest, asks=asks),
        words=_words(newest, asks=asks),
        by=None if whole or due is None else due.statutory_at,
        asked=tuple(
            (documents.get(each.kind, each.kind), each.due_at)
            for each in waiting.asked
            if asks and each.answered_at is None
        ),
        decided_at=None if newest is None else newest.decided_at,
        payable=None if newest is None else newest.payable,
        lines=() if newest is None else tuple(_line(line, days[0], reference) for line in newest.lines),
    )


def _state(newest: DeterminationV1 | None, *, asks: bool) -> str:
    if newest is None:
        return "records asked for" if asks else "in process"
    return "decided in part" if newest.pending_lines else "decided"


def _words(newest: DeterminationV1 | None, *, asks: bool) -> str:
    if newest is not None and not newest.pending_lines:
        return "It is decided. The letter says why, and how to appeal."
    open_part = "We asked the provider for records and wait for them." if asks else "We have it and are working on it."
    return open_part if newest is None else f"The lines below are decided. Of the others: {open_part}"


def _line(line: LineDeterminationV1, served_on: date, reference: ReferenceData) -> CallerLine:
    adjustments = (f"{each.group}-{each.carc}" for each in line.adjustments)
    remarks = (remark for each in line.adjustments for remark in each.rarcs)
    return CallerLine(
        number=line.line,
        code=line.code,
        label=label_of(line.code, served_on, reference),
        disposition=line.disposition,
        reason=line.reason_label,
        payable=line.payable,
        codes=", ".join(dict.fromkeys((*adjustments, *remarks))),
    )
