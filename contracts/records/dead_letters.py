"""Dead letters as values that pass between storage and the console. Only `Original` holds the sender's bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from contracts.events.headers import Headers

MOST_IN_A_BULK: Final = 10_000
"""The most dead letters in one bulk action: two people must be able to judge the number that they approve."""
SHORTEST_REASON: Final = 10
LONGEST_REASON: Final = 1000


class DeadLetterState(StrEnum):
    """Actions on a dead letter and their results. `sent`, `settled`: replayed, and not refused again since."""

    OPEN = "open"
    QUEUED = "queued"
    SENT = "sent"
    ACCEPTED = "accepted"
    KNOWN = "known"
    SETTLED = "settled"
    REFUSED_AGAIN = "refused-again"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class DeadLetterReason:
    """One reason in our own words; `field` is where in the event."""

    code: str
    message: str
    field: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Replay:
    """The replay of a letter. `position` is its new place in the topic, absent until the broker has it."""

    replay_id: str
    asked_by: str
    asked_at: datetime
    bulk_id: str | None
    sent_at: datetime | None
    position: str | None
    refused_as: str | None
    claim_id: str | None
    claim_registered_at: datetime | None


@dataclass(frozen=True, slots=True)
class ClosedDeadLetter:
    """The closing of a letter without a replay: by whom and why; with others, by a bulk."""

    by: str
    at: datetime
    reason: str
    bulk_id: str | None


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A refused event without its bytes. `claim_id`: the claim that its key names, accepted or not.

    `removed_at`: when its content was removed at the end of its retention. `whole` is false where the record could not be read out of its
    batch: what is kept is the batch as it travelled, at its first record, and `size` is the batch's.
    """

    letter_id: str
    topic: str
    partition: int
    offset: int
    refusal: str
    reasons: tuple[DeadLetterReason, ...]
    received_at: datetime
    kept_at: datetime
    size: int
    claim_id: str | None
    replay: Replay | None
    replay_of: str | None
    closed: ClosedDeadLetter | None = None
    removed_at: datetime | None = None
    whole: bool = True

    @property
    def position(self) -> str:
        """Return the event's position in its topic."""
        return f"{self.topic}/{self.partition}/{self.offset}"


@dataclass(frozen=True, slots=True)
class Original:
    """The original bytes, member data included. Headers beyond the limit are not kept (`headers_left_out` counts them)."""

    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    headers_left_out: int = 0


@dataclass(frozen=True, slots=True)
class DeadLetterFilter:
    """The letters to select: None for any. `reason` is the code of the first reason; `since` is inside, `until` is not."""

    topic: str | None = None
    refusal: str | None = None
    reason: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    open_only: bool = True


@dataclass(frozen=True, slots=True)
class DeadLetterCount:
    """Open letters of one topic, refusal and first reason, and since when the oldest waits."""

    topic: str
    refusal: str
    reason: str
    letters: int
    oldest: datetime


class BulkReplayState(StrEnum):
    """The state of a bulk replay."""

    PROPOSED = "proposed"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class BulkReplay:
    """A replay of many letters, or their closing: who proposed it, who decided, how far it is. `left`: how many are not processed yet.

    `closes_because` is the reason for which the letters are closed; absent for a replay.
    """

    bulk_id: str
    wanted: DeadLetterFilter
    letters: int
    left: int
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    state: BulkReplayState
    closes_because: str | None = None


@dataclass(frozen=True, slots=True)
class Acting:
    """The acting person, their role and the time."""

    person_id: str
    role: str
    at: datetime


class Refused(StrEnum):
    """Why an action was refused."""

    UNKNOWN = "unknown"
    REPLAYED = "replayed"
    CLOSED = "closed"
    REMOVED = "removed"
    TOO_LARGE = "too-large"
    NOT_READ = "not-read"
    NONE_LEFT = "none-left"
    TOO_MANY = "too-many"
    OWN_PROPOSAL = "own-proposal"
    DECIDED = "decided"
