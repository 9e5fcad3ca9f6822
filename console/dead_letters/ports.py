"""What the dead letters screens need of the world."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from contracts.records.dead_letters import (
    Acting,
    BulkReplay,
    DeadLetter,
    DeadLetterCount,
    DeadLetterFilter,
    Original,
    Refused,
)


class LetterReads(Protocol):
    """Letters and bulk replays, never their bytes."""

    async def page(
        self, wanted: DeadLetterFilter, size: int, after: tuple[datetime, str] | None
    ) -> tuple[DeadLetter, ...]:
        """Return letters, the newest first, that come after a place."""

    async def letter(self, letter_id: str) -> DeadLetter | None:
        """Return one letter."""

    async def of_claim(self, claim_id: str) -> tuple[DeadLetter, ...]:
        """Return the letters whose bytes name a claim, the oldest first."""

    async def counts(self) -> tuple[DeadLetterCount, ...]:
        """Count open letters by topic, refusal and reason, the most first."""

    async def bulks(self) -> tuple[BulkReplay, ...]:
        """Return the latest bulk replays."""

    async def bulk(self, bulk_id: str) -> BulkReplay | None:
        """Return one bulk replay."""


class Letters(Protocol):
    """What one person does with one letter; recorded, or not done."""

    async def open(self, letter_id: str, who: Acting) -> Original | Refused:
        """Return what came after it is recorded who looked; say why not."""

    async def replay(self, letter_id: str, who: Acting) -> Refused | None:
        """Send the original key, bytes and headers to their topic again; say why not, or None when it is queued."""

    async def close(self, letter_id: str, who: Acting, reason: str) -> Refused | None:
        """Close it without a replay; say why not, or None when it is closed."""


class BulkReplays(Protocol):
    """Many letters replayed or closed, by two people."""

    async def count(self, wanted: DeadLetterFilter, *, closing: bool = False) -> int:
        """Count what a proposal would hold."""

    async def propose(self, wanted: DeadLetterFilter, who: Acting, closes_because: str | None = None) -> str | Refused:
        """Keep a proposal to replay letters, or with a reason to close them; return its id."""

    async def decide(self, bulk_id: str, who: Acting, *, approve: bool) -> Refused | None:
        """Approve or refuse it."""

    async def stop(self, bulk_id: str, who: Acting) -> Refused | None:
        """Send no more of it."""


@dataclass(frozen=True, slots=True)
class DeadLetterDependencies:
    """Everything these screens use; `per_second` is the rate of a bulk, `keep` how long ended letters keep content."""

    reads: LetterReads
    letters: Letters
    bulks: BulkReplays
    per_second: int
    keep: timedelta
