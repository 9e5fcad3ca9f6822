"""The events of an appeal, from which its state is folded. `by` is an opaque person id, None for a timer or a feed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from adjudication.appeals.duty import Duty
from adjudication.appeals.filing import DismissalGround
from adjudication.appeals.independence import LineRuling
from adjudication.appeals.rules import LateDecisionEffect, Proof
from adjudication.model.determination import ReviewerSignature


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The appeal was acknowledged to the appellant."""

    at: datetime
    by: str | None


@dataclass(frozen=True, slots=True)
class ProofReceived:
    """A proof was received."""

    at: datetime
    by: str | None
    proof: Proof
    reference: str


@dataclass(frozen=True, slots=True)
class DocumentsAdded:
    """Documents were received."""

    at: datetime
    by: str | None
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GoodCauseDecided:
    """A person accepted or rejected the cause of a late filing."""

    at: datetime
    by: str
    accepted: bool
    reference: str


@dataclass(frozen=True, slots=True)
class UrgencyDecided:
    """A person decided whether the appeal is expedited."""

    at: datetime
    by: str
    expedited: bool


@dataclass(frozen=True, slots=True)
class DeciderAssigned:
    """An independent decider was assigned."""

    at: datetime
    by: str
    person_id: str


@dataclass(frozen=True, slots=True)
class Extended:
    """The extension was taken."""

    at: datetime
    by: str
    reference: str


@dataclass(frozen=True, slots=True)
class Decided:
    """The plan decided a level."""

    at: datetime
    by: str
    level: str
    rulings: tuple[LineRuling, ...]
    signature: ReviewerSignature | None
    consulted: str | None


@dataclass(frozen=True, slots=True)
class Forwarded:
    """The plan forwarded the case file to the next level, as the law requires without a request."""

    at: datetime
    by: str | None
    level: str
    reference: str


@dataclass(frozen=True, slots=True)
class OutsideRuled:
    """Another forum decided its level."""

    at: datetime
    by: str | None
    level: str
    rulings: tuple[LineRuling, ...]
    reference: str


@dataclass(frozen=True, slots=True)
class LevelOpened:
    """The appellant requested the next level."""

    at: datetime
    by: str | None
    level: str
    late: bool
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The appellant withdrew the appeal."""

    at: datetime
    by: str | None
    reference: str


@dataclass(frozen=True, slots=True)
class Dismissed:
    """A person dismissed the appeal without a decision."""

    at: datetime
    by: str
    ground: DismissalGround


@dataclass(frozen=True, slots=True)
class DismissalVacated:
    """The dismissal was vacated."""

    at: datetime
    by: str
    reference: str


@dataclass(frozen=True, slots=True)
class HeardAnyway:
    """A person accepted the appeal although a ground to dismiss it was on record."""

    at: datetime
    by: str
    reference: str


@dataclass(frozen=True, slots=True)
class Effectuated:
    """A reversal was carried out."""

    at: datetime
    by: str | None
    reference: str


@dataclass(frozen=True, slots=True)
class Deemed:
    """The decision was not made in time; `missed` is the legal effect."""

    at: datetime
    by: str | None
    level: str
    missed: LateDecisionEffect


@dataclass(frozen=True, slots=True)
class DeadlineMissed:
    """Another deadline passed; a person must act on it."""

    at: datetime
    by: str | None
    due: Duty


@dataclass(frozen=True, slots=True)
class DeadlineGapNear:
    """A deadline that cannot be computed may end in `hours`: `act_by` is its earliest possible end."""

    at: datetime
    by: str | None
    due: Duty
    act_by: datetime
    hours: int


@dataclass(frozen=True, slots=True)
class DeadlineGapReached:
    """A deadline that cannot be computed may have passed; it has no legal effect until the missing calendar is loaded."""

    at: datetime
    by: str | None
    due: Duty
    act_by: datetime


@dataclass(frozen=True, slots=True)
class ClaimTakenBack:
    """Another claim superseded the appealed one, by replacing or voiding it."""

    at: datetime
    by: str | None
    by_claim: str


Event = (
    Acknowledged
    | ProofReceived
    | DocumentsAdded
    | GoodCauseDecided
    | UrgencyDecided
    | DeciderAssigned
    | Extended
    | Decided
    | Forwarded
    | OutsideRuled
    | LevelOpened
    | Withdrawn
    | Dismissed
    | DismissalVacated
    | HeardAnyway
    | Effectuated
    | Deemed
    | DeadlineMissed
    | DeadlineGapNear
    | DeadlineGapReached
    | ClaimTakenBack
)
