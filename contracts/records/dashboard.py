"""The ledger data of the operations dashboard, as values that pass between storage and the console.

Counts, times and opaque ids only: nothing here identifies a member.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from adjudication.model.vocabulary import ClaimId
from adjudication.review.claim_deadlines import CaseTimes

AGE_LIMITS: Final = (timedelta(days=1), timedelta(days=3), timedelta(days=7), timedelta(days=14))
"""Ages by which waiting claims are counted."""


@dataclass(frozen=True, slots=True)
class FlowPoint:
    """The events of one short span of time. Latencies, in seconds, are of claims decided without a person: from their
    receipt at the broker to the decision; None when there was none.
    """

    at: datetime
    received: int = 0
    determined: int = 0
    straight_through: int = 0
    pended: int = 0
    appealed: int = 0
    dead_letters: int = 0
    latency_p50: float | None = None
    latency_p95: float | None = None


@dataclass(frozen=True, slots=True)
class Latency:
    """Percentiles in seconds over some claims; None when there were none."""

    claims: int
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None


@dataclass(frozen=True, slots=True)
class OutboxShard:
    """Entries of one shard that are not published, and when the oldest was committed. No shard: queued by a version before 0.2."""

    shard: int | None
    pending: int
    oldest_at: datetime


@dataclass(frozen=True, slots=True)
class Publishing:
    """The outbox: the shards with entries not yet published, and how long the last ones took, in seconds."""

    shards: tuple[OutboxShard, ...]
    took: Latency

    @property
    def pending(self) -> int:
        """Return how many entries are not published."""
        return sum(each.pending for each in self.shards)


@dataclass(frozen=True, slots=True)
class ProcessReport:
    """The report of a process about itself. `age_seconds`: how long ago, by the clock of the ledger."""

    host: str
    name: str
    pid: int
    version: str
    started_at: datetime
    ready: bool
    says: str
    retries: float
    paused: bool
    age_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class OpenBatches:
    """Batches of claims that are registered and not committed, and when the oldest of them was registered."""

    batches: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeadLetterGroup:
    """Dead letters not yet replayed, refused on one topic for one reason."""

    topic: str
    refusal: str
    reason: str
    letters: int
    oldest_at: datetime


@dataclass(frozen=True, slots=True)
class WaitingReason:
    """Open claims that wait for one reason. `ages` counts them by AGE_LIMITS, the last for older ones."""

    code: str
    claims: int
    oldest_at: datetime
    next_due_at: datetime
    ages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Claims that wait now; a claim may wait for several reasons."""

    claims: int
    reasons: tuple[WaitingReason, ...]


@dataclass(frozen=True, slots=True)
class LineOutcome:
    """Lines with the same decision: disposition, group code and CARC (empty where the line carries none)."""

    disposition: str
    group_code: str
    carc: str
    lines: int


@dataclass(frozen=True, slots=True)
class PolicyOutcome:
    """Lines on which one version of a medical policy gave one result."""

    policy: str
    version: str
    result: str
    lines: int


@dataclass(frozen=True, slots=True)
class Totals:
    """The totals of the roll-ups over a span of time."""

    since: datetime
    received: int
    determined: int
    straight_through: int
    pended: int
    appealed: int
    dead_letters: int
    lines: tuple[LineOutcome, ...]
    policies: tuple[PolicyOutcome, ...]

    @property
    def first_pass(self) -> float | None:
        """The share of claims decided without a person, of claims first tried in this time; None if there were none."""
        tried = self.straight_through + self.pended
        return self.straight_through / tried if tried else None


@dataclass(frozen=True, slots=True)
class PendingEntry:
    """An entry of the outbox that is not published: when it was written, and how many messages it holds."""

    entry: int
    created_at: datetime
    messages: int


@dataclass(frozen=True, slots=True)
class WaitingStamp:
    """A pended claim, and the values whose change may change its legal deadlines."""

    claim_id: ClaimId
    stamp: str


@dataclass(frozen=True, slots=True)
class WaitingTimes:
    """The events of a pended claim that its legal deadlines need."""

    claim_id: ClaimId
    times: CaseTimes


@dataclass(frozen=True, slots=True)
class ListedClaim:
    """A claim in a list behind a number: its ids, the time of its event in this list, and our words for it."""

    claim_id: ClaimId
    control_number: str
    payer_claim_number: str
    at: datetime
    detail: str


@dataclass(frozen=True, slots=True)
class ClaimsAsked:
    """The claims that a list is to show: at most `size` of them since a time, older than `before`."""

    name: str
    since: datetime
    size: int
    key: str = ""
    before: tuple[datetime, ClaimId] | None = None
