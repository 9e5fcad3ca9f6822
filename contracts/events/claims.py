"""`claims.submitted`: a claim as upstream systems send it, 837 content in FHIR-like words.

Structure is checked here (a claim that fails goes to the dead-letter topic); business rules that need more
than one field are in contracts/claim_intake/checks.py (a claim that fails is rejected, fixable and resendable).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from adjudication.model.vocabulary import MOST_LINES, ClaimForm, Frequency
from contracts.events.envelope import CloudEvent, Contract, Text
from contracts.events.other_payers import PayerAdjudicationV1

Npi = Annotated[str, Field(pattern=r"^[12]\d{9}$")]
Taxonomy = Annotated[str, Field(pattern=r"^[0-9A-Z]{9}X$")]
ProcedureCode = Annotated[str, Field(pattern=r"^[0-9A-Z]\d{3}[0-9A-Z]$")]
Modifier = Annotated[str, Field(pattern=r"^[0-9A-Z]{2}$")]
DiagnosisCode = Annotated[str, Field(pattern=r"^[A-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?$")]
Money = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]
Units = Annotated[Decimal, Field(gt=0, max_digits=8, decimal_places=2)]
PlaceOfService = Annotated[str, Field(pattern=r"^\d{2}$")]
BillType = Annotated[str, Field(pattern=r"^\d{2}[0-9A-Z]$")]
RevenueCode = Annotated[str, Field(pattern=r"^\d{4}$")]
Number = Annotated[str, Field(min_length=1, max_length=50, pattern=r"^[!-~]+$")]
"""An identifier on the wire: printable, no blanks."""

FreeText = Annotated[str, Field(min_length=1, max_length=4000, pattern=r"^[^\x00]*$")]
"""Anything but NUL, which PostgreSQL refuses: such a claim could never be stored and would block those behind it."""


class MemberV1(Contract):
    """Who received the service, as the submitter knows them."""

    member_id: Number
    birth_date: date
    family_name: Text
    given_name: Text


class ProviderV1(Contract):
    """A provider in one role."""

    npi: Npi
    taxonomy: Taxonomy | None = None


class AttachmentV1(Contract):
    """A document announced with the claim (837 PWK)."""

    control_number: Number
    report_type: Annotated[str, Field(pattern=r"^[0-9A-Z]{2}$")]
    transmission: Literal["AA", "BM", "EL", "EM", "FT", "FX"]


class SupportingFactV1(Contract):
    """A structured fact (FHIR Claim.supportingInfo): exactly one value, its source and its date."""

    fact: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]{1,60}$")]
    flag: bool | None = None
    day: date | None = None
    number: Annotated[Decimal, Field(max_digits=10, decimal_places=3)] | None = None
    code: Number | None = None
    source: Text
    recorded_on: date


class ClaimLineV1(Contract):
    """One service line (837 SV1 or SV2)."""

    number: Annotated[int, Field(ge=1, le=MOST_LINES)]
    code: ProcedureCode
    modifiers: Annotated[tuple[Modifier, ...], Field(max_length=4)] = ()
    units: Units
    charge: Money
    service_date: date
    diagnosis_pointers: Annotated[tuple[Annotated[int, Field(ge=1, le=12)], ...], Field(max_length=4)] = ()
    place_of_service: PlaceOfService | None = None
    revenue_code: RevenueCode | None = None
    rendering: ProviderV1 | None = None
    authorization_number: Number | None = None
    description: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00]*$")] | None = None


class ClaimSubmittedV1(Contract):
    """One revision of a claim. Its identity is (submitter, claim_control_number, revision).

    `other_payers`: what payers before us did with it, each payer once. A claim they have not seen carries none.
    """

    submitter: Number
    claim_control_number: Number
    revision: Annotated[int, Field(ge=1, le=999)] = 1
    frequency: Frequency = Field(default=Frequency.ORIGINAL, strict=False)
    payer_claim_number: Number | None = None
    form: ClaimForm = Field(strict=False)
    place_of_service: PlaceOfService | None = None
    bill_type: BillType | None = None
    member: MemberV1
    billing: ProviderV1
    rendering: ProviderV1 | None = None
    ordering: ProviderV1 | None = None
    facility: ProviderV1 | None = None
    diagnoses: Annotated[tuple[DiagnosisCode, ...], Field(min_length=1, max_length=25)]
    authorization_number: Number | None = None
    attachments: Annotated[tuple[AttachmentV1, ...], Field(max_length=10)] = ()
    notes: Annotated[tuple[FreeText, ...], Field(max_length=20)] = ()
    supporting_information: Annotated[tuple[SupportingFactV1, ...], Field(max_length=60)] = ()
    lines: Annotated[tuple[ClaimLineV1, ...], Field(min_length=1, max_length=MOST_LINES)]
    other_payers: Annotated[tuple[PayerAdjudicationV1, ...], Field(max_length=10)] = ()


class ClaimSubmitted(CloudEvent):
    """The event on `claims.submitted`."""

    type: Literal["com.claimwright.claim.submitted.v1"] = "com.claimwright.claim.submitted.v1"
    data: ClaimSubmittedV1
