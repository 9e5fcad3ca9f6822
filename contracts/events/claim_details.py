"""Optional parts of a claim on the wire: accidents, dates of a stay, institutional codes, drugs, repricing.

Adjudication reads the parts that show that another payer may pay first, and the type of admission; the rest is stored and shown
to reviewers.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from contracts.events.envelope import Contract
from contracts.scalars import (
    Day,
    DiagnosisCode,
    Identifier,
    Money,
    NameSuffix,
    Npi,
    PersonName,
    PlausibleDate,
    SignedMoney,
    State,
    Taxonomy,
    Text,
    Units,
    ascii_text,
)

InstitutionalCode = Annotated[str, ascii_text(r"^[0-9A-Z]{2}$")]
"""A condition, occurrence or value code of an institutional claim (NUBC)."""


class ProviderV1(Contract):
    """A provider in one role."""

    npi: Npi
    taxonomy: Taxonomy | None = None
    name: Text | None = None


class SubscriberV1(Contract):
    """The subscriber, where the patient is another person (837 2010BA)."""

    family_name: PersonName
    given_name: PersonName | None = None
    suffix: NameSuffix | None = None
    birth_date: PlausibleDate | None = None


class AccidentV1(Contract):
    """The cause of the services, which may make another payer liable first (837 CLM11, DTP*439; FHIR Claim.accident)."""

    causes: Annotated[tuple[Literal["auto", "employment", "other"], ...], Field(min_length=1, max_length=3)]
    state: State | None = None
    on: PlausibleDate | None = None


class StayV1(Contract):
    """The period that an institutional claim bills, both days included, and the admission (837I DTP*434 and *435)."""

    starts: Day
    through: Day
    admitted_on: Day | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.through < self.starts:
            msg = "through, the last day of the statement, lies before starts; correct one of them"
            raise ValueError(msg)
        return self


class OccurrenceV1(Contract):
    """An occurrence code with its date, or with a span of dates (837I HI*BH, HI*BI)."""

    code: InstitutionalCode
    on: PlausibleDate
    through: PlausibleDate | None = None


class ValueV1(Contract):
    """An amount or number by its code (837I HI*BE)."""

    code: InstitutionalCode
    amount: SignedMoney


class RepricedV1(Contract):
    """The result of a repricing organization (837 HCP); it is not an allowance of this payer."""

    allowed: Money
    saved: Money | None = None
    organization: Identifier | None = None
    reference: Identifier | None = None


class PurchasedV1(Contract):
    """A service that the biller bought from another provider (837 PS1, 2420B): its charge to the biller, in US dollars."""

    charge: Money
    provider: ProviderV1


class DrugV1(Contract):
    """A drug by its National Drug Code in eleven digits (837 LIN03, CTP)."""

    ndc: Annotated[str, ascii_text(r"^[0-9]{11}$")]
    quantity: Units
    unit: Literal["F2", "GR", "ME", "ML", "UN"]


class PayToV1(Contract):
    """The address for payment, if not the billing provider's (837 2010AB)."""

    name: Text
    npi: Npi | None = None


class HospitalDetailsV1(Contract):
    """Codes and diagnoses that institutional claims add.

    `present_on_admission` has one entry for each diagnosis of the claim, in order: yes, no, unknown, undetermined, exempt.
    `admission_type` (837I CL101): 1 emergency, 2 urgent, 3 elective, 4 newborn, 5 trauma, 9 not known. `patient_status` (CL103).
    `reasons_for_visit`: the diagnoses by which an outpatient came (HI*PR).
    """

    conditions: Annotated[tuple[InstitutionalCode, ...], Field(max_length=24)] = ()
    occurrences: Annotated[tuple[OccurrenceV1, ...], Field(max_length=24)] = ()
    values: Annotated[tuple[ValueV1, ...], Field(max_length=24)] = ()
    admission_type: Literal["1", "2", "3", "4", "5", "9"] | None = None
    patient_status: InstitutionalCode | None = None
    admitting_diagnosis: DiagnosisCode | None = None
    reasons_for_visit: Annotated[tuple[DiagnosisCode, ...], Field(max_length=3)] = ()
    present_on_admission: Annotated[tuple[Literal["Y", "N", "U", "W", "1"], ...], Field(max_length=25)] = ()
