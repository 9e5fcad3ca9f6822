"""The dependencies of the bulk retry screens, with the ports to Temporal and to the adjudication steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from adjudication.model.vocabulary import ClaimId
from adjudication.review.bulk_retry import BulkRetryLimits, Mode
from contracts.records.bulk_retries import Rehearsed
from storage.bulk_retries.proposals import BulkRetries


class BulkRetryRunner(Protocol):
    """Starts the workflow that carries out a bulk retry."""

    async def run(self, release_id: str) -> None:
        """Start the workflow, or have a running one read its bulk retry again; raises UnansweredError."""


class BulkRetryRehearsal(Protocol):
    """Runs the adjudication steps on claims without any effect."""

    async def rehearse(self, claim_ids: Sequence[ClaimId], mode: Mode) -> Rehearsed:
        """Return the results that a retry of these claims would have now."""


@dataclass(frozen=True, slots=True)
class BulkRetryDependencies:
    """The dependencies of the routes of bulk retries; `limits` are this payer's."""

    store: BulkRetries
    runner: BulkRetryRunner
    rehearsal: BulkRetryRehearsal
    limits: BulkRetryLimits
