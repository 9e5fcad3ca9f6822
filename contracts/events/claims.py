"""`claims.submitted`: a claim as upstream systems send it, 837 content in FHIR-like words.

Structure is checked here (a claim that fails goes to the dead-letter topic); business rules that need more
than one field are in contracts/claim_intake/checks.py (a claim that fails is rejected, fixable and resendable).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from adjudication.model.persons import Relationship
from adjudication.model.vocabulary import MOST_LINES, ClaimForm, Frequency
from contracts.events.addresses import AddressV1
from contracts.events.claim_details import (
    AccidentV1,
    DrugV1,
    HospitalDetailsV1,
    PayToV1,
    ProviderV1,
    PurchasedV1,
    RepricedV1,
    StayV1,
    SubscriberV1,
)
from contracts.events.envelope import CloudEvent, Contract
from contracts.events.other_payers import PayerAdjudicationV1, StatedCoverageV1
from contracts.scalars import (
    BillType,
    Day,
    Description,
    DiagnosisCode,
    FactName,
    FreeText,
    Identifier,
    LineNumberV1,
    Measurement,
    Modifier,
    Money,
    NameSuffix,
    PersonName,
    PlaceOfService,
    PlausibleDate,
    ProcedureCode,
    Quote,
    RevenueCode,
    Share,
    StatedSex,
    Text,
    Units,
)


class MemberV1(Contract):
    """The patient who received the service, as the submitter knows them: the subscriber, or a dependent under the
    subscriber's `member_id` (837 2010BA, 2010CA). A person who has one name has it as `family_name`.

    `relationship` is the patient's to the subscriber; without it only names and birth date identify the person in a family.
    `sex` as the submitter states it (837 DMG03); `other` and `unknown` count as not stated. `died_on`: the day of death (837 PAT06).
    """

    member_id: Identifier
    birth_date: PlausibleDate
    family_name: PersonName
    given_name: PersonName | None = None
    suffix: NameSuffix | None = None
    relationship: Relationship | None = Field(default=None, strict=False)
    sex: StatedSex | None = None
    died_on: PlausibleDate | None = None


class BillingProviderV1(ProviderV1):
    """The billing provider; letters are mailed to `address` (837 2010AA N3, N4) if the roster has none."""

    address: AddressV1 | None = None


class AttachmentV1(Contract):
    """A document announced with the claim (837 PWK)."""

    control_number: Identifier
    report_type: Modifier
    transmission: Literal["AA", "BM", "EL", "EM", "FT", "FX"]


REGIONS = Literal["cervical", "thoracic", "lumbar", "whole-spine", "pelvis", "abdomen", "brain"]


class FactSubjectV1(Contract):
    """The subject of a fact: a line of the claim, a study by its code, a region, a side; `episode` is the day on which it began.

    Each part may be left out. Without a subject, a fact applies to the whole claim where that cannot be wrong.
    """

    line: LineNumberV1 | None = None
    study: ProcedureCode | None = None
    region: REGIONS | None = None
    side: Literal["left", "right"] | None = None
    episode: PlausibleDate | None = None


class PageAreaV1(Contract):
    """A rectangle on a page, in shares of its width and height, from its upper left corner."""

    left: Share
    top: Share
    width: Share
    height: Share


class FactPlaceV1(Contract):
    """The place of a fact in a document's file: the page, the words there, the area of a scan. It decides nothing."""

    page: Annotated[int, Field(ge=1, le=500)]
    quote: Quote | None = None
    area: PageAreaV1 | None = None


class SupportingFactV1(Contract):
    """A structured fact (FHIR Claim.supportingInfo): exactly one value, its source, its date and its subject (`about`)."""

    fact: FactName
    flag: bool | None = None
    day: PlausibleDate | None = None
    number: Measurement | None = None
    code: Identifier | None = None
    source: Text
    recorded_on: PlausibleDate
    about: FactSubjectV1 | None = None


class ClaimLineV1(Contract):
    """One service line (837 SV1 or SV2). A hospital line may have a revenue code only (SV201 without SV202).
    `unit_basis` is what the units count (SV103, SV204): units UN, minutes MJ, days DA; without it they are units.

    `through` is the last day of a service that took several (DTP*472 as a range). `control_number` is the submitter's own
    (REF*6R) and comes back with the determination. `attachment_numbers`: the claim's `attachments` for this line.
    `emergency`: an emergency service (SV109). An ordering, referring or supervising provider is stated on the line if it
    differs from the claim's (loops 2420E, 2420F, 2420D), and so is the `facility` of the service (2420C). `purchased`: the
    biller bought the service, and a person prices it. `not_covered`: the part of the charge that the hospital itself holds to be
    not covered (SV207), about which a coder is asked. `repriced` (HCP) and `referral_number` (REF*9F) are for the record.
    """

    number: LineNumberV1
    code: ProcedureCode | None = None
    modifiers: Annotated[tuple[Modifier, ...], Field(max_length=4)] = ()
    units: Units
    unit_basis: Literal["UN", "MJ", "DA"] | None = None
    charge: Money
    service_date: PlausibleDate
    through: Day | None = None
    diagnosis_pointers: Annotated[tuple[Annotated[int, Field(ge=1, le=12)], ...], Field(max_length=4)] = ()
    place_of_service: PlaceOfService | None = None
    revenue_code: RevenueCode | None = None
    rendering: ProviderV1 | None = None
    ordering: ProviderV1 | None = None
    referring: ProviderV1 | None = None
    supervising: ProviderV1 | None = None
    facility: ProviderV1 | None = None
    purchased: PurchasedV1 | None = None
    emergency: bool | None = None
    not_covered: Money | None = None
    repriced: RepricedV1 | None = None
    referral_number: Identifier | None = None
    authorization_number: Identifier | None = None
    description: Description | None = None
    control_number: Identifier | None = None
    drug: DrugV1 | None = None
    attachment_numbers: Annotated[tuple[Identifier, ...], Field(max_length=10)] = ()
    notes: Annotated[tuple[FreeText, ...], Field(max_length=5)] = ()

    @property
    def billed_code(self) -> str:
        """The procedure code, or the revenue code of a line without one."""
        return self.code or self.revenue_code or ""


class ClaimSubmittedV1(Contract):
    """One claim. `claim_control_number` is the submitter's own (837 CLM01) and may be used again: on a replacement or void,
    which names its original by `payer_claim_number`, and for another visit. The same content again is a resend. An original
    that bills the same member and day again with other content is a conflict. `revision` may number a claim's versions.
    `total_charge` (837 CLM02), where stated, equals the charges of the lines.

    `accident`: another payer may be first, so that it pends. `assignment_accepted` and `benefits_assigned` are 837 CLM07 and
    CLM08: a provider who does not accept assignment is not paid by Medicare Advantage or Medicaid, and a benefit that is not
    assigned is the member's unless a contract has the plan pay the provider; a person decides. `trial_number` (837 REF P4) names
    a clinical trial. `delay_reason`: why it is filed late (837 CLM20); a person judges it. `first_filed_on`:
    the day on which a clearinghouse accepted the claim first (277CA), where that was before it came here; it counts for the
    time limit if the payer relies on the submitter for it, and else waits for a person.

    `other_payers`: what payers before us did with it, each payer once. A claim they have not seen carries none.
    `other_coverages`: other payers of the patient, as the biller states them; one that may pay first and has not decided pends.
    `patient_paid` (837 AMT F5) changes no amount: what is payable is before the member's share. `referral_number`: REF 9F.
    `authorization_exception`: why no authorization was asked for (837 REF 4N).
    """

    submitter: Identifier
    claim_control_number: Identifier
    revision: Annotated[int, Field(ge=1, le=999)] = 1
    frequency: Frequency = Field(default=Frequency.ORIGINAL, strict=False)
    payer_claim_number: Identifier | None = None
    form: ClaimForm = Field(strict=False)
    place_of_service: PlaceOfService | None = None
    bill_type: BillType | None = None
    member: MemberV1
    subscriber: SubscriberV1 | None = None
    billing: BillingProviderV1
    rendering: ProviderV1 | None = None
    ordering: ProviderV1 | None = None
    facility: ProviderV1 | None = None
    referring: ProviderV1 | None = None
    supervising: ProviderV1 | None = None
    attending: ProviderV1 | None = None
    operating: ProviderV1 | None = None
    pay_to: PayToV1 | None = None
    total_charge: Money | None = None
    diagnoses: Annotated[tuple[DiagnosisCode, ...], Field(min_length=1, max_length=25)]
    authorization_number: Identifier | None = None
    authorization_exception: Literal["1", "2", "3", "4", "5", "6", "7"] | None = None
    accident: AccidentV1 | None = None
    stay: StayV1 | None = None
    hospital: HospitalDetailsV1 | None = None
    assignment_accepted: bool | None = None
    benefits_assigned: bool | None = None
    trial_number: Identifier | None = None
    repriced: RepricedV1 | None = None
    first_filed_on: Day | None = None
    delay_reason: Literal["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "15"] | None = None
    attachments: Annotated[tuple[AttachmentV1, ...], Field(max_length=10)] = ()
    notes: Annotated[tuple[FreeText, ...], Field(max_length=20)] = ()
    supporting_information: Annotated[tuple[SupportingFactV1, ...], Field(max_length=60)] = ()
    lines: Annotated[tuple[ClaimLineV1, ...], Field(min_length=1, max_length=MOST_LINES)]
    other_payers: Annotated[tuple[PayerAdjudicationV1, ...], Field(max_length=10)] = ()
    other_coverages: Annotated[tuple[StatedCoverageV1, ...], Field(max_length=10)] = ()
    patient_paid: Money | None = None
    referral_number: Identifier | None = None


class ClaimSubmitted(CloudEvent):
    """The event on `claims.submitted`."""

    type: Literal["com.claimwright.claim.submitted.v1"] = "com.claimwright.claim.submitted.v1"
    data: ClaimSubmittedV1
