"""What bulk releases need of the world: the store that keeps them, who carries them out, this payer's limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from adjudication.model.vocabulary import ClaimId
from adjudication.people import Person, Refusal
from adjudication.review.bulk_retry import BulkRetryLimits, Mode, Selection, Stage
from contracts.records.bulk_retries import BulkRetryPage, BulkRetryRecord, DryRun, NewBulkRetry, Rehearsed


class Releases(Protocol):
    """Where bulk releases are kept."""

    async def dry_run(self, selection: Selection, at: datetime) -> DryRun | Refusal:
        """Say what a selection holds now; keeps nothing."""

    async def propose(self, new: NewBulkRetry, person: Person, at: datetime) -> BulkRetryRecord | Refusal:
        """Fix the claims a selection means now; the same id again is the same proposal."""

    async def approve(self, release_id: str, person: Person, at: datetime) -> BulkRetryRecord | Refusal | None:
        """Let somebody agree; None: there is no such release."""

    async def change(
        self, release_id: str, to: Stage, person: Person, at: datetime
    ) -> BulkRetryRecord | Refusal | None:
        """Cancel a release, pause it, or have a paused one go on; None: there is no such release."""

    async def one(self, release_id: str, at: datetime) -> BulkRetryRecord | None:
        """Return a release with what became of its claims so far."""

    async def newest(self, at: datetime, size: int = 50) -> tuple[BulkRetryRecord, ...]:
        """Return the newest releases, newest first."""

    async def claims(self, release_id: str, after: int, size: int = 100) -> BulkRetryPage:
        """Return a page of a release's claims in their order."""

    async def waiting_by_code(self) -> Mapping[str, int]:
        """Count the claims that wait under each pend code."""


class Runner(Protocol):
    """Who carries releases out."""

    async def run(self, release_id: str) -> None:
        """Have a release begun, or looked at again at once; raises UnansweredError of console/ports.py."""


class Rehearsal(Protocol):
    """Tries claims without effects."""

    async def rehearse(self, claim_ids: Sequence[ClaimId], mode: Mode) -> Rehearsed:
        """Say what trying these claims now would end in."""


@dataclass(frozen=True, slots=True)
class Bulk:
    """What the routes of bulk releases use."""

    releases: Releases
    runner: Runner
    rehearsal: Rehearsal
    limits: BulkRetryLimits
