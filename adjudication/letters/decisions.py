"""Writes the letters about decided lines: approvals, administrative denials and signed clinical denials.

A clinical denial needs the reviewer's signature as an argument, and an administrative denial refuses a clinical line.
Reasons come from the policy trace and the rationale from the reviewer; no clinical content is written here.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from adjudication.letters.assembly import DecidedLine, LetterContext, assemble, checklist_for
from adjudication.letters.dates import in_words
from adjudication.letters.documents import OpenLine, missing_elements
from adjudication.letters.letter import Audience, Element, ElementName, Letter, LetterError, LetterKind
from adjudication.letters.reasons import criterion_elements, dollars, grounds, reason_elements, service, would_change
from adjudication.letters.remittance import RemittanceRemark, explained
from adjudication.letters.wording import LAST_DAY
from adjudication.model.determination import CLINICAL_CARCS, Disposition, ReviewerSignature
from adjudication.model.outcomes import AUTHORIZATION_DENIED_EARLIER, LACKS_AUTHORIZATION
from adjudication.model.vocabulary import GroupCode

_ROLES = {"physician": "physician", "clinical-peer": "clinical peer reviewer"}


def approval(line: DecidedLine, audience: Audience, context: LetterContext) -> Letter:
    """Write the approval of a line: that it is paid, the grounds, and the part of the charge that was not allowed."""
    _refuse_unless(Disposition.APPROVED, line)
    checklist = checklist_for(LetterKind.APPROVAL, audience, context)
    return assemble(checklist, _elements(line, audience, context), context)


def administrative_denial(line: DecidedLine, audience: Audience, context: LetterContext) -> Letter:
    """Write that a line is not paid for an administrative reason; raises LetterError for a clinical reason."""
    _refuse_unless(Disposition.DENIED, line)
    if is_clinical(line):
        raise LetterError(
            f"line {line.service.number} was denied on clinical grounds; use clinical_denial with the reviewer's signature"
        )
    checklist = checklist_for(LetterKind.ADMINISTRATIVE_DENIAL, audience, context)
    return assemble(checklist, _elements(line, audience, context), context)


def clinical_denial(
    line: DecidedLine, signature: ReviewerSignature, audience: Audience, context: LetterContext
) -> Letter:
    """Write a denial that a licensed reviewer signed, with that reviewer's own rationale."""
    _refuse_unless(Disposition.DENIED, line)
    if not is_clinical(line):
        raise LetterError(f"line {line.service.number} was not denied on clinical grounds; use administrative_denial")
    if line.determination.signature != signature:
        raise LetterError(f"line {line.service.number} has another signature than the one given")
    checklist = checklist_for(LetterKind.CLINICAL_DENIAL, audience, context)
    composed = (*_elements(line, audience, context), *signed_elements(signature))
    return assemble(checklist, composed, context, signature)


def is_clinical(line: DecidedLine) -> bool:
    """Return whether the decision is clinical, by its outcome or by an adjustment reason code."""
    decision = line.determination
    return decision.clinical or any(adjustment.carc in CLINICAL_CARCS for adjustment in decision.adjustments)


def _refuse_unless(disposition: Disposition, line: DecidedLine) -> None:
    if line.determination.disposition is not disposition:
        raise LetterError(f"line {line.service.number} was {line.determination.disposition}, not {disposition}")


def _elements(line: DecidedLine, audience: Audience, context: LetterContext) -> Iterator[Element]:
    yield _decision(line, audience)
    yield from reason_elements(line, audience, context)
    yield from criterion_elements(line, audience, context)
    if line.determination.disposition is Disposition.DENIED:
        yield from _what_is_missing(line, audience, context)
    yield from _payment(line, audience, context)


def _decision(line: DecidedLine, audience: Audience) -> Element:
    paid = line.determination.disposition is Disposition.APPROVED
    if audience is Audience.PROVIDER:
        words = "Approved" if paid else "Denied"
        return Element(ElementName.DECISION, f"{words}: {service(line.service, audience)}.")
    words = "We will pay for this service:" if paid else "We will not pay for this service:"
    return Element(ElementName.DECISION, f"{words}\n{service(line.service, audience)}")


def _what_is_missing(line: DecidedLine, audience: Audience, context: LetterContext) -> Iterator[Element]:
    """Yield what could change the decision, and each missing document with the reason why it is needed."""
    reason = context.library.reasons.get(line.determination.reason)
    if reason is not None:
        by_pair = reason.if_separable if line.separable else reason.if_inseparable
        words = by_pair if by_pair and line.separable is not None else reason.remedy
        yield Element(ElementName.WHAT_IS_MISSING, words)
    yield from would_change(line, context)
    yield from _afterwards(line, context)
    yield from missing_elements(OpenLine(line.service, grounds(line)), audience, context.library)


def _afterwards(line: DecidedLine, context: LetterContext) -> Iterator[Element]:
    """Yield the last day to request the authorization; a denied request must be appealed instead."""
    terms, reason = context.afterwards, line.determination.reason
    if terms is None or reason not in LACKS_AUTHORIZATION or reason == AUTHORIZATION_DENIED_EARLIER:
        return
    last = terms.last_day(line.service.service_date)
    if context.notice_date <= last:
        words = context.library.afterwards.replace(f"{{{LAST_DAY}}}", in_words(last))
        yield Element(ElementName.WHAT_IS_MISSING, words, (terms.citation,))


def _payment(line: DecidedLine, audience: Audience, context: LetterContext) -> Iterator[Element]:
    decision = line.determination
    if audience is Audience.PROVIDER:
        for entry in decision.adjustments:
            remark = RemittanceRemark(entry.group, entry.carc, entry.amount, entry.rarcs)
            yield Element(ElementName.ADJUSTMENT, explained(remark, context.library))
        yield Element(
            ElementName.PAYMENT,
            f"Charge {dollars(decision.charge)}, payable {dollars(decision.paid)} before the member's cost share.",
        )
        return
    owed: dict[GroupCode, Decimal] = {}
    for entry in decision.adjustments:
        owed[entry.group] = owed.get(entry.group, Decimal(0)) + entry.amount
    texts = (context.library.payment.get(group, "").replace("{amount}", dollars(owed[group])) for group in owed)
    who = " ".join(texts)
    words = f"The provider charged {dollars(decision.charge)}. {payable_words(decision.paid)} {who}"
    yield Element(ElementName.PAYMENT, words.strip())


def payable_words(amount: Decimal) -> str:
    """Write what the plan owes before the member's cost share, which this product does not know."""
    if not amount:
        return f"We pay {dollars(amount)}."
    return f"We pay up to {dollars(amount)}. What your plan makes you pay, such as a copay or a deductible, comes off that."


def signed_elements(signature: ReviewerSignature, *, advised: bool = False) -> Iterator[Element]:
    """Yield the signer's reasons and qualification. `advised`: another person decided with the signer's advice."""
    yield Element(ElementName.CLINICAL_RATIONALE, f"The reviewer gave these reasons: {signature.rationale}")
    role = _ROLES[signature.role]
    made = f"The decision was made with the advice of a {role}" if advised else f"A {role} made this decision"
    words = f"{made}. The reviewer holds a license in {signature.license_state}."
    yield Element(ElementName.REVIEWER_QUALIFICATION, words)
