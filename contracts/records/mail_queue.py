"""Letters in the mail queue and notices that are not sent, as the console and the command line show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class MailState(StrEnum):
    """The state of a letter: handed over, mailed, not mailed, or returned by the carrier."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class QueuedLetter:
    """A letter handed to the mail. `at`: of the newest statement about it; `reason`: why it failed or came back.

    `claim`: the payer claim number.
    """

    letter_id: str
    claim_id: str
    appeal_id: str | None
    kind: str
    audience: str
    step: str
    batch: str
    attempt: int
    queued_at: datetime
    state: MailState
    at: datetime | None
    carrier: str | None
    reference: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class MailBatch:
    """The letters of one day and reader, counted by state."""

    batch: str
    waiting: int
    sent: int
    failed: int
    returned: int


@dataclass(frozen=True, slots=True)
class DueNotice:
    """A decision, a request or a step of an appeal with a letter that is not mailed. `due_at` None: no legal deadline is known.

    `issued`: how many letters of it are issued. `about`: decision, request or appeal. `stuck`: why they cannot be issued.
    """

    claim_id: str
    version: int
    decided_at: datetime
    due_at: datetime | None
    rule: str
    issued: int
    about: str = "decision"
    appeal_id: str | None = None
    stuck: str | None = None


@dataclass(frozen=True, slots=True)
class NoticeCounts:
    """Notices that are not sent: all, those past their deadline, those due within three days, those that cannot be issued."""

    open: int
    missed: int
    at_risk: int
    first_due_at: datetime | None
    oldest_at: datetime | None
    stuck: int = 0


@dataclass(frozen=True, slots=True)
class MailCounts:
    """Letters handed over by state, and since when the oldest waits."""

    waiting: int
    failed: int
    returned: int
    oldest_at: datetime | None
