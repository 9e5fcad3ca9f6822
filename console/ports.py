"""What the console needs of the world, as ports: runtime puts PostgreSQL, Temporal and the policies behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId, LineNumber
from adjudication.people import Person
from adjudication.policy.catalog import LegRuling
from adjudication.policy.evidence import Evidence
from adjudication.review.case import CaseRules
from console.appeals.ports import Appeals
from console.bulk_retries.ports import Bulk
from console.claims.ports import ClaimDependencies
from console.dashboard.sampler import Sampler
from console.dead_letters.ports import DeadLetterDependencies
from console.review.ports import CaseReads
from console.sign_in.ports import SignIn
from console.worklist.ports import WorklistReads
from contracts.actions.people import PersonV1
from contracts.events.reopenings import Closing, Reopening
from contracts.records.review_queries import Findings, SubmittedAction, WaitingClaim, WorklistQuery
from contracts.records.unmatched_documents import DocumentClosing, UnmatchedDocument
from contracts.workflow_messages.claims import ReviewAnswer

TimeSource = Callable[[], datetime]
"""The one clock of the process."""


class NotWaitingError(Exception):
    """The claim has no review that could take an action."""


class UnansweredError(Exception):
    """Nobody answered in time; the action stays submitted, and asking again with its id is safe."""


class RefusedTokenError(Exception):
    """A token does not prove who calls; `code` says why."""

    def __init__(self, code: str, words: str) -> None:
        """Keep the reason; never the token."""
        super().__init__(code)
        self.code, self.words = code, words


class Tokens(Protocol):
    """Verifies access tokens."""

    async def subject(self, token: str) -> str:
        """Return the person's id; raises RefusedTokenError."""


class ReviewReads(Protocol):
    """Reads of waiting claims and actions."""

    async def candidates(self, query: WorklistQuery) -> tuple[WaitingClaim, ...]:
        """Return waiting claims by clock that a query may mean."""

    async def case(self, claim_id: ClaimId) -> WaitingClaim | None:
        """Return one claim."""

    async def findings(self, claim_id: ClaimId) -> Findings | None:
        """Return what the last try found."""

    async def action(self, action_id: str) -> SubmittedAction | None:
        """Return an action and its answer."""

    async def reopenings(self, limit: int) -> tuple[Reopening, ...]:
        """Return the decided claims that were raised last to be looked at again."""


class Reopenings(Protocol):
    """What people decide on decided claims that were raised to be looked at again."""

    async def close(self, closing: Closing) -> bool:
        """Keep a decision, in the trail too; False: it is closed already, or was never raised."""


class UnmatchedDocuments(Protocol):
    """Documents that match no claim or are of an unknown kind, and what people decide on them."""

    async def unmatched(self, limit: int) -> tuple[UnmatchedDocument, ...]:
        """Return those that nobody closed, the oldest first."""

    async def close(self, closing: DocumentClosing) -> bool:
        """Keep a closing, in the trail too; False: it is not on the list any more."""


class Staff(Protocol):
    """The staff, and the trail of who looked at what."""

    async def find(self, person_id: str) -> Person | None:
        """Return an active person."""

    async def put(self, people: Sequence[PersonV1], by: str, role: str, at: datetime) -> int:
        """Add or update people; return how many changed."""

    async def viewed(self, claim_id: ClaimId, by: str, role: str, at: datetime) -> None:
        """Record that somebody saw a claim's member data."""


class Submissions(Protocol):
    """Where an action's content is kept before anybody judges it."""

    async def submit(self, action_id: str, claim_id: ClaimId, acting: Person, content: bytes) -> None:
        """Keep an action with the roles it is done in; the same id again changes nothing."""


class Reviews(Protocol):
    """The workflows that hold waiting claims."""

    async def act(self, claim_id: ClaimId, action_id: str) -> ReviewAnswer:
        """Have a submitted action judged and applied; raises NotWaitingError or UnansweredError."""


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What the policies would say if one fact were told so: the name of the result by leg."""

    fact: str
    value: str
    results: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PolicyReview:
    """What the policies say of one line. `pinned`: exactly as it was decided; else evaluated now, and `note` says why."""

    line: LineNumber
    code: str
    service_date: date
    legs: tuple[LegRuling, ...]
    evidence: Evidence
    decided_on: date
    pinned: bool
    note: str
    what_if: tuple[WhatIf, ...] = ()


class Policies(Protocol):
    """The policy review of a claim's lines."""

    async def reviews(self, claim_id: ClaimId, *, what_if: bool = True) -> tuple[PolicyReview, ...]:
        """Return the review of each line, in order; `what_if`: with what each unknown fact would turn."""


@dataclass(frozen=True, slots=True)
class Words:
    """How data are put to people: the question a fact answers, the name and the remark code of a kind of document."""

    questions: Mapping[str, str]
    documents: Mapping[str, str]
    remarks: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Console:
    """Everything the routes use; the application holds one and nothing global does."""

    tokens: Tokens
    staff: Staff
    reads: ReviewReads
    submissions: Submissions
    reviews: Reviews
    policies: Policies
    worklist: WorklistReads
    around: CaseReads
    reference: ReferenceData
    rules: CaseRules
    words: Words
    sign_in: SignIn
    bulk: Bulk
    appeals: Appeals
    letters: DeadLetterDependencies
    claims: ClaimDependencies
    reopenings: Reopenings
    documents: UnmatchedDocuments
    dashboard: Sampler
    now: TimeSource
