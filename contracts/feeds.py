"""`coverage.changed` and `authorizations.changed`: what the enrolment and utilization systems tell us.

Each event carries the whole current state of one coverage or authorization and a version that only grows, so
that an old event arriving late is recognised and ignored.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from adjudication.authorizations import AuthorizationStatus
from contracts.claims import Npi, Number, ProcedureCode, Units
from contracts.envelope import CloudEvent, Contract

Version = Annotated[int, Field(ge=1, le=2**63 - 1)]


class CoverageChangedV1(Contract):
    """One coverage span of a member; `ends` is exclusive; `voided` removes the span."""

    coverage_id: Number
    member_id: Number
    plan_id: Number
    birth_date: date
    starts: date
    ends: date | None = None
    voided: bool = False
    version: Version

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        """Refuse a span that the projection could never store: it would block every event behind it."""
        if self.ends is not None and self.ends < self.starts:
            msg = "a coverage span cannot end before it starts; correct starts or ends"
            raise ValueError(msg)
        return self


class CoverageChanged(CloudEvent):
    """The event on `coverage.changed`."""

    type: Literal["com.claimwright.coverage.changed.v1"] = "com.claimwright.coverage.changed.v1"
    data: CoverageChangedV1


class AuthorizedServiceV1(Contract):
    """One authorized service; `ends` is exclusive."""

    code: ProcedureCode
    units: Units
    starts: date
    ends: date
    provider_npi: Npi | None = None


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
