"""Values that pass between storage and the activities and streams that use it through ports."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from adjudication.corrections.judge import ChainClaim
from adjudication.model.authorizations import Authorization, AuthorizationUse
from adjudication.model.claim import Claim
from adjudication.model.determination import Decision, Determination, Pend, ReviewerSignature
from adjudication.model.vocabulary import ClaimId, PlanId, ReleaseEvent
from adjudication.people import License, Person, Refusal
from adjudication.prerelease_holds.returns import SentBack
from adjudication.review.bulk_retry import Mode
from adjudication.review.case import Done
from adjudication.review.claim_deadlines import CaseTimes
from adjudication.review.first_due import FirstDue
from adjudication.review.settlements import Settlement
from contracts.actions.bulk_retries import ReleaseStepDone
from contracts.events.outgoing import Outgoing, OutgoingMessage


@dataclass(frozen=True, slots=True)
class StoredClaim:
    """A claim of the ledger. `sequence` orders claims by acceptance; `determined`: nothing is left to do.

    `read_at` is the database's own time of reading: what a feed brought later was not seen. `chain`: the claim that a
    replacement or void names, then the one that one named. `awaited`: a replacement or void names this claim.
    `returns`: what was sent back before release. `times` where documents were asked for: only then do they matter to it.
    """

    claim: Claim
    sequence: int
    determined: bool
    settlements: tuple[Settlement, ...] = ()
    returns: tuple[SentBack, ...] = ()
    times: CaseTimes | None = None
    read_at: datetime | None = None
    chain: tuple[ChainClaim, ...] = ()
    awaited: bool = False


@dataclass(frozen=True, slots=True)
class CaseFile:
    """Everything a review action is judged by, read under lock.

    `sent` is the action as it was submitted, `history` what was allowed before with the content of each, `plans` the
    plans of the claim's lines, as last found. `person` is None when nobody of that id is active. `licenses` are those
    of everybody in the history, whether they still work here or not; `unanswered` the kinds of documents asked for that
    did not come, with the time until which they may; `times` what the claim's legal clocks know of. `colleague` is who the action
    names to take the claim; None when nobody of that id is active. `unread_since` is when the newest document came that
    tells no fact.
    """

    action_id: str
    claim: Claim
    determined: bool
    pends: tuple[Pend, ...]
    plans: tuple[tuple[int | None, PlanId], ...]
    history: tuple[tuple[Done, str], ...]
    person: Person | None
    sent: bytes
    times: CaseTimes
    colleague: Person | None = None
    licenses: Mapping[str, tuple[License, ...]] = field(default_factory=dict)
    unanswered: Mapping[str, datetime] = field(default_factory=dict)
    unread_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of a submitted action: allowed (with its signature where it is a clinical denial), or refused."""

    done: Done | None
    refusal: Refusal | None = None
    signature: ReviewerSignature | None = None
    clinical: bool = False
    due_at: datetime | None = None
    messages: tuple[OutgoingMessage, ...] = ()


PendKey = tuple[str, int | None, str, str]
"""Pend code, line, outcome and what a hold is about: what a claim waits for."""


@dataclass(frozen=True, slots=True)
class OpenPends:
    """What a claim waits for by now and when that is due; `asked` are the kinds of documents asked for, not answered."""

    due: Mapping[PendKey, datetime]
    asked: frozenset[str] = frozenset()


Judge = Callable[[CaseFile], Judged]
"""Pure decision on a submitted action; may be called again with fresher data if the transaction is retried."""


@dataclass(frozen=True, slots=True)
class HistoryQuery:
    """Which other claims' lines one claim needs: its member's, dated within a window (ends inclusive)."""

    claim_id: ClaimId
    member_id: str
    earliest: date
    latest: date


@dataclass(frozen=True, slots=True)
class AuthorizationLedger:
    """A member's authorizations and every recorded use of them, read under lock."""

    authorizations: Mapping[str, Sequence[Authorization]]
    uses: Mapping[str, Sequence[AuthorizationUse]]


Allocate = Callable[[AuthorizationLedger], Sequence[AuthorizationUse]]
"""Pure decision which uses to record; may be called again with fresher data if the transaction is retried."""


@dataclass(frozen=True, slots=True)
class Acquired:
    """An acquisition that is taken back: on which days, and which components near them belonged to it."""

    days: tuple[date, ...]
    acquisition: frozenset[str]
    dependent: frozenset[str]
    window_days: int


@dataclass(frozen=True, slots=True)
class SupersededClaim:
    """A claim that a replacement or void changes, committed with that one's decision or not at all.

    `version` is its newest determination as it was read (0: none); a newer one refuses the commit. Without a
    determination it is only reserved: nobody else may change it until the replacement is decided. `acquired` is the
    approved acquisition that goes with it, whose paid components somebody then looks at.
    """

    claim: Claim
    version: int
    determination: Determination | None = None
    messages: tuple[OutgoingMessage, ...] = ()
    acquired: Acquired | None = None


@dataclass(frozen=True, slots=True)
class Publication:
    """One claim's decision, ready to be committed: the decision itself and the exact events that tell it.

    `round` is 0 for the first try. A pended claim whose pends did not change carries no messages. `releases` are the
    bulk releases that asked for this try. `due` is what is due first on a claim that waits, as its clocks begin.
    """

    stored: StoredClaim
    decision: Decision
    round: int
    messages: tuple[OutgoingMessage, ...]
    gives_way: tuple[SupersededClaim, ...] = ()
    releases: tuple[str, ...] = ()
    due: FirstDue | None = None


@dataclass(frozen=True, slots=True)
class ReleaseTurn:
    """What a bulk release does now: the waiting claims to ask for another try, how, and when to come back."""

    ask: tuple[ClaimId, ...]
    mode: Mode
    then: ReleaseStepDone


@dataclass(frozen=True, slots=True)
class Awaited:
    """A claim that was just pended: the events that release its pends, and when the claim was read."""

    claim_id: ClaimId
    events: frozenset[ReleaseEvent]
    read_at: datetime


@dataclass(frozen=True, slots=True)
class DeadlineNotice:
    """Something a clock says at a moment, and the exact event that tells it; told once a clock, kind and moment."""

    claim_id: str
    clock: str
    says: str
    at: datetime
    told_at: datetime
    message: OutgoingMessage


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """One committed outbox row: several messages to send in order."""

    entry_id: int
    messages: tuple[Outgoing, ...]
