"""A clock of a waiting claim speaks: a warning before the deadline, or that it passed. Told once each on `review-tasks`.

Where a year of holidays is not loaded there is no deadline (`no-clock`); what is told before the earliest it can be
(`gap-warning`), and then (`gap-reached`), concludes nothing.
"""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime

from contracts.events.determinations import CitationV1
from contracts.events.envelope import CloudEvent, Contract


class DeadlineNoticeV1(Contract):
    """Which clock, what it says, to whom; `arithmetic` can be checked line by line. Of a gap, `due_at` is the earliest."""

    claim_id: str
    clock: str
    says: Literal["warning", "expired", "no-clock", "gap-warning", "gap-reached"]
    tells: str
    due_at: AwareDatetime | None = None
    at_expiry: str | None = None
    arithmetic: tuple[str, ...] = ()
    citation: CitationV1 | None = None


class DeadlineNoticed(CloudEvent):
    """The event on `review-tasks`."""

    type: Literal["com.claimwright.review-task.clock.v1"] = "com.claimwright.review-task.clock.v1"
    data: DeadlineNoticeV1
