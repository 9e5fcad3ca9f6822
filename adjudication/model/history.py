"""Other claims' lines for the same member, as the cross-claim edits need them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final, Self

from adjudication.model.claim import Claim, ClaimLine
from adjudication.model.persons import Person
from adjudication.model.vocabulary import ClaimForm, ClaimId, LineNumber

_PROCEDURE_CODE: Final = 5


class LineState(StrEnum):
    """The state of a line of another claim."""

    IN_PROCESS = "in-process"
    PENDED = "pended"
    APPROVED = "approved"
    DENIED = "denied"
    NOT_ADJUDICATED = "not-adjudicated"  # another system decides it; it still shows the patient's place of treatment


@dataclass(frozen=True, slots=True)
class Setting:
    """The statements of a claim and its line about the place and urgency of a service, which `Signs` of authorization exceptions read."""

    bill_type: str | None = None
    exception_code: str | None = None
    revenue_code: str | None = None
    place_of_service: str | None = None
    admission_type: str | None = None
    emergency: str | None = None  # "true" as the claim's JSON has it


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """A line of another accepted claim; `sequence` is its claim's place in the ledger (lower came first).

    `counts` is false for an undecided correction, as long as the claim that it corrects counts instead. `patient`: its
    patient, since others may share the member id; None: the patient of the querying claim. `unclear`: it may be for the
    patient of the querying claim or for another person.
    `place_of_service`: read for lines of professional claims if the querying claim has the same biller, or is a hospital's and the line is a reading.
    `admitted_on`: read for inpatient bills if the querying claim is the same hospital's, and for any hospital's lines of room and board: the stated
    day of admission, else the first day. `stay_through`: the last day of the statement of such a bill.
    `setting`: read if the querying claim lacks an authorization; None: not read.
    """

    claim_id: ClaimId
    sequence: int
    number: LineNumber
    form: ClaimForm
    submitter: str
    billing_npi: str
    code: str
    modifiers: tuple[str, ...]
    units: Decimal
    charge: Decimal
    service_date: date
    state: LineState
    counts: bool = True
    patient: Person | None = None
    unclear: bool = False
    admitted_on: date | None = None
    stay_through: date | None = None
    place_of_service: str | None = None
    setting: Setting | None = None

    @classmethod
    def of(cls, claim: Claim, line: ClaimLine, sequence: int, state: LineState) -> Self:
        """Return a line of a claim as other claims see it, without the fields that are read for some queries only."""
        return cls(
            claim_id=claim.claim_id,
            sequence=sequence,
            number=line.number,
            form=claim.form,
            submitter=claim.submitter,
            billing_npi=claim.billing.npi,
            code=line.code,
            modifiers=line.modifiers,
            units=line.units,
            charge=line.charge,
            service_date=line.service_date,
            state=state,
        )

    @property
    def stands(self) -> bool:
        """True if this product has paid or may pay the service."""
        return self.state not in (LineState.DENIED, LineState.NOT_ADJUDICATED)

    @property
    def revenue_only(self) -> bool:
        """True if `code` is a revenue code, because a hospital's line has no procedure code."""
        return len(self.code) < _PROCEDURE_CODE
