"""Maps a claim as received to the core's claim. They are separate types because the received form is versioned."""

from __future__ import annotations

from datetime import datetime

from adjudication.model.claim import Attachment, Claim, ClaimLine, FactSubject, Member, Provider, SupportingFact, Value
from adjudication.model.persons import Sex
from adjudication.model.vocabulary import AuthorizationNumber, ClaimId, LineNumber
from contracts.claim_intake.stated import accident, also_stated
from contracts.events.claim_details import ProviderV1
from contracts.events.claims import ClaimLineV1, ClaimSubmittedV1, FactSubjectV1, MemberV1, SupportingFactV1
from contracts.events.documents import DocumentFactV1


def to_core(claim: ClaimSubmittedV1, claim_id: ClaimId, received_at: datetime) -> Claim:
    """Map a validated wire claim; `received_at` is the Kafka timestamp of its first delivery."""
    return Claim(
        claim_id=claim_id,
        submitter=claim.submitter,
        control_number=claim.claim_control_number,
        revision=claim.revision,
        received_at=received_at,
        form=claim.form,
        frequency=claim.frequency,
        member=member_to_core(claim.member),
        billing=Provider(claim.billing.npi, claim.billing.taxonomy, claim.billing.name),
        lines=tuple(_line(line) for line in claim.lines),
        diagnoses=claim.diagnoses,
        payer_claim_number=claim.payer_claim_number,
        bill_type=claim.bill_type,
        place_of_service=claim.place_of_service,
        rendering=_provider(claim.rendering),
        ordering=_provider(claim.ordering),
        facility=_provider(claim.facility),
        authorization_number=_authorization(claim.authorization_number),
        authorization_exception=claim.authorization_exception,
        attachments=tuple(Attachment(a.control_number, a.report_type, a.transmission) for a in claim.attachments),
        notes=claim.notes,
        supporting=tuple(fact_of(fact) for fact in claim.supporting_information),
        other_payers=tuple(payer.to_core() for payer in claim.other_payers),
        delay_reason=claim.delay_reason,
        first_filed_on=claim.first_filed_on,
        admitted_on=None if claim.stay is None else claim.stay.admitted_on,
        stay_through=None if claim.stay is None else claim.stay.through,
        referring=_provider(claim.referring),
        supervising=_provider(claim.supervising),
        attending=_provider(claim.attending),
        operating=_provider(claim.operating),
        accident=accident(claim),
        admission_type=None if claim.hospital is None else claim.hospital.admission_type,
        assignment_accepted=claim.assignment_accepted,
        benefits_assigned=claim.benefits_assigned,
        also_stated=also_stated(claim),
        other_coverages=tuple(each.to_core() for each in claim.other_coverages),
    )


def member_to_core(member: MemberV1) -> Member:
    """Map the patient of a claim."""
    return Member(
        member.member_id,
        member.birth_date,
        member.family_name,
        member.given_name or "",
        member.suffix,
        member.relationship,
        stated_sex(member.sex),
        member.died_on,
    )


def stated_sex(stated: str | None) -> Sex | None:
    """Map the stated sex; `other` and `unknown` become None."""
    return Sex(stated) if stated in ("female", "male") else None


def _line(line: ClaimLineV1) -> ClaimLine:
    return ClaimLine(
        number=LineNumber(line.number),
        code=line.billed_code,
        modifiers=line.modifiers,
        units=line.units,
        charge=line.charge,
        service_date=line.service_date,
        diagnosis_pointers=line.diagnosis_pointers,
        place_of_service=line.place_of_service,
        revenue_code=line.revenue_code,
        rendering=_provider(line.rendering),
        authorization_number=_authorization(line.authorization_number),
        description=line.description,
        through=line.through,
        control_number=line.control_number,
        unit_basis=line.unit_basis,
        emergency=line.emergency is True,
        ordering=_provider(line.ordering),
        referring=_provider(line.referring),
        supervising=_provider(line.supervising),
        facility=_provider(line.facility),
        purchased_from=None if line.purchased is None else _provider(line.purchased.provider),
        not_covered=line.not_covered,
    )


def _provider(provider: ProviderV1 | None) -> Provider | None:
    return None if provider is None else Provider(provider.npi, provider.taxonomy, provider.name)


def _authorization(number: str | None) -> AuthorizationNumber | None:
    return None if number is None else AuthorizationNumber(number)


def fact_of(fact: SupportingFactV1) -> SupportingFact:
    """Map a fact that a claim states."""
    about = None if fact.about is None else fact_subject(fact.about)
    return SupportingFact(fact.fact, _value(fact), fact.source, fact.recorded_on, about=about)


def fact_subject(about: FactSubjectV1) -> FactSubject:
    """Map the subject of a fact."""
    line = None if about.line is None else LineNumber(about.line)
    return FactSubject(line, about.study, about.region, about.side, about.episode)


def document_fact(fact: DocumentFactV1, document: str) -> SupportingFact:
    """Map a fact from a document."""
    return SupportingFact(
        fact.fact,
        _value(fact) if fact.legible else "",
        fact.source,
        fact.recorded_on,
        author=fact.author,
        document=document,
        legible=fact.legible,
        about=None if fact.about is None else fact_subject(fact.about),
    )


def _value(fact: SupportingFactV1) -> Value:
    for value in (
        fact.flag,
        fact.day,
        fact.number,
        fact.code,
    ):  # a loop is faster here, and a claim states dozens of facts
        if value is not None:
            return value
    raise ValueError("a fact without a value passed its model; SupportingFactV1 must refuse it")
