"""Synthetic submissions as intake hands them to the ledger, and events of the feeds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from adjudication.model.authorizations import AuthorizationStatus
from adjudication.model.vocabulary import ClaimForm, Frequency
from contracts.claim_intake.registration import RegistrationRequest, Submission
from contracts.events.claim_details import ProviderV1
from contracts.events.claims import BillingProviderV1, ClaimLineV1, ClaimSubmittedV1, MemberV1
from contracts.events.codec import canonical, payload_hash
from contracts.events.feeds import AuthorizationChangedV1, AuthorizedServiceV1, CoverageChangedV1
from contracts.ids import claim_id

RECEIVED = datetime(2025, 9, 1, 9, 0, tzinfo=UTC)
SERVICE_DATE = date(2025, 8, 20)
BORN = date(1961, 4, 3)
MEMBER = "SYN-000001"


def a_submission(
    control: str,
    *codes: str,
    member: str = MEMBER,
    offset: int | None = None,
    charge: str = "500.00",
    received_at: datetime = RECEIVED,
    on: date = SERVICE_DATE,
    replaces: str | None = None,
    given_name: str = "Synnove",
    born: date = BORN,
    days_apart: int = 0,
) -> Submission:
    """A delivery of a claim; without an offset the position follows from the control number.

    `days_apart`: how long after the line before it each line was rendered, since code pairs are edits of one day.
    """
    lines = tuple(
        _line(number + 1, code, charge, on + timedelta(days=number * days_apart))
        for number, code in enumerate(codes or ("72148",))
    )
    claim = ClaimSubmittedV1(
        submitter="SYNTHETIC",
        claim_control_number=control,
        form=ClaimForm.PROFESSIONAL,
        place_of_service="11",
        member=MemberV1(member_id=member, birth_date=born, family_name="Synthberg", given_name=given_name),
        billing=BillingProviderV1(npi="1234567893", taxonomy="2085R0202X"),
        ordering=ProviderV1(npi="1992999825", taxonomy="207T00000X"),
        diagnoses=("M54.10",),
        lines=lines,
        frequency=Frequency.ORIGINAL if replaces is None else Frequency.REPLACEMENT,
        payer_claim_number=replaces,
    )
    payload = canonical(claim.model_dump(mode="json", exclude_none=True))
    position = f"claims.submitted/0/{control if offset is None else offset}"
    return Submission(
        claim_id=claim_id(claim.submitter, control, 1),
        claim=claim,
        payload=payload,
        patient=canonical(claim.member.model_dump(mode="json", exclude_none=True)),
        payload_hash=payload_hash(payload),
        event_id=f"event-{control}",
        received_at=received_at,
        position=position,
    )


def _line(number: int, code: str, charge: str, on: date) -> ClaimLineV1:
    return ClaimLineV1(
        number=number,
        code=code,
        units=Decimal(1),
        charge=Decimal(charge),
        service_date=on,
        diagnosis_pointers=(1,),
    )


def request(*submissions: Submission) -> RegistrationRequest:
    return RegistrationRequest(submissions, ())


def a_coverage_change(
    version: int = 1, *, coverage_id: str = "COV-1", plan: str = "HUDSON-COMM", voided: bool = False
) -> CoverageChangedV1:
    return CoverageChangedV1(
        coverage_id=coverage_id,
        member_id=MEMBER,
        plan_id=plan,
        birth_date=BORN,
        starts=date(2025, 1, 1),
        determined_on=date(2024, 12, 1),
        voided=voided,
        version=version,
    )


def an_authorization_change(
    version: int = 1,
    *,
    number: str = "AUTH-1",
    units: int = 1,
    code: str = "72148",
    member: str = MEMBER,
    status: AuthorizationStatus = AuthorizationStatus.APPROVED,
) -> AuthorizationChangedV1:
    service = AuthorizedServiceV1(
        code=code, units=Decimal(units), starts=date(2025, 1, 1), ends=date(2026, 1, 1), provider_npi="1234567893"
    )
    return AuthorizationChangedV1(
        authorization_number=number,
        member_id=member,
        plan_id="HUDSON-COMM",
        status=status,
        services=(service,),
        version=version,
    )
