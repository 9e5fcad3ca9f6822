"""`coverage.changed`, `authorizations.changed`, `providers.changed`: the feeds of enrollment, utilization and network systems.

Each event carries the whole current state of one coverage, authorization or provider and a version that only grows, so
that an old event arriving late is recognized and ignored.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from adjudication.model.authorizations import AuthorizationStatus
from contracts.days import latest_day
from contracts.events.envelope import CloudEvent, Contract
from contracts.events.other_payers import OtherCoverageV1
from contracts.events.spans import SpanV1
from contracts.scalars import DayOfALife, Npi, Number, ProcedureCode, Units

Version = Annotated[int, Field(ge=1, le=2**63 - 1)]


class CoverageChangedV1(SpanV1):
    """One coverage span of a member; `voided` removes the span.

    `other_coverage` are other payers of the member and where they stand to this plan. Absent: not stated; empty: there
    are none. Like everything here it is the whole current state: an event without it withdraws what an earlier event stated.
    """

    coverage_id: Number
    member_id: Number
    plan_id: Number
    birth_date: DayOfALife
    voided: bool = False
    version: Version
    other_coverage: Annotated[tuple[OtherCoverageV1, ...], Field(max_length=20)] | None = None

    @property
    def may_be_empty(self) -> bool:
        """A span that is taken back may end where it starts, as enrollment systems send one that never was."""
        return self.voided


class CoverageChanged(CloudEvent):
    """The event on `coverage.changed`."""

    type: Literal["com.claimwright.coverage.changed.v1"] = "com.claimwright.coverage.changed.v1"
    data: CoverageChangedV1


class AuthorizedServiceV1(SpanV1):
    """One authorized service; it always ends."""

    code: ProcedureCode
    units: Units
    provider_npi: Npi | None = None

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if self.until is None:
            msg = "an authorization ends; add through, the last day on which the service may be rendered, or ends"
            raise ValueError(msg)
        return self


class AuthorizationChangedV1(Contract):
    """The whole current state of one prior authorization."""

    authorization_number: Number
    member_id: Number
    plan_id: Number
    status: AuthorizationStatus = Field(strict=False)
    services: Annotated[tuple[AuthorizedServiceV1, ...], Field(min_length=1, max_length=50)]
    version: Version


class AuthorizationChanged(CloudEvent):
    """The event on `authorizations.changed`."""

    type: Literal["com.claimwright.authorization.changed.v1"] = "com.claimwright.authorization.changed.v1"
    data: AuthorizationChangedV1


class ProviderContractV1(SpanV1):
    """A contract of a provider with a plan; no end means open."""

    plan_id: Number


class InvestigationV1(SpanV1):
    """An investigation of a provider by the special unit; no end means that it is open.

    `case_reference` names the case to those who work on it and nothing to anybody else.
    """

    case_reference: Number


class ProviderChangedV1(Contract):
    """The whole current state of one provider on the roster: its contracts and investigations, past ones too.

    Without a contract the provider is known to have none, which an absent provider is not.
    """

    npi: Npi
    contracts: Annotated[tuple[ProviderContractV1, ...], Field(max_length=500)] = ()
    investigations: Annotated[tuple[InvestigationV1, ...], Field(max_length=50)] = ()
    version: Version


class ProviderChanged(CloudEvent):
    """The event on `providers.changed`."""

    type: Literal["com.claimwright.provider.changed.v1"] = "com.claimwright.provider.changed.v1"
    data: ProviderChangedV1

    @model_validator(mode="after")
    def _closed_when_it_is_closed(self) -> Self:
        """Refuse a closing foretold: nothing would wake the claims that wait for it on its day."""
        on = latest_day(self.time)
        if any(found.until is not None and found.until > on for found in self.data.investigations):
            msg = "an investigation ends after the day of its event; send the event once it is closed"
            raise ValueError(msg)
        return self
