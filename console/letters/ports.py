"""What the dead letters screens need of the world."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from contracts.letter_reads import Acting, Bulk, Letter, LetterCount, LetterFilter, Original, Refused


class LetterReads(Protocol):
    """Letters and bulk replays, never their bytes."""

    async def page(self, wanted: LetterFilter, size: int, after: tuple[datetime, str] | None) -> tuple[Letter, ...]:
        """Return letters, the newest first, that come after a place."""

    async def letter(self, letter_id: str) -> Letter | None:
        """Return one letter."""

    async def of_claim(self, claim_id: str) -> tuple[Letter, ...]:
        """Return the letters whose bytes name a claim, the oldest first."""

    async def counts(self) -> tuple[LetterCount, ...]:
        """Count open letters by topic, refusal and reason, the most first."""

    async def bulks(self) -> tuple[Bulk, ...]:
        """Return the latest bulk replays."""

    async def bulk(self, bulk_id: str) -> Bulk | None:
        """Return one bulk replay."""


class Letters(Protocol):
    """What one person does with one letter; recorded, or not done."""

    async def open(self, letter_id: str, who: Acting) -> Original | None:
        """Return the original bytes after it is recorded who looked."""

    async def replay(self, letter_id: str, who: Acting) -> Refused | None:
        """Send the original key and bytes to their topic again; say why not, or None when it is queued."""


class BulkReplays(Protocol):
    """Replays of many letters, by two people."""

    async def count(self, wanted: LetterFilter) -> int:
        """Count what a proposal would hold."""

    async def propose(self, wanted: LetterFilter, who: Acting) -> str | Refused:
        """Keep a proposal; return its id."""

    async def decide(self, bulk_id: str, who: Acting, *, approve: bool) -> Refused | None:
        """Approve or refuse it."""

    async def stop(self, bulk_id: str, who: Acting) -> Refused | None:
        """Send no more of it."""


@dataclass(frozen=True, slots=True)
class LetterDesk:
    """Everything these screens use; `per_second` is the rate of bulk replays."""

    reads: LetterReads
    letters: Letters
    bulks: BulkReplays
    per_second: int
