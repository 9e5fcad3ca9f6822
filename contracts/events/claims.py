"""`claims.submitted`: a claim as upstream systems send it, 837 content in FHIR-like words.

Structure is checked here (a claim that fails goes to the dead-letter topic); business rules that need more
than one field are in contracts/claim_intake/checks.py (a claim that fails is rejected, fixable and resendable).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from adjudication.model.persons import Relationship
from adjudication.model.vocabulary import MOST_LINES, ClaimForm, Frequency
from contracts.events.envelope import CloudEvent, Contract
from contracts.events.other_payers import PayerAdjudicationV1
from contracts.scalars import (
    BillType,
    DayOfALife,
    Description,
    DiagnosisCode,
    FactName,
    FreeText,
    LineNumberV1,
    Measurement,
    Modifier,
    Money,
    NameSuffix,
    Npi,
    Number,
    PersonName,
    PlaceOfService,
    ProcedureCode,
    RevenueCode,
    Taxonomy,
    Text,
    Units,
)


class MemberV1(Contract):
    """Who received the service, the patient, as the submitter knows them: the subscriber, or a dependent under the
    subscriber's `member_id` (837 2010BA, 2010CA). A person who has one name has it as `family_name`.

    `relationship` is the patient's to the subscriber; without it nothing says who of a family it is but names and birth date.
    """

    member_id: Number
    birth_date: DayOfALife
    family_name: PersonName
    given_name: PersonName | None = None
    suffix: NameSuffix | None = None
    relationship: Relationship | None = Field(default=None, strict=False)


class SubscriberV1(Contract):
    """The subscriber, where the patient is somebody else (837 2010BA)."""

    family_name: PersonName
    given_name: PersonName | None = None
    suffix: NameSuffix | None = None
    birth_date: DayOfALife | None = None


class ProviderV1(Contract):
    """A provider in one role."""

    npi: Npi
    taxonomy: Taxonomy | None = None


class AttachmentV1(Contract):
    """A document announced with the claim (837 PWK)."""

    control_number: Number
    report_type: Modifier
    transmission: Literal["AA", "BM", "EL", "EM", "FT", "FX"]


class SupportingFactV1(Contract):
    """A structured fact (FHIR Claim.supportingInfo): exactly one value, its source and its date."""

    fact: FactName
    flag: bool | None = None
    day: DayOfALife | None = None
    number: Measurement | None = None
    code: Number | None = None
    source: Text
    recorded_on: DayOfALife


class ClaimLineV1(Contract):
    """One service line (837 SV1 or SV2). A hospital line may have a revenue code only (SV201 without SV202)."""

    number: LineNumberV1
    code: ProcedureCode | None = None
    modifiers: Annotated[tuple[Modifier, ...], Field(max_length=4)] = ()
    units: Units
    charge: Money
    service_date: DayOfALife
    diagnosis_pointers: Annotated[tuple[Annotated[int, Field(ge=1, le=12)], ...], Field(max_length=4)] = ()
    place_of_service: PlaceOfService | None = None
    revenue_code: RevenueCode | None = None
    rendering: ProviderV1 | None = None
    authorization_number: Number | None = None
    description: Description | None = None

    @property
    def billed_code(self) -> str:
        """The procedure code, or the revenue code of a line without one."""
        return self.code or self.revenue_code or ""


class ClaimSubmittedV1(Contract):
    """One claim. `claim_control_number` is the submitter's own (837 CLM01) and may come again: on a replacement or void,
    which names its original by `payer_claim_number`, and for another visit. The same content again is a resend. An original
    that bills the same member and day again with other content is a conflict. `revision` may number a claim's versions.
    `total_charge` (837 CLM02), where stated, equals the charges of the lines.

    `delay_reason`: why it is filed late (837 CLM20); a person judges it.

    `other_payers`: what payers before us did with it, each payer once. A claim they have not seen carries none.
    `authorization_exception`: why no authorization was asked for (837 REF 4N).
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
    subscriber: SubscriberV1 | None = None
    billing: ProviderV1
    rendering: ProviderV1 | None = None
    ordering: ProviderV1 | None = None
    facility: ProviderV1 | None = None
    total_charge: Money | None = None
    diagnoses: Annotated[tuple[DiagnosisCode, ...], Field(min_length=1, max_length=25)]
    authorization_number: Number | None = None
    authorization_exception: Literal["1", "2", "3", "4", "5", "6", "7"] | None = None
    delay_reason: Literal["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "15"] | None = None
    attachments: Annotated[tuple[AttachmentV1, ...], Field(max_length=10)] = ()
    notes: Annotated[tuple[FreeText, ...], Field(max_length=20)] = ()
    supporting_information: Annotated[tuple[SupportingFactV1, ...], Field(max_length=60)] = ()
    lines: Annotated[tuple[ClaimLineV1, ...], Field(min_length=1, max_length=MOST_LINES)]
    other_payers: Annotated[tuple[PayerAdjudicationV1, ...], Field(max_length=10)] = ()


class ClaimSubmitted(CloudEvent):
    """The event on `claims.submitted`."""

    type: Literal["com.claimwright.claim.submitted.v1"] = "com.claimwright.claim.submitted.v1"
    data: ClaimSubmittedV1
