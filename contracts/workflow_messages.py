"""Temporal's side: names of workflows and queues, and messages that hold opaque ids and codes only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

ADJUDICATION_QUEUE: Final = "adjudication"
ADJUDICATE_CLAIMS: Final = "AdjudicateClaimsWorkflow"
REVIEW_CLAIM: Final = "ReviewClaimWorkflow"
RESUME_SIGNAL: Final = "resume"
WAITING_FOR_QUERY: Final = "waiting_for"

VERIFY_ELIGIBILITY: Final = "verify_eligibility"
MATCH_AUTHORIZATIONS: Final = "match_authorizations"
APPLY_COMPONENT_EDITS: Final = "apply_component_edits"
REVIEW_MEDICAL_NECESSITY: Final = "review_medical_necessity"
DETERMINE: Final = "determine"
PUBLISH: Final = "publish"
STEP_ORDER: Final = (
    VERIFY_ELIGIBILITY,
    MATCH_AUTHORIZATIONS,
    APPLY_COMPONENT_EDITS,
    REVIEW_MEDICAL_NECESSITY,
    DETERMINE,
    PUBLISH,
)

FAMILY_PEND: Final = "P-FAM"
"""Pend code of a component that waits for its siblings: released by a sibling's arrival, or by time."""
SYSTEM_PEND: Final = "P-SYS"
"""Pend code of a claim on which a step raised: released by a later try."""

SIBLING_ARRIVED: Final = "sibling-arrived"
"""Resume reason: another claim completes this claim's component family."""


@dataclass(frozen=True)
class ClaimBatch:
    """Claims adjudicated together. `round` counts how often these claims were tried (0 is the first time)."""

    batch_id: str
    claim_ids: list[str]
    round: int = 0


@dataclass(frozen=True)
class StepSummary:
    """What a step did: how many claims it read and which failed in isolation (opaque ids)."""

    claims: int
    failed: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class PendedClaim:
    """A claim that has to wait: pend codes, and ISO times of its next automatic try and of its due date."""

    claim_id: str
    codes: list[str]
    due_at: str
    retry_at: str | None = None


@dataclass(frozen=True)
class PublishSummary:
    """What was committed: claims determined, claims that wait, and waiting claims this batch completes."""

    determined: int
    pended: list[PendedClaim] = field(default_factory=list)
    completes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ReviewClaim:
    """Input of the workflow that holds one pended claim: its last try and what asked for another since."""

    pended: PendedClaim
    round: int = 0
    reasons: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class WaitingFor:
    """Answer of the query `waiting_for`: why a claim waits, until when, and how often it was tried again."""

    codes: list[str]
    due_at: str
    rounds: int
    retry_at: str | None = None
    overdue: bool = False
