"""Bulk retries as values that storage returns to the console."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from adjudication.model.vocabulary import ClaimId, PlanId
from adjudication.review.bulk_retry import Mode, Proposal, Stage
from contracts.actions.bulk_retries import SelectionV1


@dataclass(frozen=True, slots=True)
class Chosen:
    """One claim of a selection: its charges, its plans, the chosen reasons it waits for, and its reviewer."""

    claim_id: ClaimId
    billed: Decimal
    received_at: datetime
    due_at: datetime
    codes: tuple[str, ...]
    plans: tuple[PlanId, ...]
    held: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """The number of claims of a selection that share something, and their billed charges in US dollars."""

    name: str
    claims: int
    billed: Decimal


@dataclass(frozen=True, slots=True)
class DryRun:
    """The present size of a selection. A claim under two plans or reasons counts under each, so shares may add up to more.

    `held`: claims assigned to a reviewer, which are left out unless the selection includes them. `to_rehearse` are some of the
    claims, evenly spread.
    """

    claims: int
    billed: Decimal
    held: int
    oldest_received_at: datetime | None
    first_due_at: datetime | None
    by_plan: tuple[Share, ...]
    by_code: tuple[Share, ...]
    sample: tuple[Chosen, ...]
    to_rehearse: tuple[ClaimId, ...] = ()


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """The results of trying some claims now; nothing was stored. `paid` in US dollars.

    `pays` are claims of which something would be paid, `denies` those of which nothing would, by the rules alone or by
    what people settled; `waits`: claims that would stay pended, counted under each of their pend codes.
    """

    tried: int
    pays: int
    paid: Decimal
    denies: int
    waits: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class NewBulkRetry:
    """A proposal about to be kept. `key`: the id chosen by the sender; the same id again creates no second proposal."""

    key: str
    selection: SelectionV1
    mode: Mode
    per_second: int
    purpose: str


@dataclass(frozen=True, slots=True)
class BulkRetryCounts:
    """Results of a bulk retry's claims so far. `paid` in US dollars; `skipped`: counts by reason."""

    asked: int = 0
    tried: int = 0
    decided: int = 0
    waiting: int = 0
    failed: int = 0
    paid: Decimal = Decimal(0)
    skipped: Mapping[str, int] = field(default_factory=dict)

    @property
    def settled(self) -> int:
        """The number of claims that are finished: retried, or skipped."""
        return self.tried + sum(self.skipped.values())


@dataclass(frozen=True, slots=True)
class BulkRetryRecord:
    """A bulk retry as people see it."""

    release_id: str
    selection: SelectionV1
    mode: Mode
    per_second: int
    purpose: str
    stage: Stage
    proposal: Proposal
    approved_by: str | None
    approved_at: datetime | None
    ended_by: str | None
    ended_at: datetime | None
    paused_because: str | None
    counts: BulkRetryCounts = field(default_factory=BulkRetryCounts)


@dataclass(frozen=True, slots=True)
class RetriedClaim:
    """One claim of a bulk retry and its result."""

    place: int
    claim_id: ClaimId
    billed: Decimal
    asked_at: datetime | None
    tried_at: datetime | None
    round: int | None
    result: str | None
    skipped: str | None


@dataclass(frozen=True, slots=True)
class BulkRetryPage:
    """A page of a bulk retry's claims in order; `after` is the start of the next page, None at the end."""

    claims: tuple[RetriedClaim, ...]
    after: int | None
