"""Prior authorizations as values; adjudication/steps/authorization.py matches them to lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from adjudication.model.findings import Finding
from adjudication.model.vocabulary import AuthorizationNumber, ClaimId, DateRange, LineNumber, PlanId


class AuthorizationStatus(StrEnum):
    """Where an authorization request stands (278 HCR action, in words)."""

    APPROVED = "approved"
    DENIED = "denied"
    PENDED = "pended"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class AuthorizedService:
    """One service of an authorization: procedure code, units and the dates it may be rendered (half-open)."""

    code: str
    units: Decimal
    dates: DateRange
    provider_npi: str | None = None


@dataclass(frozen=True, slots=True)
class Authorization:
    """A prior authorization from its newest feed event."""

    number: AuthorizationNumber
    member_id: str
    plan_id: PlanId
    status: AuthorizationStatus
    services: tuple[AuthorizedService, ...]


@dataclass(frozen=True, slots=True)
class AuthorizationUse:
    """Units of an authorization's service taken by one claim line; each line takes them once.

    `chain` is the claim that began the chain of corrections this claim belongs to: of one chain, only one claim is
    paid in the end, so its units are counted once.
    """

    number: AuthorizationNumber
    code: str
    claim_id: ClaimId
    line: LineNumber
    units: Decimal
    chain: ClaimId | None = None

    @property
    def counted_with(self) -> ClaimId:
        """The claim whose units these are counted with."""
        return self.chain or self.claim_id


@dataclass(frozen=True, slots=True)
class AuthorizationResult:
    """Findings, the uses this claim makes, and the lines whose approved authorization protects them.

    A protected line must not be denied for medical necessity later (42 CFR 422.138(c) for Medicare Advantage).
    """

    findings: tuple[Finding, ...]
    uses: tuple[AuthorizationUse, ...]
    matched: Mapping[LineNumber, AuthorizationNumber]
    protected: frozenset[LineNumber]
