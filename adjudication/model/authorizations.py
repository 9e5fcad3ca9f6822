"""Prior authorizations as values; adjudication/steps/authorization.py matches them to lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from adjudication.model.findings import Citation, Finding
from adjudication.model.persons import Person
from adjudication.model.vocabulary import AuthorizationNumber, ClaimId, DateRange, LineNumber, PlanId
from adjudication.quick_values import quick


class AuthorizationStatus(StrEnum):
    """The status of an authorization request (278 HCR action, in words)."""

    APPROVED = "approved"
    DENIED = "denied"
    PENDED = "pended"
    CANCELLED = "cancelled"


class UnitKind(StrEnum):
    """The unit of an authorized service: studies, visits, days, or one that cannot be counted here."""

    STUDIES = "studies"
    VISITS = "visits"
    DAYS = "days"
    OTHER = "other"


class ProviderRole(StrEnum):
    """The service of a provider that an authorization names: performs the study, reads it, or either."""

    ANY = "any"
    PERFORMING = "performing"
    READING = "reading"


class StudyPart(StrEnum):
    """The part of a study that a line bills. An authorization covers a study, so its two parts take one unit together."""

    WHOLE = "whole"
    TECHNICAL = "technical"
    PROFESSIONAL = "professional"


@dataclass(frozen=True, slots=True)
class RetrospectiveTerms:
    """The number of days after the service in which a plan accepts a request for an authorization, and the source of this rule."""

    days: int
    citation: Citation

    def last_day(self, service_date: date) -> date:
        """Return the last day on which the request for a service may be sent."""
        return service_date + timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class AuthorizedProvider:
    """A provider that an authorized service names."""

    npi: str
    role: ProviderRole = ProviderRole.ANY


@dataclass(frozen=True, slots=True)
class AuthorizedService:
    """One service of an authorization: a code or a range of codes, units, and the dates it may be rendered (half-open).

    `through`: the last code of the range; None: one code. `status` of the service; None: that of the authorization.
    """

    code: str
    units: Decimal
    dates: DateRange
    providers: tuple[AuthorizedProvider, ...] = ()
    through: str | None = None
    kind: UnitKind = UnitKind.STUDIES
    status: AuthorizationStatus | None = None

    @property
    def key(self) -> str:
        """The name under which its units are counted: the code, or the range of codes."""
        return self.code if self.through is None else f"{self.code}-{self.through}"

    def covers(self, code: str) -> bool:
        """Return whether a code is the authorized one or lies in the authorized range, which holds codes of one shape."""
        if self.through is None:
            return code == self.code
        alike = len(code) == len(self.code) and (code[-1] <= "9") is (self.code[-1] <= "9")
        return alike and self.code <= code <= self.through


@dataclass(frozen=True, slots=True)
class Authorization:
    """A prior authorization from its newest feed event. `issued_on`: the day of the decision on the request.

    `patient`: for whom it is, since others may share the member id; None: not stated. `unclear`: it may be for the patient
    of the claim under adjudication, or for another person.
    """

    number: AuthorizationNumber
    member_id: str
    plan_id: PlanId
    status: AuthorizationStatus
    services: tuple[AuthorizedService, ...]
    issued_on: date | None = None
    patient: Person | None = None
    unclear: bool = False

    def status_of(self, service: AuthorizedService) -> AuthorizationStatus:
        """Return the state of one service. A canceled authorization authorizes nothing."""
        if self.status is AuthorizationStatus.CANCELLED or service.status is None:
            return self.status
        return service.status


def newly_approved(before: Authorization | None, now: Authorization) -> tuple[AuthorizedService, ...]:
    """Return the approved services that an authorization did not hold before, or held with other dates, units or providers."""
    held: frozenset[AuthorizedService] = frozenset() if before is None else frozenset(_approved(before))
    return tuple(service for service in _approved(now) if service not in held)


def _approved(authorization: Authorization) -> Iterator[AuthorizedService]:
    for service in authorization.services:
        if authorization.status_of(service) is AuthorizationStatus.APPROVED:
            yield replace(service, status=None)


@dataclass(frozen=True, slots=True)
class AuthorizationUse:
    """Units of an authorization's service taken by one claim line; each line takes them once.

    `code` is the key of the service. `chain` is the claim that began the chain of corrections this claim belongs to: of
    one chain, only one claim is paid in the end, so its units are counted once. `patient`: the patient of the claim, since
    others may share the member id; None: not known. `another`: this patient is not, or may not be, the patient of the
    claim for which units are counted.
    """

    number: AuthorizationNumber
    code: str
    claim_id: ClaimId
    line: LineNumber
    units: Decimal
    chain: ClaimId | None = None
    part: StudyPart = StudyPart.WHOLE
    service_date: date | None = None
    patient: Person | None = None
    another: bool = False

    @property
    def counted_with(self) -> ClaimId:
        """The claim whose units these are counted with."""
        return self.chain or self.claim_id


@quick
@dataclass(frozen=True, slots=True)
class AuthorizationResult:
    """Findings, the uses this claim makes, and the lines whose approved authorization protects them.

    A protected line must not be denied for medical necessity later (42 CFR 422.138(c) for Medicare Advantage).
    """

    findings: tuple[Finding, ...]
    uses: tuple[AuthorizationUse, ...]
    matched: Mapping[LineNumber, AuthorizationNumber]
    protected: frozenset[LineNumber]
