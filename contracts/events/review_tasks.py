"""`review-tasks`: a pended claim with its pends, their owners and due dates; and policies whose review is overdue."""

from __future__ import annotations

from typing import Literal

from contracts.events.determinations import FindingV1
from contracts.events.envelope import CloudEvent, Contract
from contracts.scalars import Day, Moment


class PendV1(Contract):
    """One reason why the claim is pended. `about`: the amount or the decision that a pre-release hold asks to approve."""

    code: str
    label: str
    outcome: str
    line: int | None = None
    owner: str
    priority: int
    due_at: Moment
    releases_on: tuple[str, ...]
    about: str | None = None


class ReviewTaskV1(Contract):
    """Everything a reviewer's worklist needs to order and route the claim; findings carry the evidence.

    `findings_left_out`: how many findings the event lacks because it would not fit the topic; absent: none.
    """

    claim_id: str
    submitter: str
    claim_control_number: str
    revision: int
    payer_claim_number: str
    round: int
    opened_at: Moment
    due_at: Moment
    pends: tuple[PendV1, ...]
    findings: tuple[FindingV1, ...]
    policy_bundle: str
    findings_left_out: int | None = None


class ReviewTaskOpened(CloudEvent):
    """The event on `review-tasks`."""

    type: Literal["com.claimwright.review-task.opened.v1"] = "com.claimwright.review-task.opened.v1"
    data: ReviewTaskV1


class PolicyReviewV1(Contract):
    """A medical policy past its own next review: a task for its owner, never a reason to deny (X-23)."""

    policy: str
    version: str
    content_hash: str
    title: str
    owner: str
    next_review: Day


class PolicyReviewDue(CloudEvent):
    """The event on `review-tasks` about a policy; published once per version and review date."""

    type: Literal["com.claimwright.policy-review.due.v1"] = "com.claimwright.policy-review.due.v1"
    data: PolicyReviewV1
