"""What the review screen needs of the world beside the case itself: what lies around a claim, and draft letters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from adjudication.model.authorizations import Authorization
from adjudication.model.claim import Claim
from adjudication.model.determination import ReviewerSignature
from adjudication.model.history import HistoryLine
from adjudication.model.other_payers import OtherCoverage, PayerAdjudication
from adjudication.review.actions import Decide
from console.letters.models import WrittenLetter
from contracts.records.review_queries import WaitingClaim


@dataclass(frozen=True, slots=True)
class CaseContext:
    """The member's lines on other claims, as far back as any policy asks, the member's authorizations and other payers.

    `other_coverage` is what the coverage of the claim's dates tells (None: nobody told); `explained` what payers did with
    the claim, by itself, a document or a person.
    """

    history: tuple[HistoryLine, ...]
    authorizations: tuple[Authorization, ...]
    other_coverage: tuple[OtherCoverage, ...] | None = None
    explained: tuple[PayerAdjudication, ...] = ()


class CaseReads(Protocol):
    """Reads for the review screen."""

    async def around(self, claim: Claim) -> CaseContext:
        """Return what lies around a claim."""

    async def draft(
        self, waiting: WaitingClaim, decision: Decide, signature: ReviewerSignature | None, at: datetime
    ) -> tuple[WrittenLetter, ...]:
        """Write the letters a decision would send, one a reader; nothing is decided by it."""
