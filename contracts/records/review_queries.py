"""What people's screens read about waiting claims, as values that pass between storage and the console."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from adjudication.model.claim import Claim
from adjudication.model.determination import Pend
from adjudication.model.vocabulary import ClaimId, PlanId
from adjudication.review.case import Case, Done, fold
from adjudication.review.first_due import FirstDue, first_due
from contracts.events.determinations import FindingV1


@dataclass(frozen=True, slots=True)
class RequestedDocument:
    """One kind of document asked for; `answered_at` is None while nothing came."""

    kind: str
    asked_at: datetime
    due_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Arrived:
    """One document that came for the claim (its newest version). `tells`: it states facts; any other only a person can read."""

    document_id: str
    kind: str
    received_at: datetime
    tells: bool


@dataclass(frozen=True, slots=True)
class Recorded:
    """One allowed action with the content it was sent with: what the audit trail holds."""

    done: Done
    action_id: str
    content: str


@dataclass(frozen=True, slots=True)
class WaitingClaim:
    """A claim with what it waits for and what was done about it.

    `contracts`: whether who bills has a contract with a plan; a plan whose roster does not tell is absent.
    """

    claim: Claim
    payer_claim_number: str
    determined: bool
    pends: tuple[Pend, ...]
    plans: tuple[PlanId, ...]
    history: tuple[Recorded, ...]
    asked: tuple[RequestedDocument, ...]
    arrived: tuple[Arrived, ...]
    kept_due: FirstDue | None = None
    contracts: Mapping[PlanId, bool] = field(default_factory=dict)

    @property
    def case(self) -> Case:
        """The case as the core folds it."""
        return fold(Case(self.pends, closed=self.determined), (recorded.done for recorded in self.history))

    @property
    def due(self) -> FirstDue | None:
        """What is due first, a legal clock or something it waits for; None when it waits for nothing."""
        if not self.pends:
            return None
        return self.kept_due or first_due((), ((pend.code, pend.due_at) for pend in self.pends))

    @property
    def due_at(self) -> datetime | None:
        """When that is: what the worklist is sorted by."""
        return None if self.due is None else self.due.due_at

    @property
    def never_came(self) -> frozenset[str]:
        """The kinds of documents asked for that did not come."""
        return frozenset(each.kind for each in self.asked if each.answered_at is None)

    @property
    def unread_since(self) -> datetime | None:
        """When the newest document came that tells no fact by itself."""
        return max((each.received_at for each in self.arrived if not each.tells), default=None)

    def unanswered(self, now: datetime) -> dict[str, datetime]:
        """The kinds of documents asked for whose answer may still come, and until when."""
        return {each.kind: each.due_at for each in self.asked if each.answered_at is None and now < each.due_at}


@dataclass(frozen=True, slots=True)
class Findings:
    """What the last try found on a waiting claim, and under which policy data."""

    round: int
    policy_bundle: str
    findings: tuple[FindingV1, ...]


@dataclass(frozen=True, slots=True)
class WorklistQuery:
    """Which waiting claims may concern somebody: `codes` and `owners` None for everybody's; at most `size`, by clock.

    A claim that was ever handed on to one of the owners is a candidate: whose it is now, only the fold of its history
    says. `policy` is a policy and its version, as findings name them. `taken`: by whom, and since when at the latest.
    """

    size: int
    codes: frozenset[str] | None
    owners: frozenset[str] | None
    pend: str | None = None
    plans: frozenset[PlanId] | None = None
    policy: str | None = None
    due_before: datetime | None = None
    taken: tuple[str, datetime] | None = None
    after: tuple[datetime, ClaimId] | None = None
