"""Claims and history lines shown by what matters to an edit: code, modifiers, units, date, biller.

Everything else is a clean claim of the synthetic member (tests/builders/activities/claims.py has the claim whose facts
satisfy the imaging gates; the edits do not read those).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from adjudication.model.claim import Attachment, Claim, ClaimLine, Provider, SupportingFact
from adjudication.model.history import HistoryLine, LineState
from adjudication.model.vocabulary import ClaimForm, ClaimId, Frequency, LineNumber
from tests.builders.activities.claims import RECEIVED, SERVICE_DATE
from tests.builders.activities.claims import a_claim as a_documented_claim

CENTER, RADIOLOGIST, VENDOR = "1234567893", "1679576722", "1245319599"
FAMILY = ("0609T", "0610T", "0611T", "0612T")
ACQUISITION, DEPENDENT = FAMILY[0], FAMILY[1:]
SPINE_MRI = ("72141", "72142", "72146", "72147", "72148", "72149", "72156", "72157", "72158", "72159")
RECORDS = Attachment("SYN-DOC-1", "RR", "EL")


def a_provider(npi: str = CENTER) -> Provider:
    return Provider(npi, "2085R0202X")


NO_REGION = "M54.10"
"""Radiculopathy of a site that the code does not name, which fits a study of any region."""


def a_line(
    code: str,
    *modifiers: str,
    units: str = "1",
    charge: str = "500.00",
    on: date = SERVICE_DATE,
    points_at: tuple[int, ...] = (),
    description: str | None = None,
) -> ClaimLine:
    """A line to put on a claim, which numbers it."""
    return ClaimLine(
        number=LineNumber(1),
        code=code,
        modifiers=modifiers,
        units=Decimal(units),
        charge=Decimal(charge),
        service_date=on,
        diagnosis_pointers=points_at,
        description=description,
    )


def a_claim(
    *lines: ClaimLine | str,
    control: str = "C1",
    billing: str = CENTER,
    form: ClaimForm = ClaimForm.PROFESSIONAL,
    frequency: Frequency = Frequency.ORIGINAL,
    diagnoses: tuple[str, ...] = (NO_REGION,),
    attachments: tuple[Attachment, ...] = (),
    facts: Mapping[str, str] | None = None,
) -> Claim:
    """A claim of these lines (a bare code is one unit of it), numbered as they stand."""
    stated = (a_line(line) if isinstance(line, str) else line for line in lines or ("72148",))
    return replace(
        a_documented_claim(control, received_at=RECEIVED),
        form=form,
        frequency=frequency,
        billing=a_provider(billing),
        lines=tuple(replace(line, number=LineNumber(number)) for number, line in enumerate(stated, start=1)),
        diagnoses=diagnoses,
        attachments=attachments,
        supporting=tuple(SupportingFact(name, value, "SYN-EHR", SERVICE_DATE) for name, value in (facts or {}).items()),
    )


def a_past_line(
    code: str,
    *modifiers: str,
    claim: str = "other-claim",
    sequence: int = 3,
    state: LineState = LineState.APPROVED,
    billing: str = CENTER,
    on: date = SERVICE_DATE,
    units: str = "1",
    charge: str = "500.00",
) -> HistoryLine:
    """A line of another claim of the same member, accepted earlier and approved unless stated."""
    return HistoryLine(
        claim_id=ClaimId(claim),
        sequence=sequence,
        number=LineNumber(1),
        form=ClaimForm.PROFESSIONAL,
        submitter="SYNTHETIC",
        billing_npi=billing,
        code=code,
        modifiers=modifiers,
        units=Decimal(units),
        charge=Decimal(charge),
        service_date=on,
        state=state,
    )


def as_history(claim: Claim, sequence: int, state: LineState = LineState.IN_PROCESS) -> list[HistoryLine]:
    """How another claim's edits see this one."""
    return [HistoryLine.of(claim, line, sequence, state) for line in claim.lines]
