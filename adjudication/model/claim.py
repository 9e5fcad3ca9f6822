"""A validated claim: 837 content under FHIR-like names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from adjudication.model.other_payers import PayerAdjudication, StatedCoverage
from adjudication.model.persons import Person, Relationship, Sex
from adjudication.model.vocabulary import AuthorizationNumber, ClaimForm, ClaimId, Frequency, LineNumber
from adjudication.quick_values import quick


@quick
@dataclass(frozen=True, slots=True)
class Member:
    """The patient, under the subscriber's member id. Never leaves PostgreSQL and the claim topics.

    `given_name` is empty for a person who has one name only. `sex`: None where the claim states none. `died_on`: as it states.
    """

    member_id: str
    birth_date: date
    family_name: str
    given_name: str
    suffix: str | None = None
    relationship: Relationship | None = None
    sex: Sex | None = None
    died_on: date | None = None

    @property
    def person(self) -> Person:
        """Return the claim's statements about the patient, besides the member id."""
        return Person(self.birth_date, self.family_name, self.given_name or None, self.suffix, self.relationship)


@quick
@dataclass(frozen=True, slots=True)
class Provider:
    """A provider in one role: National Provider Identifier, NUCC taxonomy code and name."""

    npi: str
    taxonomy: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A PWK segment: a document announced with the claim (control number is PWK06)."""

    control_number: str
    report_type: str
    transmission: str


Value = bool | date | Decimal | str
"""A fact's value: yes or no, a date, a number or a code, as the fact dictionary (policies/facts.yaml) says."""


@dataclass(frozen=True, slots=True)
class FactSubject:
    """The subject of a fact, as far as its statement names it: a line of the claim, a study by its code, a region, a side.

    `episode`: the first day of the episode of care that the fact belongs to.
    """

    line: LineNumber | None = None
    study: str | None = None
    region: str | None = None
    side: str | None = None
    episode: date | None = None

    @property
    def narrows(self) -> bool:
        """Return whether it names less than the claim."""
        return self.line is not None or self.study is not None or self.region is not None


@quick
@dataclass(frozen=True, slots=True)
class SupportingFact:
    """A structured fact with its source, date and author; free text is never a fact.

    `source` says where it was stated (claim, authorization, history, document or reviewer), `author` who stated it (a
    role or an opaque id), `document` the opaque id of the document it stands in. `settles`: a reviewer resolved a
    conflict with it. Not `legible`: the document has the answer but it cannot be read. `about`: its subject; None
    if not stated.
    """

    fact: str
    value: Value
    source: str
    recorded_on: date
    author: str | None = None
    document: str | None = None
    settles: bool = False
    legible: bool = True
    about: FactSubject | None = None


@dataclass(frozen=True, slots=True)
class ReceivedDocument:
    """The newest version of a document received for a claim; the facts it states are among the claim's facts."""

    document_id: str
    kind: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Stated:
    """Another statement of a claim or line that no rule reads; it is shown to reviewers."""

    name: str
    value: str
    line: LineNumber | None = None


class Cause(StrEnum):
    """The cause of the services, or another payer that the claim names, which may make another payer liable first."""

    AUTO = "auto"
    EMPLOYMENT = "employment"
    OTHER = "other"
    OTHER_PAYER = "other-payer"
    NAMED_PAYER = "named-payer"  # named as one that may pay first, without its decision
    ORIGINAL_MEDICARE = "original-medicare"  # of Medicare Advantage only: hospice, and routine costs of a trial


@dataclass(frozen=True, slots=True)
class Accident:
    """The claim's statements about accident, employment and other payers: the causes, and an institutional claim's codes for them."""

    causes: frozenset[Cause] = frozenset()
    occurrences: frozenset[str] = frozenset()
    conditions: frozenset[str] = frozenset()
    values: frozenset[str] = frozenset()


@quick
@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One service line. Money in US dollars, units as billed. `code` of a hospital line without one is its revenue code.

    `through`: the last day of a service that took several. `control_number` is the submitter's own. `unit_basis`: what the
    units count, where the claim states it (837 SV103: UN units, MJ minutes, DA days). `emergency`: as the biller marks it (SV109).
    `purchased_from`: the provider from whom the biller bought the service (PS1). `not_covered`: US dollars, by the hospital (SV207).
    """

    number: LineNumber
    code: str
    modifiers: tuple[str, ...]
    units: Decimal
    charge: Decimal
    service_date: date
    diagnosis_pointers: tuple[int, ...] = ()
    place_of_service: str | None = None
    revenue_code: str | None = None
    rendering: Provider | None = None
    authorization_number: AuthorizationNumber | None = None
    description: str | None = None
    through: date | None = None
    control_number: str | None = None
    unit_basis: str | None = None
    emergency: bool = False
    ordering: Provider | None = None
    referring: Provider | None = None
    supervising: Provider | None = None
    facility: Provider | None = None
    purchased_from: Provider | None = None
    not_covered: Decimal | None = None

    @property
    def last_day(self) -> date:
        """The last day of the service."""
        return self.through or self.service_date

    @property
    def revenue_only(self) -> bool:
        """Return whether the line has a revenue code and no procedure code."""
        return self.code == self.revenue_code


@quick
@dataclass(frozen=True, slots=True)
class Claim:
    """One revision of a claim, identified by submitter, claim control number and revision.

    `authorization_exception`: the biller's reason why no authorization was requested (837 REF 4N: 1 urgent, 2 retroactive
    period, 3 emergency, 4 to 7 others).

    `other_payers`: decisions of payers before us, as stated by the claim, a document or a person. `other_coverages`: the
    patient's other payers as the biller states them, decided or not. `documents` that
    came for it, without those of a kind that were requested again since. `delay_reason`: the biller's reason for late filing, as a code.
    `first_filed_on`: the day on which a clearinghouse accepted it first, as the submitter says. `admitted_on`: the day of
    admission that a hospital states, `stay_through` the last day of its statement, `admission_type` its code (837I CL101). `assignment_accepted`, `benefits_assigned`: 837
    CLM07 and CLM08.
    """

    claim_id: ClaimId
    submitter: str
    control_number: str
    revision: int
    received_at: datetime
    form: ClaimForm
    frequency: Frequency
    member: Member
    billing: Provider
    lines: tuple[ClaimLine, ...]
    diagnoses: tuple[str, ...]
    payer_claim_number: str | None = None
    bill_type: str | None = None
    place_of_service: str | None = None
    rendering: Provider | None = None
    ordering: Provider | None = None
    facility: Provider | None = None
    authorization_number: AuthorizationNumber | None = None
    authorization_exception: str | None = None
    attachments: tuple[Attachment, ...] = ()
    notes: tuple[str, ...] = ()
    supporting: tuple[SupportingFact, ...] = ()
    other_payers: tuple[PayerAdjudication, ...] = ()
    documents: tuple[ReceivedDocument, ...] = ()
    delay_reason: str | None = None
    first_filed_on: date | None = None
    admitted_on: date | None = None
    stay_through: date | None = None
    referring: Provider | None = None
    supervising: Provider | None = None
    attending: Provider | None = None
    operating: Provider | None = None
    accident: Accident | None = None
    admission_type: str | None = None
    assignment_accepted: bool | None = None
    benefits_assigned: bool | None = None
    also_stated: tuple[Stated, ...] = ()
    other_coverages: tuple[StatedCoverage, ...] = ()

    def line_diagnoses(self, line: ClaimLine) -> tuple[str, ...]:
        """Diagnoses a line points at (SV107), or all of them where the form has no pointers (837I)."""
        pointed = tuple(self.diagnoses[p - 1] for p in line.diagnosis_pointers if p <= len(self.diagnoses))
        return pointed or self.diagnoses

    def line_place_of_service(self, line: ClaimLine) -> str | None:
        """Place of service of a line (SV105), else of the claim (CLM05-1)."""
        return line.place_of_service or self.place_of_service

    def line_orderer(self, line: ClaimLine) -> Provider | None:
        """Return who ordered a line's service, else who referred the patient for it: stated on the line, else on the claim."""
        return line.ordering or self.ordering or line.referring or self.referring

    def line_facility(self, line: ClaimLine) -> Provider | None:
        """Return where a line's service was done: stated on the line, else on the claim."""
        return line.facility or self.facility

    def line_rendering(self, line: ClaimLine) -> Provider:
        """Rendering provider of a line, else of the claim, else the billing provider."""
        return line.rendering or self.rendering or self.billing

    @property
    def npis_by_role(self) -> dict[str, str]:
        """The NPI of each provider that the claim names as a whole, by role."""
        roles = {
            "billing": self.billing,
            "rendering": self.rendering,
            "ordering": self.ordering,
            "facility": self.facility,
            "referring": self.referring,
            "supervising": self.supervising,
            "attending": self.attending,
            "operating": self.operating,
        }
        return {role: provider.npi for role, provider in roles.items() if provider is not None}

    @property
    def npis(self) -> frozenset[str]:
        """The NPIs of all providers of the claim and its lines: a person with an interest in one may not decide."""
        own = (
            each
            for line in self.lines
            for each in (
                line.rendering,
                line.ordering,
                line.referring,
                line.supervising,
                line.facility,
                line.purchased_from,
            )
        )
        return frozenset((*self.npis_by_role.values(), *(each.npi for each in own if each is not None)))
