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
    NOT_ADJUDICATED = "not-adjudicated"  # another system decides it; it still shows where the patient was


@dataclass(frozen=True, slots=True)
class Setting:
    """What a claim and its line state of the place and the urgency of a service, as `Signs` of authorization exceptions read it."""

    bill_type: str | None = None
    exception_code: str | None = None
    revenue_code: str | None = None
    place_of_service: str | None = None
    admission_type: str | None = None
    emergency: str | None = None  # "true" as the claim's JSON has it


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """A line of another accepted claim; `sequence` is its claim's place in the ledger (lower came first).

    Not `counts`: a correction that is not decided yet, while the claim it corrects still stands for both. `patient`: whom
    it was for, since others may share the member id; None: the patient of the asking claim. `unclear`: it may be for the
    patient of the asking claim or for another person.
    `place_of_service`: of a professional claim, where the asking claim is this biller's, or a hospital's and the line a reading.
    `admitted_on`: of a hospital's inpatient bill, where the asking claim is this hospital's: the day of admission, as near as it states one.
    `setting`: read where the asking claim lacks an authorization; None: not read.
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
    place_of_service: str | None = None
    setting: Setting | None = None

    @classmethod
    def of(cls, claim: Claim, line: ClaimLine, sequence: int, state: LineState) -> Self:
        """Return a line of a claim as other claims see it, without what only some of them ask for."""
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
        """Whether it is a service that this product has paid or may pay."""
        return self.state not in (LineState.DENIED, LineState.NOT_ADJUDICATED)

    @property
    def revenue_only(self) -> bool:
        """Whether `code` is a revenue code: a hospital's line without a procedure code."""
        return len(self.code) < _PROCEDURE_CODE
