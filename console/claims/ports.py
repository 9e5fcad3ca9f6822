"""What the claim page needs of the world, beside what every screen has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from adjudication.letters.elements import Audience
from adjudication.letters.wording import LetterLibrary
from adjudication.model.vocabulary import ClaimId
from console.letters.models import Acted, WrittenLetter
from contracts.records.claim_file import ClaimFile, FoundClaim
from contracts.records.review_queries import WaitingClaim


class ClaimReads(Protocol):
    """Claims by any of their ids, and everything stored of one."""

    async def find(self, key: str) -> tuple[FoundClaim, ...]:
        """Find claims, the newest first."""

    async def waiting(self, claim_ids: Sequence[ClaimId]) -> tuple[WaitingClaim, ...]:
        """Return claims as access is asked of them."""

    async def file(self, waiting: WaitingClaim) -> ClaimFile:
        """Return everything stored of a claim."""


@dataclass(frozen=True, slots=True)
class WorkflowRun:
    """One workflow of a claim. Without `run_id` there is none, or nobody answered, which `state` says."""

    what: str
    workflow_id: str
    run_id: str | None
    state: str
    started_at: datetime | None = None
    closed_at: datetime | None = None
    link: str | None = None


class Workflows(Protocol):
    """The workflows that carry claims."""

    async def runs(self, named: Sequence[tuple[str, str]]) -> tuple[WorkflowRun, ...]:
        """Return the newest run of each named workflow (what it is, its id)."""


class ClaimLetters(Protocol):
    """The notice letters of claims."""

    async def due(self, claim_id: ClaimId, audience: Audience) -> tuple[WrittenLetter, ...]:
        """Write the letters due on a claim; one that cannot be complete says what it lacks."""

    async def issue(self, claim_id: ClaimId, audience: Audience, digest: str, by: Acted) -> bool:
        """Issue the letter due that prints as a digest says; False when none does any more."""


@dataclass(frozen=True, slots=True)
class ClaimDependencies:
    """Everything the claim page uses; `words` are our own words for outcomes and reason codes."""

    reads: ClaimReads
    workflows: Workflows
    letters: ClaimLetters
    words: LetterLibrary
