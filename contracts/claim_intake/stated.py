"""Describes, for reviewers, the fields of a claim that no rule reads; and reads its fields about accidents."""

from __future__ import annotations

from collections.abc import Iterator

from adjudication.model.claim import Accident, Cause, Stated
from adjudication.model.vocabulary import LineNumber
from contracts.events.claim_details import HospitalDetailsV1
from contracts.events.claims import ClaimLineV1, ClaimSubmittedV1


def accident(claim: ClaimSubmittedV1) -> Accident | None:
    """Return the stated causes of an accident and the codes that may indicate one; None if the claim has neither."""
    hospital = claim.hospital
    causes = frozenset() if claim.accident is None else frozenset(Cause(cause) for cause in claim.accident.causes)
    if claim.trial_number is not None:
        causes |= {Cause.ORIGINAL_MEDICARE}  # applies to Medicare Advantage only; other product lines have no such rule
    if hospital is None:
        return Accident(causes) if causes else None
    occurrences = frozenset(each.code for each in hospital.occurrences)
    values = frozenset(each.code for each in hospital.values)
    found = Accident(causes, occurrences, frozenset(hospital.conditions), values)
    return None if found == Accident() else found


def also_stated(claim: ClaimSubmittedV1) -> tuple[Stated, ...]:
    """Return descriptions of the other fields, in the order of the form; most claims have none of them."""
    lines = (found for line in claim.lines for found in _of_line(line))
    return (*_of_claim(claim), *lines)


def _of_claim(claim: ClaimSubmittedV1) -> Iterator[Stated]:
    yield from _people(claim)
    yield from _dates(claim)
    if claim.hospital is not None:
        yield from _of_hospital(claim.hospital, claim.diagnoses)
    yield from _money(claim)
    if claim.delay_reason is not None:
        yield Stated("delay reason", claim.delay_reason)
    if claim.trial_number is not None:
        yield Stated("clinical trial", claim.trial_number)
    if claim.referral_number is not None:
        yield Stated("referral number", claim.referral_number)


def _people(claim: ClaimSubmittedV1) -> Iterator[Stated]:
    if claim.subscriber is not None:
        who = claim.subscriber
        name = " ".join(part for part in (who.given_name, who.family_name, who.suffix) if part)
        yield Stated("subscriber", name if who.birth_date is None else f"{name}, born {who.birth_date}")
    if claim.pay_to is not None:
        yield Stated("pay to", " ".join(part for part in (claim.pay_to.name, claim.pay_to.npi) if part))


def _dates(claim: ClaimSubmittedV1) -> Iterator[Stated]:
    if claim.member.died_on is not None:
        yield Stated("died on", claim.member.died_on.isoformat())
    if claim.accident is not None:
        yield Stated("due to", ", ".join(claim.accident.causes))
        parts = [str(each) for each in (claim.accident.on, claim.accident.state) if each is not None]
        if parts:
            yield Stated("accident", ", ".join(parts))
    if claim.stay is not None:
        yield Stated("statement", f"{claim.stay.starts} through {claim.stay.through}")
        if claim.stay.admitted_on is not None:
            yield Stated("admitted on", claim.stay.admitted_on.isoformat())


def _money(claim: ClaimSubmittedV1) -> Iterator[Stated]:
    said = (("assignment accepted", claim.assignment_accepted), ("benefits assigned", claim.benefits_assigned))
    for words, answer in said:
        if answer is not None:
            yield Stated(words, "yes" if answer else "no")
    if claim.repriced is not None:
        yield Stated("repriced to", f"{claim.repriced.allowed} by {claim.repriced.organization or 'an organization'}")
    if claim.patient_paid is not None:
        yield Stated("paid by the patient", str(claim.patient_paid))
    for coverage in claim.other_coverages:
        parts = (coverage.payer_id, coverage.order.value, coverage.kind, coverage.member_id)
        yield Stated("other coverage", ", ".join(part for part in parts if part is not None))
    for payer in claim.other_payers:
        if payer.remaining_patient_liability is not None:
            yield Stated("patient still owes after another payer", str(payer.remaining_patient_liability))


def _of_hospital(hospital: HospitalDetailsV1, diagnoses: tuple[str, ...]) -> Iterator[Stated]:
    if hospital.conditions:
        yield Stated("condition codes", ", ".join(hospital.conditions))
    for event in hospital.occurrences:
        until = "" if event.through is None else f" through {event.through}"
        yield Stated(f"occurrence code {event.code}", f"{event.on}{until}")
    for value in hospital.values:
        yield Stated(f"value code {value.code}", str(value.amount))
    if hospital.admission_type is not None:
        yield Stated("type of admission", hospital.admission_type)
    if hospital.patient_status is not None:
        yield Stated("patient status", hospital.patient_status)
    if hospital.admitting_diagnosis is not None:
        yield Stated("admitting diagnosis", hospital.admitting_diagnosis)
    if hospital.reasons_for_visit:
        yield Stated("reasons for the visit", ", ".join(hospital.reasons_for_visit))
    if hospital.present_on_admission:
        pairs = zip(diagnoses, hospital.present_on_admission, strict=False)
        yield Stated("present on admission", ", ".join(f"{code} {said}" for code, said in pairs))


def _of_line(line: ClaimLineV1) -> Iterator[Stated]:
    number = LineNumber(line.number)
    if line.through is not None:
        yield Stated("last day", line.through.isoformat(), number)
    if line.control_number is not None:
        yield Stated("line control number", line.control_number, number)
    if line.emergency is not None:
        yield Stated("emergency", "yes" if line.emergency else "no", number)
    if line.drug is not None:
        yield Stated("drug", f"NDC {line.drug.ndc}, {line.drug.quantity} {line.drug.unit}", number)
    for announced in line.attachment_numbers:
        yield Stated("attachment", announced, number)
    for note in line.notes:
        yield Stated("note", note, number)
    yield from _rarely_of_line(line, number)


def _rarely_of_line(line: ClaimLineV1, number: LineNumber) -> Iterator[Stated]:
    if line.purchased is not None:
        yield Stated("purchased service", f"{line.purchased.charge} to {line.purchased.provider.npi}", number)
    if line.not_covered is not None:
        yield Stated("charge not covered", str(line.not_covered), number)
    if line.facility is not None:
        yield Stated("service facility", line.facility.name or line.facility.npi, number)
    if line.repriced is not None:
        yield Stated(
            "repriced to", f"{line.repriced.allowed} by {line.repriced.organization or 'an organization'}", number
        )
    if line.referral_number is not None:
        yield Stated("referral number", line.referral_number, number)
