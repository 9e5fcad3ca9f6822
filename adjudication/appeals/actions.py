"""The actions of a person, a feed or a timer on an appeal, as values. adjudication/appeals/case.py says whether one is allowed.

Words written by people (rationale apart) stay in rows of their own; actions carry references to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from adjudication.appeals.due import Due
from adjudication.appeals.filing import Ground
from adjudication.appeals.filing_window import FilingDates
from adjudication.appeals.independence import LineRuling
from adjudication.appeals.rules import Proof
from adjudication.people import StaffMember


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Acknowledge the appeal to the appellant."""


@dataclass(frozen=True, slots=True)
class ReceiveProof:
    """A waiver of liability, an appointment of representative or a consent was received."""

    proof: Proof
    reference: str


@dataclass(frozen=True, slots=True)
class AddDocuments:
    """Documents were received for the appeal; references are opaque."""

    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DecideGoodCause:
    """Return whether there was good cause to file late; `reference` names the reasons written down."""

    accepted: bool
    reference: str


@dataclass(frozen=True, slots=True)
class DecideUrgency:
    """Return whether a request to hurry is granted."""

    expedited: bool


@dataclass(frozen=True, slots=True)
class AssignDecider:
    """Assign the appeal to a decider."""

    person: StaffMember


@dataclass(frozen=True, slots=True)
class Extend:
    """Take the one extension the rule allows, after a notice to the appellant that gives the reason; `reference` is that notice."""

    reference: str


@dataclass(frozen=True, slots=True)
class Decide:
    """Decide the level, every appealed line at once. `consulted`: the clinician whose advice was taken."""

    rulings: tuple[LineRuling, ...]
    rationale: str
    consulted: StaffMember | None = None


@dataclass(frozen=True, slots=True)
class RecordForward:
    """The file left for the independent review entity."""

    reference: str


@dataclass(frozen=True, slots=True)
class RecordOutsideRuling:
    """Another forum's decision was received."""

    rulings: tuple[LineRuling, ...]
    reference: str


@dataclass(frozen=True, slots=True)
class OpenLevel:
    """The appellant asks for the next level."""

    level: str
    dates: FilingDates
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Withdraw:
    """The appellant takes the appeal back; `reference` is their word for it."""

    reference: str


@dataclass(frozen=True, slots=True)
class Dismiss:
    """End the appeal without deciding it, with a reason."""

    ground: Ground


@dataclass(frozen=True, slots=True)
class VacateDismissal:
    """Take a dismissal back for good cause."""

    reference: str


@dataclass(frozen=True, slots=True)
class HearAnyway:
    """Accept an appeal despite a ground to dismiss it; `reference` names the document with the reasons."""

    reference: str


@dataclass(frozen=True, slots=True)
class RecordEffectuation:
    """The overturned denial has been carried out; `reference` is the superseding determination or service."""

    reference: str


@dataclass(frozen=True, slots=True)
class NoteDeadline:
    """A deadline passed: the law says what that means, and nothing expires silently."""

    due: Due


@dataclass(frozen=True, slots=True)
class NoteTakenBack:
    """The claim was replaced or voided: the decision under appeal was taken back."""

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
    | NoteTakenBack
)
