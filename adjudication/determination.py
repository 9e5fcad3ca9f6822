"""Findings folded into a determination, or into the pends that keep the claim waiting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from adjudication.claim import Claim
from adjudication.coverage import EligibilityResult
from adjudication.findings import Finding
from adjudication.reference import ReferenceData
from adjudication.vocabulary import ClaimId, GroupCode, LineNumber, OutcomeCode, PendCode


class Disposition(StrEnum):
    """What was decided for a line."""

    APPROVED = "approved"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class ReviewerSignature:
    """A licensed reviewer's signature; without one no clinical denial can be built."""

    reviewer_id: str
    role: str
    licence_number: str
    licence_state: str
    signed_at: datetime
    rationale: str


@dataclass(frozen=True, slots=True)
class Adjustment:
    """One CAS entry: group code, CARC, amount in US dollars and the remarks that explain it."""

    group: GroupCode
    carc: str
    amount: Decimal
    rarcs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LineDetermination:
    """The decision on one line; charge - sum(adjustments) = paid."""

    line: LineNumber
    code: str
    disposition: Disposition
    charge: Decimal
    paid: Decimal
    adjustments: tuple[Adjustment, ...]
    reason: OutcomeCode
    would_also_fail: tuple[OutcomeCode, ...]
    findings: tuple[Finding, ...]
    signature: ReviewerSignature | None = None


@dataclass(frozen=True, slots=True)
class Determination:
    """The final decision on one claim revision."""

    claim_id: ClaimId
    decided_at: datetime
    lines: tuple[LineDetermination, ...]
    policy_bundle: str

    @property
    def charge(self) -> Decimal:
        """Total charge in US dollars."""
        return sum((line.charge for line in self.lines), Decimal(0))

    @property
    def paid(self) -> Decimal:
        """Total paid in US dollars."""
        return sum((line.paid for line in self.lines), Decimal(0))


@dataclass(frozen=True, slots=True)
class Pend:
    """One reason a claim waits: who owns it, until when, and what releases it."""

    code: PendCode
    outcome: OutcomeCode
    line: LineNumber | None
    owner: str
    priority: int
    due_at: datetime
    releases_on: str
    resume_at: str


@dataclass(frozen=True, slots=True)
class Pended:
    """A claim that cannot be determined yet, with everything found so far."""

    claim_id: ClaimId
    pends: tuple[Pend, ...]
    findings: tuple[Finding, ...]
    policy_bundle: str


Decision = Determination | Pended


def determine(
    claim: Claim,
    eligibility: EligibilityResult,
    findings: Sequence[Finding],
    decided_at: datetime,
    reference: ReferenceData,
) -> Decision:
    """Fold findings into one decision: pend if any undecided line pends, else determine every line."""
    raise NotImplementedError
