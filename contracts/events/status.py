"""`claims.status`: one event per state change, so that upstream never has to ask."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from contracts.events.envelope import CloudEvent, Contract
from contracts.scalars import Moment


class ClaimState(StrEnum):
    """The state of a submission. Rejected, duplicate and conflict are front-end answers without appeal rights.

    Determined in part: some lines are decided, the others wait; a `pended` status with their reasons follows.
    Reversed and withdrawn: a later claim replaced or voided it, after or before it was decided.
    """

    RECEIVED = "received"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    PENDED = "pended"
    DETERMINED_IN_PART = "determined-in-part"
    DETERMINED = "determined"
    REVERSED = "reversed"
    WITHDRAWN = "withdrawn"


class StatusReasonV1(Contract):
    """Why: a machine-usable code, where in the claim, and what to do."""

    code: str
    field: str | None = None
    line: int | None = None
    message: str


class ClaimStatusV1(Contract):
    """The state of one claim revision. `due_at` is the earliest date by which a pended claim must move."""

    claim_id: str
    submitter: str
    claim_control_number: str
    revision: int
    payer_claim_number: str
    state: ClaimState = Field(strict=False)
    reasons: tuple[StatusReasonV1, ...] = ()
    due_at: Moment | None = None


class ClaimStatus(CloudEvent):
    """The event on `claims.status`."""

    type: Literal["com.claimwright.claim.status.v1"] = "com.claimwright.claim.status.v1"
    data: ClaimStatusV1
