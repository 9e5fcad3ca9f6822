"""The model of a decision: a determination, or pends. adjudication/steps/determine.py folds the findings into it.

Two things hold by construction: the charges of a line balance, and no line is denied on clinical grounds
without a licensed reviewer's signature (42 CFR 422.566(d); NY PHL 4903).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from adjudication.deadlines.interest import LateInterest
from adjudication.model.correction_note import CorrectionNote
from adjudication.model.errors import ClinicalDenialNeedsSignatureError, UnbalancedError
from adjudication.model.findings import Finding
from adjudication.model.vocabulary import ClaimId, GroupCode, LineNumber, OutcomeCode, PendCode
from adjudication.quick_values import quick

CLINICAL_CARCS: Final = frozenset({"50", "55", "56"})
"""Reason codes that state a clinical judgment: not necessary, experimental, not proven effective."""

SIGNING_ROLES: Final = frozenset({"physician", "clinical-peer"})


class Disposition(StrEnum):
    """The decision on a line. Reversed: a decision taken back, amounts negated. Withdrawn: nothing is billed any more.

    Not adjudicated: the code is outside this product's scope; another system of the payer decides the line and its charge.
    """

    APPROVED = "approved"
    DENIED = "denied"
    REVERSED = "reversed"
    WITHDRAWN = "withdrawn"
    NOT_ADJUDICATED = "not-adjudicated"


@dataclass(frozen=True, slots=True)
class ReviewerSignature:
    """A licensed reviewer's signature; without one no clinical denial can be built."""

    reviewer_id: str
    role: str
    license_number: str
    license_state: str
    signed_at: datetime
    rationale: str

    def __post_init__(self) -> None:
        """Refuse a signature by someone who may not deny, or without individual reasons."""
        if self.role not in SIGNING_ROLES:
            msg = f"role {self.role} may not sign an adverse clinical decision; a physician or clinical peer must"
            raise ClinicalDenialNeedsSignatureError(msg)
        if not (self.license_number.strip() and self.license_state.strip() and self.rationale.strip()):
            msg = "a signature needs a license, its state and a rationale about this member's own facts"
            raise ClinicalDenialNeedsSignatureError(msg)


@quick
@dataclass(frozen=True, slots=True)
class Adjustment:
    """One CAS entry: group code, CARC, amount in US dollars and the remarks that explain it."""

    group: GroupCode
    carc: str
    amount: Decimal
    rarcs: tuple[str, ...] = ()


@quick
@dataclass(frozen=True, slots=True)
class LineDetermination:
    """The decision on one line; charge - sum(adjustments) = paid. `prior_payers` paid or decided it before us."""

    line: LineNumber
    code: str
    disposition: Disposition
    charge: Decimal
    paid: Decimal
    adjustments: tuple[Adjustment, ...]
    reason: OutcomeCode
    would_also_fail: tuple[OutcomeCode, ...]
    findings: tuple[Finding, ...]
    clinical: bool = False
    signature: ReviewerSignature | None = None
    prior_payers: int = 0

    def __post_init__(self) -> None:
        """Refuse an unsigned clinical denial, whole or in part, and charges that do not balance."""
        if self.disposition in (Disposition.REVERSED, Disposition.WITHDRAWN, Disposition.NOT_ADJUDICATED):
            self._refuse_unless_undecided()
            return
        denied = self.disposition is Disposition.DENIED
        clinical = (denied and self.clinical) or any(a.carc in CLINICAL_CARCS for a in self.adjustments)
        if clinical and self.signature is None:
            msg = f"line {self.line}: {self.reason} is a clinical denial and needs a licensed reviewer's signature"
            raise ClinicalDenialNeedsSignatureError(msg)
        adjusted = sum((a.amount for a in self.adjustments), Decimal(0))
        most = Decimal(0) if denied else self.charge
        if self.charge - adjusted != self.paid or not 0 <= self.paid <= most:
            msg = (
                f"line {self.line} {self.disposition}: charge {self.charge} less adjustments {adjusted} is not paid "
                f"{self.paid}, or paid exceeds {most}; every cent not paid needs an adjustment"
            )
            raise UnbalancedError(msg)

    def _refuse_unless_undecided(self) -> None:
        """Refuse a line that decides nothing and yet charges, pays or denies anything: it could hide an unsigned denial."""
        amounts = [self.charge, self.paid, *(a.amount for a in self.adjustments)]
        most = max(amounts) if self.disposition is Disposition.REVERSED else max(map(abs, amounts))
        balance = self.charge - sum((a.amount for a in self.adjustments), Decimal(0))
        if most > 0 or balance != self.paid or self.paid < self.charge or self.clinical:
            msg = (
                f"line {self.line} {self.disposition}: a reversal negates every amount and balances, any other has none"
            )
            raise UnbalancedError(msg)


@quick
@dataclass(frozen=True, slots=True)
class Determination:
    """The decision on one claim revision; `version` grows when it is superseded.

    `pending`: lines that still wait and that a later version decides; without any, the decision is final. `repeated`:
    lines decided by an earlier version and repeated unchanged. `doubtful`: those of them with another result
    today. `follows_open`: the version before left lines open. `changes`: the claim this one replaced or voided. `superseded_by`: the claim that took this one back, explained by
    `remarks`. `interest`: the legal interest on a late payment, one entry per missed deadline; not part of `paid`.
    `correction`: the reopening for which this version replaces the one before.
    """

    claim_id: ClaimId
    decided_at: datetime
    lines: tuple[LineDetermination, ...]
    policy_bundle: str
    version: int = 1
    remarks: tuple[str, ...] = ()
    changes: ClaimId | None = None
    superseded_by: ClaimId | None = None
    interest: tuple[LateInterest, ...] = ()
    pending: tuple[LineNumber, ...] = ()
    repeated: tuple[LineNumber, ...] = ()
    doubtful: tuple[LineNumber, ...] = ()
    follows_open: bool = False
    correction: CorrectionNote | None = None

    @property
    def charge(self) -> Decimal:
        """Total charge in US dollars."""
        return sum((line.charge for line in self.lines), Decimal(0))

    @property
    def prior_payers(self) -> int:
        """The most payers before us on any line: none, we are primary; one, secondary (835 CLP02)."""
        return max((line.prior_payers for line in self.lines), default=0)

    @property
    def paid(self) -> Decimal:
        """Total paid in US dollars."""
        return sum((line.paid for line in self.lines), Decimal(0))


@dataclass(frozen=True, slots=True)
class DecidedLines:
    """The lines of a claim that its newest version, `version`, decides while others still wait; version 0: none."""

    version: int = 0
    lines: tuple[LineDetermination, ...] = ()

    def by_line(self) -> dict[LineNumber, LineDetermination]:
        """Return the decisions by line; a line that is not decided yet is absent."""
        return {each.line: each for each in self.lines}


NOTHING_DECIDED: Final = DecidedLines()


@dataclass(frozen=True, slots=True)
class Pend:
    """One reason why a claim is pended, with its owner and due time. The PendRule of its code lists the events that release it.

    `about` names the subject of a pre-release hold: the amount to approve, or the decision to check.
    """

    code: PendCode
    outcome: OutcomeCode
    line: LineNumber | None
    owner: str
    priority: int
    due_at: datetime
    about: str = ""


@dataclass(frozen=True, slots=True)
class Pended:
    """A claim that cannot be determined as a whole yet, with everything found so far.

    `ready`: the decision on lines that need not wait for the others, where lines became ready that no version decides yet.
    """

    claim_id: ClaimId
    pends: tuple[Pend, ...]
    findings: tuple[Finding, ...]
    policy_bundle: str
    ready: Determination | None = None


Decision = Determination | Pended
