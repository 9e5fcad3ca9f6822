"""`review-tasks`: a claim that waits, with every reason, its owner and its due date."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime

from contracts.determinations import FindingV1
from contracts.envelope import CloudEvent, Contract


class PendV1(Contract):
    """One reason the claim waits."""

    code: str
    label: str
    outcome: str
    line: int | None = None
    owner: str
    priority: int
    due_at: AwareDatetime
    releases_on: str


class ReviewTaskV1(Contract):
    """Everything a reviewer's worklist needs to order and route the claim; findings carry the evidence."""

    claim_id: str
    submitter: str
    claim_control_number: str
    revision: int
    payer_claim_number: str
    round: int
    opened_at: AwareDatetime
    due_at: AwareDatetime
    pends: tuple[PendV1, ...]
    findings: tuple[FindingV1, ...]
    policy_bundle: str


class ReviewTaskOpened(CloudEvent):
    """The event on `review-tasks`."""

    type: Literal["com.claimwright.review-task.opened.v1"] = "com.claimwright.review-task.opened.v1"
    data: ReviewTaskV1
