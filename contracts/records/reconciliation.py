"""Values of reconciliation: work of the ledger that Temporal should run, and what of it is stuck."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from contracts.claim_intake.registration import Batch


class Work(StrEnum):
    """Kinds of work for which a workflow must run while it is open in the ledger; claims that must be tried again or reopened."""

    BATCHES = "batches"
    CLAIMS = "pended-claims"
    MISSED_EVENTS = "missed-events"
    MISSED_CHANGES = "missed-changes"
    APPEALS = "open-appeals"
    BULK_RETRIES = "bulk-retries"
    REOPENINGS = "open-reopenings"
    CAMPAIGNS = "campaigns"


@dataclass(frozen=True, slots=True)
class OpenBatch:
    """A batch that its workflow has not committed, and when it was registered."""

    batch: Batch
    since: datetime


@dataclass(frozen=True, slots=True)
class OpenWork:
    """A pended claim, an open appeal, a bulk retry or a reopening, by its opaque id, and since when it is open."""

    key: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Missing:
    """The result of one comparison for one kind of work: how much is open, how much had no workflow, and how much was started.

    `since`: the time since which the oldest work without a workflow is open.
    """

    work: Work
    open: int
    missing: int = 0
    started: int = 0
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stuck:
    """Stuck work: its kind, how much, since when, and what operations must do."""

    what: str
    count: int
    since: datetime | None
    remedy: str
