"""The actions of a person, a feed or a timer on an appeal, as values. adjudication/appeals/apply.py decides whether one is allowed.

Free text other than the rationale is stored in separate rows; an action holds only the reference to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from adjudication.appeals.duty import Duty
from adjudication.appeals.filing import DismissalGround
from adjudication.appeals.filing_window import FilingDates
from adjudication.appeals.independence import LineRuling
from adjudication.appeals.rules import Proof
from adjudication.people import StaffMember


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Acknowledge the appeal to the appellant."""


@dataclass(frozen=True, slots=True)
class ReceiveProof:
    """Record a received waiver of liability, appointment of representative or consent."""

    proof: Proof
    reference: str


@dataclass(frozen=True, slots=True)
class AddDocuments:
    """Add received documents to the appeal; references are opaque ids."""

    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DecideGoodCause:
    """Accept or reject the appellant's cause for filing late; `reference` is the document with the reasons."""

    accepted: bool
    reference: str


@dataclass(frozen=True, slots=True)
class DecideUrgency:
    """Grant or refuse a request for an expedited appeal."""

    expedited: bool


@dataclass(frozen=True, slots=True)
class AssignDecider:
    """Assign the appeal to a decider."""

    person: StaffMember


@dataclass(frozen=True, slots=True)
class Extend:
    """Take the one extension that the rule allows. `reference`: the notice that gave the appellant the reason."""

    reference: str


@dataclass(frozen=True, slots=True)
class Decide:
    """Decide every appealed line of the level at once. `consulted`: the clinician who gave advice."""

    rulings: tuple[LineRuling, ...]
    rationale: str
    consulted: StaffMember | None = None


@dataclass(frozen=True, slots=True)
class RecordForward:
    """Record that the plan sent the case file to the independent review entity."""

    reference: str


@dataclass(frozen=True, slots=True)
class RecordOutsideRuling:
    """Record the decision of another forum."""

    rulings: tuple[LineRuling, ...]
    reference: str


@dataclass(frozen=True, slots=True)
class OpenLevel:
    """Record the appellant's request for the next level."""

    level: str
    dates: FilingDates
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Record the appellant's withdrawal. `reference`: the id of their request."""

    reference: str


@dataclass(frozen=True, slots=True)
class Dismiss:
    """End the appeal without deciding it, with a reason."""

    ground: DismissalGround


@dataclass(frozen=True, slots=True)
class VacateDismissal:
    """Vacate a dismissal for good cause."""

    reference: str


@dataclass(frozen=True, slots=True)
class HearAnyway:
    """Accept an appeal although a ground to dismiss it is on record; `reference` is the document with the reasons."""

    reference: str


@dataclass(frozen=True, slots=True)
class RecordEffectuation:
    """Record that the plan carried out the reversal; `reference` is the superseding determination or service."""

    reference: str


@dataclass(frozen=True, slots=True)
class NoteDeadline:
    """Record that a deadline passed, with the consequence that the law gives it."""

    due: Duty


@dataclass(frozen=True, slots=True)
class NoteClaimSuperseded:
    """Record that another claim superseded the appealed one, by replacing or voiding it."""

    by_claim: str


Action = (
    Acknowledge
    | ReceiveProof
    | AddDocuments
    | DecideGoodCause
    | DecideUrgency
    | AssignDecider
    | Extend
    | Decide
    | RecordForward
    | RecordOutsideRuling
    | OpenLevel
    | Withdraw
    | Dismiss
    | VacateDismissal
    | HearAnyway
    | RecordEffectuation
    | NoteDeadline
    | NoteClaimSuperseded
)
