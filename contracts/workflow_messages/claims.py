"""Claims in Temporal: names of workflows, activities and queues, and messages that hold opaque ids and codes only.

Annotations are evaluated here, unlike in other modules: Temporal's converter would evaluate their texts again for each value.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from adjudication.model.vocabulary import ClaimId

ADJUDICATION_QUEUE: Final = "adjudication"
"""The task queue of our workflows, where no setting names another."""


def large_queue(queue: str) -> str:
    """Return the queue of large claims, which are adjudicated a few at a time, so that they do not block ordinary claims."""
    return f"{queue}-large"


LARGE_QUEUE: Final = large_queue(ADJUDICATION_QUEUE)

ADJUDICATE_CLAIMS: Final = "AdjudicateClaimsWorkflow"
REVIEW_CLAIM: Final = "ReviewClaimWorkflow"
RESUME_SIGNAL: Final = "resume"
REQUEST_MAILED_SIGNAL: Final = "request_mailed"
WAITING_FOR_QUERY: Final = "waiting_for"

ACT_UPDATE: Final = "act"
WATCH_CLOCKS: Final = "watch_clocks"
OPEN_REVIEWS: Final = "open_reviews"
RESUME_REVIEWS: Final = "resume_reviews"
APPLY_REVIEW_ACTION: Final = "apply_review_action"

VERIFY_ELIGIBILITY: Final = "verify_eligibility"
MATCH_AUTHORIZATIONS: Final = "match_authorizations"
APPLY_COMPONENT_EDITS: Final = "apply_component_edits"
REVIEW_MEDICAL_NECESSITY: Final = "review_medical_necessity"
DETERMINE: Final = "determine"
PUBLISH: Final = "publish"
ADJUDICATE_LARGE: Final = "adjudicate_large"
TOOK_TOO_LONG: Final = "TookTooLong"
"""The error type of a step that exceeded its time limit: the workflow then tries fewer claims at once."""

STEP_ORDER: Final = (
    VERIFY_ELIGIBILITY,
    MATCH_AUTHORIZATIONS,
    APPLY_COMPONENT_EDITS,
    REVIEW_MEDICAL_NECESSITY,
    DETERMINE,
    PUBLISH,
)


COVERAGE_ARRIVED: Final = "coverage-changed"
AUTHORIZATION_ARRIVED: Final = "authorization-changed"
DOCUMENT_ARRIVED: Final = "document-received"
ROSTER_CHANGED: Final = "roster-changed"
POLICY_RELEASED: Final = "policy-release"
"""Resume reasons: an event of a feed concerns the claim."""

SETTLED: Final = "settled"
"""Resume reason: a reviewer settled a pend, recorded facts or corrected the claim."""

DECIDED_MEANWHILE: Final = "decided-meanwhile"
"""Resume reason: the claim was superseded by another; the try finds that and ends the review."""

SIBLING_ARRIVED: Final = "sibling-arrived"
"""Resume reason: another claim completes this claim's component family."""


@dataclass(frozen=True)
class ClaimBatch:
    """Claims adjudicated together. `round` counts how often these claims were tried (0 is the first time).

    `releases` are the bulk retries that asked for this try; `restart`: authorization units are returned and matched again.
    `large`: it is one large claim. `part`: which part of a batch that took too long (`2/4`);
    `more`: other parts follow, so the batch is not finished with this one.
    """

    batch_id: str
    claim_ids: list[str]
    round: int = 0
    releases: list[str] = field(default_factory=list)
    restart: bool = False
    large: bool = False
    part: str = ""
    more: bool = False


@dataclass(frozen=True)
class StepSummary:
    """The result of a step: how many claims it read, and the ids of those on which it raised."""

    claims: int
    failed: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class PendedClaim:
    """A pended claim: pend codes, and ISO times of its due date, its next automatic try and its next deadline check.

    `clock_at` None: the legal deadlines were not checked yet. `large`: each try is adjudicated separately from ordinary claims.
    """

    claim_id: str
    codes: list[str]
    due_at: str
    retry_at: str | None = None
    clock_at: str | None = None
    large: bool = False


@dataclass(frozen=True)
class PublishSummary:
    """The committed claims: those determined, those pended, and pended claims of other batches to resume (`completes`)."""

    determined: int
    pended: list[PendedClaim] = field(default_factory=list)
    completes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ReviewClaim:
    """Input of the workflow that holds one pended claim: its last try, the reasons for another try since, and whether its
    passed due date was logged (`overdue`).
    """

    pended: PendedClaim
    round: int = 0
    reasons: list[str] = field(default_factory=list)
    overdue: bool = False


@dataclass(frozen=True)
class OpenReviews:
    """Claims that a batch pended; each gets a separate review from this round on."""

    pended: list[PendedClaim]
    round: int


@dataclass(frozen=True)
class WaitingFor:
    """Answer of the query `waiting_for`: why a claim is pended, until when, and how often it was tried again."""

    codes: list[str]
    due_at: str
    rounds: int
    retry_at: str | None = None
    overdue: bool = False


@dataclass(frozen=True)
class ReviewAct:
    """Input of the update `act`: the claim and the id of an action that was submitted for it."""

    claim_id: str
    action_id: str


@dataclass(frozen=True)
class ReviewAnswer:
    """The answer to an action: `code` names the refusal; its words for the reviewer are stored with the action."""

    accepted: bool
    code: str = ""
    try_again: bool = False


@dataclass(frozen=True)
class DeadlineWatch:
    """The next time at which the deadlines of a claim change (ISO), or None; `decided`: the claim is determined, so nothing is due."""

    next_at: str | None = None
    decided: bool = False


class ReviewResumer(Protocol):
    """Signals the reviews of pended claims to try them again; the same signal twice causes one try."""

    async def resume(self, claim_ids: Sequence[ClaimId], reason: str) -> Sequence[ClaimId]:
        """Signal reviews that run; return the claims that no running review holds."""
        ...

    async def resume_waiting(self, claim_ids: Sequence[ClaimId], reason: str) -> None:
        """Signal the reviews of claims that the ledger says are pended; start a review that has not started yet."""
        ...
