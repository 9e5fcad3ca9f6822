"""The remittance remarks of a line: group, CARC and RARCs of the decision, and one RARC per missing document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from adjudication.letters.assembly import DecidedLine, LetterContext, assemble, checklist_for
from adjudication.letters.documents import OpenLine, documents_needed
from adjudication.letters.letter import Audience, Element, ElementName, Letter, LetterKind
from adjudication.letters.reasons import dollars, grounds, service
from adjudication.letters.wording import LetterLibrary
from adjudication.model.determination import Adjustment
from adjudication.model.reason_codes import Remittance, check_combination
from adjudication.model.reference import CombinationRules
from adjudication.model.vocabulary import GroupCode

FOR_DOCUMENTS: Final = frozenset({"226", "227", "250", "251", "252"})
"""Adjustment reasons for a missing or wrong document; a RARC names the document (CAQH CORE 360, scenario 1)."""


@dataclass(frozen=True, slots=True)
class RemittanceRemark:
    """One CAS entry as sent: amounts in US dollars, remarks in the order to send."""

    group: GroupCode
    carc: str
    amount: Decimal
    rarcs: tuple[str, ...]


def remittance_remarks(
    line: DecidedLine, context: LetterContext, combinations: CombinationRules
) -> tuple[RemittanceRemark, ...]:
    """Return the remarks of a line; raises CombinationError for a combination of codes that may not be sent."""
    return tuple(_remark(line, adjustment, context, combinations) for adjustment in line.determination.adjustments)


def remittance(line: DecidedLine, context: LetterContext, combinations: CombinationRules) -> Letter:
    """Write the remarks of a line as a letter to the provider; for a line paid in full, that there is no adjustment."""
    checklist = checklist_for(LetterKind.REMITTANCE, Audience.PROVIDER, context)
    remarks = remittance_remarks(line, context, combinations)
    return assemble(checklist, _elements(line, remarks, context.library), context)


def explained(remark: RemittanceRemark, library: LetterLibrary) -> str:
    """Write a remark with our own short words for each code."""
    head = f"{remark.group.value}-{remark.carc} {dollars(remark.amount)}: {library.carcs.get(remark.carc, 'see the code list')}."
    remarks = "".join(f" {rarc}: {library.rarcs.get(rarc, 'see the code list')}." for rarc in remark.rarcs)
    return head + remarks


def _elements(line: DecidedLine, remarks: tuple[RemittanceRemark, ...], library: LetterLibrary) -> Iterator[Element]:
    where = service(line.service, Audience.PROVIDER)
    for remark in remarks:
        yield Element(ElementName.ADJUSTMENT, f"{where}: {explained(remark, library)}")
    if not remarks:
        yield Element(ElementName.ADJUSTMENT, f"{where}: payable {dollars(line.determination.paid)}, no adjustment.")


def _remark(
    line: DecidedLine, adjustment: Adjustment, context: LetterContext, combinations: CombinationRules
) -> RemittanceRemark:
    asks = adjustment.carc in FOR_DOCUMENTS
    rarcs = _with_documents(line, adjustment, context.library) if asks else adjustment.rarcs
    decision = line.determination
    remittance_line = Remittance(
        adjustment.group, adjustment.carc, rarcs, adjustment.amount, decision.charge, context.notice_date, asks
    )
    check_combination(remittance_line, combinations)
    return RemittanceRemark(adjustment.group, adjustment.carc, adjustment.amount, rarcs)


def _with_documents(line: DecidedLine, adjustment: Adjustment, library: LetterLibrary) -> tuple[str, ...]:
    needed = documents_needed([OpenLine(line.service, grounds(line))])
    specific = [library.documents[need.document].rarc for need in needed if need.document in library.documents]
    return tuple(dict.fromkeys((*adjustment.rarcs, *specific)))
