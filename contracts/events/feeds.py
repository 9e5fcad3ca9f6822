"""`coverage.changed`, `authorizations.changed`, `providers.changed`: the feeds of enrollment, utilization and network systems.

Each event carries the whole current state of one coverage, authorization or provider and a version that only grows, so
that an old event arriving late is recognized and ignored.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from adjudication.model.authorizations import (
    Authorization,
    AuthorizationStatus,
    AuthorizedProvider,
    AuthorizedService,
    ProviderRole,
    UnitKind,
)
from adjudication.model.persons import Person, Relationship
from adjudication.model.vocabulary import AuthorizationNumber, DateRange, PlanId
from contracts.days import latest_day
from contracts.events.addresses import AddressV1
from contracts.events.envelope import CloudEvent, Contract
from contracts.events.other_payers import OtherCoverageV1
from contracts.events.spans import SpanV1
from contracts.scalars import (
    Identifier,
    NameSuffix,
    Npi,
    PersonName,
    PlausibleDate,
    ProcedureCode,
    StatedSex,
    Taxonomy,
    Units,
    ascii_text,
)

Version = Annotated[int, Field(ge=1, le=2**63 - 1)]


class CoverageChangedV1(SpanV1):
    """One coverage span of a member; `voided` removes the span.

    `determined_on` is the day on which the enrollment was decided. A service before it was rendered before a provider could
    ask for an authorization. Absent: the day on which the span was first reported here stands for it.

    `other_coverage`: the member's other payers and their order relative to this plan. Absent: not stated, so an earlier
    version's statement stays in force; empty: there are none. A list is the whole current state of other payers.

    Subscriber and dependents may share a member id. Names, suffix and relationship to the subscriber say whom the span
    covers; without them it covers every person with the member id and birth date, so twins are not separated.
    `sex`: of the covered person; `other` and `unknown` count as not stated. `address`: that person's postal address.
    `language` of their letters (ISO 639): Spanish (es) has letters; for any other the letter is English and offers help.
    """

    coverage_id: Identifier
    member_id: Identifier
    plan_id: Identifier
    birth_date: PlausibleDate
    determined_on: PlausibleDate | None = None
    family_name: PersonName | None = None
    given_name: PersonName | None = None
    suffix: NameSuffix | None = None
    relationship: Relationship | None = Field(default=None, strict=False)
    sex: StatedSex | None = None
    address: AddressV1 | None = None
    language: Annotated[str, ascii_text(r"^[a-z]{2,3}$")] | None = None
    voided: bool = False
    version: Version
    other_coverage: Annotated[tuple[OtherCoverageV1, ...], Field(max_length=20)] | None = None

    @property
    def person(self) -> Person:
        """The person whom the span covers, as far as the event identifies them."""
        return Person(self.birth_date, self.family_name, self.given_name, self.suffix, self.relationship)

    @property
    def may_be_empty(self) -> bool:
        """A voided span may end on the day it starts: enrollment systems send that for coverage that never existed."""
        return self.voided


class CoverageChanged(CloudEvent):
    """The event on `coverage.changed`."""

    type: Literal["com.claimwright.coverage.changed.v1"] = "com.claimwright.coverage.changed.v1"
    data: CoverageChangedV1


class AuthorizedProviderV1(Contract):
    """A provider that an authorized service names: who performs the study, who reads it, or either."""

    npi: Npi
    role: ProviderRole = Field(default=ProviderRole.ANY, strict=False)


class AuthorizedServiceV1(SpanV1):
    """One authorized service; it always ends.

    `code_through`: the last code of a range that begins with `code`. `unit_kind`: what the units count. `status` of this
    service, where it differs from the authorization's. `provider_npi`: one provider in any role; more in `providers`.
    """

    code: ProcedureCode
    code_through: ProcedureCode | None = None
    units: Units
    unit_kind: UnitKind = Field(default=UnitKind.STUDIES, strict=False)
    status: AuthorizationStatus | None = Field(default=None, strict=False)
    provider_npi: Npi | None = None
    providers: Annotated[tuple[AuthorizedProviderV1, ...], Field(max_length=20)] = ()

    @model_validator(mode="after")
    def _range_runs_forward(self) -> Self:
        if self.code_through is not None and self.code_through <= self.code:
            msg = "a range of codes ends after it begins; correct code or code_through, or leave code_through out"
            raise ValueError(msg)
        return self

    def to_core(self) -> AuthorizedService:
        """Map to the core; `provider_npi` becomes one of the providers, in any role."""
        named = tuple(AuthorizedProvider(each.npi, each.role) for each in self.providers)
        if self.provider_npi is not None:
            named = (AuthorizedProvider(self.provider_npi), *named)
        dates = DateRange(self.starts, self.until)
        return AuthorizedService(self.code, self.units, dates, named, self.code_through, self.unit_kind, self.status)

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if self.until is None:
            msg = "an authorization ends; add through, the last day on which the service may be rendered, or ends"
            raise ValueError(msg)
        return self


class PatientV1(Contract):
    """A person under a member id that others may share."""

    birth_date: PlausibleDate
    family_name: PersonName | None = None
    given_name: PersonName | None = None
    suffix: NameSuffix | None = None
    relationship: Relationship | None = Field(default=None, strict=False)

    @property
    def person(self) -> Person:
        """The person, as the core's type."""
        return Person(self.birth_date, self.family_name, self.given_name, self.suffix, self.relationship)


class AuthorizationChangedV1(Contract):
    """The whole current state of one prior authorization. `issued_on`: the day of the decision on the request.

    `patient`: the person for whom it was issued. Without it, it applies to the only person under the member id; if the
    coverage feed has several, it is not used until it names one.
    """

    authorization_number: Identifier
    member_id: Identifier
    plan_id: Identifier
    status: AuthorizationStatus = Field(strict=False)
    services: Annotated[tuple[AuthorizedServiceV1, ...], Field(min_length=1, max_length=50)]
    issued_on: PlausibleDate | None = None
    patient: PatientV1 | None = None
    version: Version

    @model_validator(mode="after")
    def _one_kind_of_units(self) -> Self:
        """Refuse units that could not be added up."""
        kinds: dict[tuple[str, str | None], UnitKind] = {}
        for service in self.services:
            key = (service.code, service.code_through)
            if kinds.setdefault(key, service.unit_kind) is not service.unit_kind:
                msg = "two services of one code count different kinds of units; state one kind"
                raise ValueError(msg)
        return self

    def to_core(self) -> Authorization:
        """Map to the core, with spans that exclude their end."""
        return Authorization(
            AuthorizationNumber(self.authorization_number),
            self.member_id,
            PlanId(self.plan_id),
            self.status,
            tuple(service.half_open().to_core() for service in self.services),
            self.issued_on,
            None if self.patient is None else self.patient.person,
        )


class AuthorizationChanged(CloudEvent):
    """The event on `authorizations.changed`."""

    type: Literal["com.claimwright.authorization.changed.v1"] = "com.claimwright.authorization.changed.v1"
    data: AuthorizationChangedV1


class ProviderContractV1(SpanV1):
    """A contract of a provider with a plan; no end means open."""

    plan_id: Identifier


class InvestigationV1(SpanV1):
    """An investigation of a provider by the special unit; no end means that it is open.

    `case_reference` names the case to those who work on it and to no other person.
    """

    case_reference: Identifier


class ProviderChangedV1(Contract):
    """The whole current state of one provider on the roster: its contracts and investigations, past ones too.

    An empty list of contracts means that the provider has none; for an absent provider this is unknown. `address`: its postal address.
    `taxonomy`: its primary one (NPPES), for claims that do not state it; providers who only order may be sent for it alone.
    """

    npi: Npi
    contracts: Annotated[tuple[ProviderContractV1, ...], Field(max_length=500)] = ()
    investigations: Annotated[tuple[InvestigationV1, ...], Field(max_length=50)] = ()
    address: AddressV1 | None = None
    taxonomy: Taxonomy | None = None
    version: Version


class ProviderChanged(CloudEvent):
    """The event on `providers.changed`."""

    type: Literal["com.claimwright.provider.changed.v1"] = "com.claimwright.provider.changed.v1"
    data: ProviderChangedV1

    @model_validator(mode="after")
    def _closed_when_it_is_closed(self) -> Self:
        """Refuse a future closing date: nothing would retry the claims pended for the investigation on that day."""
        on = latest_day(self.time)
        if any(found.until is not None and found.until > on for found in self.data.investigations):
            msg = "an investigation ends after the day of its event; send the event once it is closed"
            raise ValueError(msg)
        return self
