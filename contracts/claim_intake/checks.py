"""Business validation before the ledger (277CA in spirit): a claim that fails is rejected, fixable and resendable.

A rejection is not a denial and carries no appeal right. Messages name fields and rules, never values of the member.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Final

from adjudication.model.other_payers import PayerOrder, out_of_balance
from adjudication.model.persons import Relationship
from adjudication.model.vocabulary import ClaimForm, Frequency, LineNumber
from contracts.events.claim_details import ProviderV1
from contracts.events.claims import ClaimLineV1, ClaimSubmittedV1
from contracts.events.status import StatusReasonV1

_FIRST_DATE: Final = date(1990, 1, 1)
_ALL_BUT_ONE: Final = 3
_FREQUENCIES: Final = {
    **dict.fromkeys(
        "12349", Frequency.ORIGINAL
    ),  # frequencies of whole, interim and final bills: none of these bills repeats the lines of another
    "7": Frequency.REPLACEMENT,
    "8": Frequency.VOID,
}
"""Frequency by the third position of the type of bill."""
_DIED: Final = ("20", "40", "41", "42")
_NOT_WITH: Final = {"2": _DIED, "3": _DIED, "4": ("30",)}
"""Patient status that contradicts a frequency (NUBC form locator 17): no bill follows a death, and none follows the last one."""
_HOME_HEALTH: Final = ("32", "33", "34")
_CHECK_DIGIT: Final = "the National Provider Identifier has a wrong check digit; correct it"


def check_claim(claim: ClaimSubmittedV1, received_on: date) -> tuple[StatusReasonV1, ...]:
    """Return every reason to reject the claim; none means that it can be adjudicated.

    `received_on`: the latest day on which it may have been received, anywhere (contracts/days.py).
    """
    found = (*_claim_level(claim, received_on), *_providers(claim), *_facts(claim), *_lines(claim, received_on))
    return (*found, *_other_payers(claim, received_on))


def _claim_level(claim: ClaimSubmittedV1, received_on: date) -> Iterator[StatusReasonV1]:
    if claim.frequency is not Frequency.ORIGINAL and claim.payer_claim_number is None:
        yield _reason(
            "M47", "payer_claim_number", "frequency 7 and 8 replace or void an earlier claim; name it by its number"
        )
    if claim.frequency is Frequency.ORIGINAL and claim.payer_claim_number is not None:
        text = "payer_claim_number names an earlier claim and frequency 1 none; send frequency 7 or 8, or no number"
        yield _reason("M47", "payer_claim_number", text)
        yield _reason("M47", "frequency", text)
    if claim.total_charge is not None and claim.total_charge != sum(line.charge for line in claim.lines):
        text = "the total charge differs from the charges of the lines, so a line may be missing; correct one of them"
        yield _reason("M54", "total_charge", text)
    if claim.patient_paid is not None and claim.patient_paid > sum(line.charge for line in claim.lines):
        text = "the patient cannot have paid more than was charged; correct patient_paid or the charges"
        yield _reason("N58", "patient_paid", text)
    if claim.hospital is not None and len(claim.hospital.present_on_admission) not in (0, len(claim.diagnoses)):
        text = "there is one entry for each diagnosis of the claim, in order; send as many, or none"
        yield _reason("N434", "hospital.present_on_admission", text)
    if claim.first_filed_on is not None and claim.first_filed_on > received_on:
        text = "first_filed_on lies after we received the claim; correct it, or leave it out"
        yield _reason("N29", "first_filed_on", text)
    yield from _subscriber(claim)
    yield from _statement(claim)
    yield from _bill_type(claim)
    if claim.form is ClaimForm.PROFESSIONAL and claim.place_of_service is None:
        for line in claim.lines:
            if line.place_of_service is None:
                text = "a professional line is edited by its place of service; add one to the line or to the claim"
                yield _reason("M77", "place_of_service", text, line)


def _statement(claim: ClaimSubmittedV1) -> Iterator[StatusReasonV1]:
    """Refuse services outside the statement's dates, and a claim filed before its first service."""
    stay, first = claim.stay, min(line.service_date for line in claim.lines)
    if claim.first_filed_on is not None and claim.first_filed_on < first:
        text = "first_filed_on lies before the first service of the claim; correct one of the two"
        yield _reason("N29", "first_filed_on", text)
    if stay is None:
        return
    for line in claim.lines:
        if not stay.starts <= line.service_date <= stay.through:
            text = "the date of service lies outside the statement of the claim; correct one of the two"
            yield _reason("M52", "service_date", text, line)
            yield _reason("M52", "stay", text, line)


def _subscriber(claim: ClaimSubmittedV1) -> Iterator[StatusReasonV1]:
    """Refuse a patient stated as the subscriber whose birth date differs from the subscriber's."""
    subscriber = claim.subscriber
    if subscriber is None or claim.member.relationship is not Relationship.SELF:
        return
    if subscriber.birth_date not in (None, claim.member.birth_date):
        text = "the patient is the subscriber, by relationship, and has another birth date; correct one of the two"
        yield _reason("N382", "member.relationship", text)
        yield _reason("N382", "subscriber.birth_date", text)


def _bill_type(claim: ClaimSubmittedV1) -> Iterator[StatusReasonV1]:
    """The third position of the type of bill is the frequency (NUBC form locator 4; 837I CLM05-3), on hospitals' claims only."""
    if claim.form is not ClaimForm.INSTITUTIONAL:
        if claim.bill_type is not None:
            text = "a type of bill stands on institutional claims only; leave bill_type out, or correct form"
            yield _reason("MA30", "bill_type", text)
            yield _reason("MA30", "form", text)
        return
    if claim.bill_type is None:
        yield _reason("MA30", "bill_type", "an institutional claim is edited by its type of bill; add it")
        return
    stated = claim.bill_type[-1]
    if stated not in _FREQUENCIES:
        text = "bills without payment, late charges and payers' own adjustments are not adjudicated here"
        yield _reason("MA30", "bill_type", f"{text}; the third position must be 1 to 4, 7, 8 or 9")
    elif stated == "9" and not claim.bill_type.startswith(_HOME_HEALTH):
        yield _reason("MA30", "bill_type", "a final claim (9) is of home health only; send the frequency of this bill")
    elif _FREQUENCIES[stated] is not claim.frequency:
        text = "the third position of bill_type and frequency must say the same; correct one of them"
        yield _reason("MA30", "bill_type", text)
        yield _reason("MA30", "frequency", text)
    elif claim.hospital is not None and claim.hospital.patient_status in _NOT_WITH.get(stated, ()):
        text = "bill_type says whether more bills follow, and the patient status says the contrary; correct one of them"
        yield _reason("MA30", "bill_type", text)
        yield _reason("MA43", "hospital.patient_status", text)


def _providers(claim: ClaimSubmittedV1) -> Iterator[StatusReasonV1]:
    roles = (
        ("billing", claim.billing, "N257"),
        ("rendering", claim.rendering, "N290"),
        ("ordering", claim.ordering, "N265"),
        ("facility", claim.facility, "N293"),
        ("referring", claim.referring, "N286"),
        ("supervising", claim.supervising, "N297"),
        ("attending", claim.attending, "N253"),
        ("operating", claim.operating, "N262"),
    )
    for field, provider, code in roles:
        if not _is_npi(provider):
            yield _reason(code, f"{field}.npi", _CHECK_DIGIT)
    if claim.pay_to is not None and claim.pay_to.npi is not None and not _right_check_digit(claim.pay_to.npi):
        yield _reason("N280", "pay_to.npi", _CHECK_DIGIT)
    for line in claim.lines:
        of_line = (
            ("rendering", line.rendering, "N290"),
            ("ordering", line.ordering, "N265"),
            ("referring", line.referring, "N286"),
            ("supervising", line.supervising, "N297"),
            ("facility", line.facility, "N293"),
            ("purchased.provider", None if line.purchased is None else line.purchased.provider, "N283"),
        )
        for field, provider, code in of_line:
            if not _is_npi(provider):
                yield _reason(code, f"{field}.npi", _CHECK_DIGIT, line)


def _is_npi(provider: ProviderV1 | None) -> bool:
    return provider is None or _right_check_digit(provider.npi)


@lru_cache(4096)  # cached: few providers bill most claims
def _right_check_digit(npi: str) -> bool:
    """Luhn check digit over the prefix 80840 and the NPI (45 CFR 162.406)."""
    total = 24  # 24: the digits of the prefix 80840 in the Luhn sum
    for position, character in enumerate(reversed(npi)):
        digit = int(character)
        if position % 2:
            digit = digit * 2 - 9 if digit > 4 else digit * 2
        total += digit
    return total % 10 == 0


def _facts(claim: ClaimSubmittedV1) -> Iterator[StatusReasonV1]:
    for index, fact in enumerate(claim.supporting_information):
        absent = (fact.flag is None) + (fact.day is None) + (fact.number is None) + (fact.code is None)
        if absent != _ALL_BUT_ONE:
            text = "a supporting fact states exactly one of flag, day, number and code; keep one"
            yield _reason("N29", f"supporting_information[{index}]", text)


def _other_payers(claim: ClaimSubmittedV1, received_on: date) -> Iterator[StatusReasonV1]:
    """Refuse an impossible adjudication by another payer: a claim priced on it would pay a wrong amount."""
    charges = {LineNumber(line.number): line.charge for line in claim.lines}
    first = min(line.service_date for line in claim.lines)
    after_us = {each.payer_id for each in claim.other_coverages if each.order is PayerOrder.SECONDARY}
    if after_us.intersection(each.payer_id for each in claim.other_payers):
        text = "a payer is said to pay after this plan, and its decision is sent as of one before it; correct one of the two"
        yield _reason("N4", "other_payers", text)
        yield _reason("N4", "other_coverages", text)
    seen: set[str] = set()
    for index, payer in enumerate(claim.other_payers):
        field = f"other_payers[{index}]"
        if payer.payer_id in seen:
            yield _reason("N4", field, "a payer is named once, with its newest decision; put the two entries together")
        seen.add(payer.payer_id)
        if not first <= payer.adjudicated_on <= received_on:
            text = "another payer decides after the service and before we receive the claim; correct the date"
            yield _reason("N4", f"{field}.adjudicated_on", text)
        for line, words in out_of_balance(payer.to_core(), charges):
            place = field if line is None else f"{field}.lines"
            yield StatusReasonV1(code="N4", field=place, line=line, message=words)


def _lines(claim: ClaimSubmittedV1, received_on: date) -> Iterator[StatusReasonV1]:
    seen: set[int] = set()
    announced = {each.control_number for each in claim.attachments}
    for line in claim.lines:
        if not announced.issuperset(line.attachment_numbers):
            text = "a document of a line is announced with the claim; add it to attachments, or correct the number"
            yield _reason("N706", "attachment_numbers", text, line)
        if line.number in seen:
            yield _reason(
                "MA130",
                "number",
                "the line number occurs twice, so answers would be ambiguous; number the lines uniquely",
                line,
            )
        seen.add(line.number)
        if line.not_covered is not None and line.not_covered > line.charge:
            text = "no more can be not covered than is charged; correct one of the two"
            yield _reason("M79", "not_covered", text, line)
        if claim.form is ClaimForm.PROFESSIONAL and line.code is None:
            yield _reason("M51", "code", "a professional line is edited by its procedure code; add it", line)
        yield from _dates(claim, line, received_on)
        yield from _diagnoses(claim, line)
        if claim.form is ClaimForm.INSTITUTIONAL and line.revenue_code is None:
            yield _reason("M50", "revenue_code", "an institutional line is edited by its revenue code; add it", line)


def _dates(claim: ClaimSubmittedV1, line: ClaimLineV1, received_on: date) -> Iterator[StatusReasonV1]:
    if not _FIRST_DATE <= line.service_date <= received_on:
        yield _reason("M52", "service_date", "the date of service lies after receipt or before 1990; correct it", line)
    elif line.through is not None and not line.service_date <= line.through <= received_on:
        text = "through, the last day of the service, lies before its first day or after receipt; correct one of them"
        yield _reason("M52", "through", text, line)
    elif line.service_date < claim.member.birth_date:
        yield _reason(
            "M52", "service_date", "the date of service lies before the member's birth; correct one of them", line
        )


def _diagnoses(claim: ClaimSubmittedV1, line: ClaimLineV1) -> Iterator[StatusReasonV1]:
    if any(pointer > len(claim.diagnoses) for pointer in line.diagnosis_pointers):
        yield _reason(
            "M76", "diagnosis_pointers", "a pointer names a diagnosis that the claim does not have; correct it", line
        )
    elif claim.form is ClaimForm.PROFESSIONAL and not line.diagnosis_pointers:
        yield _reason(
            "M76", "diagnosis_pointers", "a professional line must say which diagnosis it was for; add a pointer", line
        )


def _reason(code: str, field: str, message: str, line: ClaimLineV1 | None = None) -> StatusReasonV1:
    return StatusReasonV1(code=code, field=field, line=None if line is None else line.number, message=message)
