"""Notices about a legal deadline of a pended claim, on `review-tasks`: a warning before it, or that it passed.

Each notice is published once. Where a year of holidays is not loaded, the deadline cannot be computed (`no-clock`). The
notices before the earliest day on which it can end (`gap-warning`) and on that day (`gap-reached`) change no decision.
"""

from __future__ import annotations

from typing import Literal

from contracts.events.determinations import CitationV1
from contracts.events.envelope import CloudEvent, Contract
from contracts.scalars import Moment


class DeadlineNoticeV1(Contract):
    """The deadline, what happened to it, and the role to notify; `arithmetic` shows each step of the computation.

    `due_at` of a deadline that cannot be computed is the earliest time at which it can end.
    """

    claim_id: str
    deadline: str
    kind: Literal["warning", "expired", "no-clock", "gap-warning", "gap-reached"]
    notify: str
    due_at: Moment | None = None
    at_expiry: str | None = None
    arithmetic: tuple[str, ...] = ()
    citation: CitationV1 | None = None


class DeadlineNoticed(CloudEvent):
    """The event on `review-tasks`."""

    type: Literal["com.claimwright.review-task.clock.v1"] = "com.claimwright.review-task.clock.v1"
    data: DeadlineNoticeV1
