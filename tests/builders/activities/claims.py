"""Synthetic claims for the tests of activities: recognizable members, real codes, facts that satisfy the gates."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256

from adjudication.model.authorizations import Authorization, AuthorizationStatus, AuthorizedService
from adjudication.model.claim import Claim, ClaimLine, FactSubject, Member, Provider, SupportingFact
from adjudication.model.vocabulary import AuthorizationNumber, ClaimForm, DateRange, Frequency, LineNumber, PlanId
from adjudication.steps.eligibility import CoverageSpan
from cli.demo.clinical import failed_trial
from contracts.ids import claim_id

RECEIVED = datetime(2025, 9, 1, 9, 0, tzinfo=UTC)
SERVICE_DATE = date(2025, 8, 20)
BIRTH_DATE = date(1961, 4, 3)
IMAGING = "72148"
ACQUISITION, ANALYSIS = "0609T", "0611T"

_EPISODE = date(2025, 5, 1)


def a_member(number: int = 1, *, family_name: str = "Synthberg") -> Member:
    return Member(f"SYN-{number:06d}", BIRTH_DATE, family_name, "Synnove")


def opaque(member: Member) -> str:
    """A feed's own id, which says nothing of the member."""
    return sha256(member.member_id.encode()).hexdigest()[:8]


def a_line(number: int, code: str, charge: str = "500.00") -> ClaimLine:
    return ClaimLine(LineNumber(number), code, (), Decimal(1), Decimal(charge), SERVICE_DATE, (1,))


def a_claim(
    control: str,
    *codes: str,
    member: Member | None = None,
    received_at: datetime = RECEIVED,
    billing: str = "1234567893",
) -> Claim:
    """A clean professional claim; spine imaging by default, with every fact its gates ask for, of the whole spine if it bills several."""
    about = FactSubject(region="whole-spine") if len(set(codes)) > 1 else None
    return Claim(
        claim_id=claim_id("SYNTHETIC", control, 1),
        submitter="SYNTHETIC",
        control_number=control,
        revision=1,
        received_at=received_at,
        form=ClaimForm.PROFESSIONAL,
        frequency=Frequency.ORIGINAL,
        member=member or a_member(),
        billing=Provider(billing, "2085R0202X"),
        ordering=Provider("1992999825", "207T00000X"),
        lines=tuple(a_line(number, code) for number, code in enumerate(codes or (IMAGING,), start=1)),
        diagnoses=("M54.10",),
        place_of_service="11",
        first_filed_on=SERVICE_DATE,  # tests on the clock of a server receive it on any later day
        supporting=tuple(
            SupportingFact(name, value, "SYN-EHR", _EPISODE, about=about)
            for name, value in failed_trial(SERVICE_DATE).items()
        ),
    )


def coverage(member: Member, plan: str = "HUDSON-COMM") -> CoverageSpan:
    return CoverageSpan(
        coverage_id=f"COV-{opaque(member)}",
        member_id=member.member_id,
        plan_id=PlanId(plan),
        birth_date=member.birth_date,
        span=DateRange(date(2025, 1, 1)),
        known_on=date(2024, 12, 1),
    )


def an_authorization(member: Member, code: str, *, units: int = 1, plan: str = "HUDSON-COMM") -> Authorization:
    return Authorization(
        number=AuthorizationNumber(f"AUTH-{opaque(member)}-{code}"),
        member_id=member.member_id,
        plan_id=PlanId(plan),
        status=AuthorizationStatus.APPROVED,
        services=(AuthorizedService(code, Decimal(units), DateRange(date(2025, 1, 1), date(2026, 1, 1))),),
    )
