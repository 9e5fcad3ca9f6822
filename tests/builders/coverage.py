"""Coverage spans, authorizations and uses for one synthetic member."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from adjudication.model.authorizations import (
    Authorization,
    AuthorizationStatus,
    AuthorizationUse,
    AuthorizedProvider,
    AuthorizedService,
    StudyPart,
)
from adjudication.model.claim import Claim
from adjudication.model.reference import Plan, ReferenceData
from adjudication.model.vocabulary import AuthorizationNumber, ClaimId, DateRange, LineNumber, PlanId
from adjudication.steps.eligibility import CoverageSpan
from tests.builders.activities.claims import BIRTH_DATE, a_member

MEMBER = a_member()
KNOWN = date(2024, 12, 1)
"""Before every service: the enrollment is not retroactive."""
YEAR = DateRange(date(2025, 1, 1), date(2026, 1, 1))


def covered(
    starts: date = YEAR.starts,
    ends: date | None = None,
    *,
    plan: str = "HUDSON-COMM",
    birth_date: date = BIRTH_DATE,
    coverage_id: str = "COV-SYN-1",
    known_on: date | None = KNOWN,
) -> CoverageSpan:
    """A span of the synthetic member; open-ended unless stated."""
    return CoverageSpan(
        coverage_id, MEMBER.member_id, PlanId(plan), birth_date, DateRange(starts, ends), None, known_on
    )


def service(code: str, units: int = 1, dates: DateRange = YEAR, npi: str | None = None) -> AuthorizedService:
    return AuthorizedService(code, Decimal(units), dates, () if npi is None else (AuthorizedProvider(npi),))


def authorized(
    *services: AuthorizedService,
    number: str = "AUTH-SYN-1",
    plan: str = "HUDSON-COMM",
    status: AuthorizationStatus = AuthorizationStatus.APPROVED,
    member_id: str = MEMBER.member_id,
) -> Authorization:
    return Authorization(AuthorizationNumber(number), member_id, PlanId(plan), status, services)


def used(
    code: str,
    *,
    number: str = "AUTH-SYN-1",
    claim: str = "other-claim",
    line: int = 1,
    units: int = 1,
    part: StudyPart = StudyPart.WHOLE,
    day: date | None = None,
) -> AuthorizationUse:
    return AuthorizationUse(
        AuthorizationNumber(number), code, ClaimId(claim), LineNumber(line), Decimal(units), None, part, day
    )


def naming(claim: Claim, *, on_claim: str | None = None, on_lines: str | None = None) -> Claim:
    """The claim with authorization numbers in its header, on its lines, or both."""
    number = None if on_lines is None else AuthorizationNumber(on_lines)
    lines = tuple(replace(line, authorization_number=number) for line in claim.lines)
    header = None if on_claim is None else AuthorizationNumber(on_claim)
    return replace(claim, lines=lines, authorization_number=header)


def plans_of(claim: Claim, reference: ReferenceData, plan: str = "HUDSON-COMM") -> dict[LineNumber, Plan]:
    """Every line under one plan, as eligibility would find it."""
    found = {line.number: reference.plan(PlanId(plan), line.service_date) for line in claim.lines}
    return {number: version for number, version in found.items() if version is not None}
