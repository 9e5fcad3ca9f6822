"""The events of an appeal, from which its state is folded. `by` is an opaque person id, None for a timer or a feed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from adjudication.appeals.due import Due
from adjudication.appeals.filing import Ground
from adjudication.appeals.independence import LineRuling
from adjudication.appeals.rules import Missed, Proof
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
    """A person weighed the cause of a late filing."""

    at: datetime
    by: str
    accepted: bool
    reference: str


@dataclass(frozen=True, slots=True)
class UrgencyDecided:
    """A person stated whether it is expedited."""

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
    """The file left for the next level by itself."""

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
    """The appellant took it back."""

    at: datetime
    by: str | None
    reference: str


@dataclass(frozen=True, slots=True)
class Dismissed:
    """It ended without a decision."""

    at: datetime
    by: str
    ground: Ground


@dataclass(frozen=True, slots=True)
class DismissalVacated:
    """The dismissal was taken back."""

    at: datetime
    by: str
    reference: str


@dataclass(frozen=True, slots=True)
class HeardAnyway:
    """A person found no reason to dismiss it."""

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
    """The decision did not come in time, and the law drew its conclusion."""

    at: datetime
    by: str | None
    level: str
    missed: Missed


@dataclass(frozen=True, slots=True)
class DeadlineMissed:
    """Another deadline passed; a person must act on it."""

    at: datetime
    by: str | None
    due: Due


@dataclass(frozen=True, slots=True)
class DeadlineGapNear:
    """In `hours` something may be due, for all that can be counted without a year that is not loaded."""

    at: datetime
    by: str | None
    due: Due
    act_by: datetime
    hours: int


@dataclass(frozen=True, slots=True)
class DeadlineGapReached:
    """A deadline may have passed; its owner loads the missing year. Nothing is concluded from it."""

    at: datetime
    by: str | None
    due: Due
    act_by: datetime


@dataclass(frozen=True, slots=True)
class ClaimTakenBack:
    """The claim was replaced or voided by another one."""

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
