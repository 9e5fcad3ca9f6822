"""One step of a bulk retry: signal the reviews of the next pended claims to retry them.

If the worker dies before it records a signal, the claim is signaled twice and retried once, because its review ignores a
repeated reason. The retry records its own result (storage/bulk_retries/steps.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from temporalio import activity

from activities.errors import hide_error_details
from adjudication.model.vocabulary import ClaimId
from contracts.actions.bulk_retries import BULK_RETRY_STEP, BulkRetryInput, BulkRetryStepResult, release_reason
from contracts.records.decisions import BulkRetryStep
from contracts.time_source import TimeSource
from contracts.workflow_messages.claims import ReviewResumer


class BulkRetryProgress(Protocol):
    """Reads and writes the progress of a bulk retry."""

    async def next_step(self, release_id: str, now: datetime) -> BulkRetryStep:
        """Return the claims to signal now and the time of the next step; pause or finish the bulk retry if it is due."""
        ...

    async def record_signaled(
        self, release_id: str, signaled: Sequence[ClaimId], without_review: Sequence[ClaimId]
    ) -> None:
        """Record the claims that were signaled, and those without a running review."""
        ...


class BulkRetryActivities:
    """The activity of bulk retries."""

    def __init__(self, steps: BulkRetryProgress, reviews: ReviewResumer, clock: TimeSource) -> None:
        """Take the ports and the time source."""
        self._steps = steps
        self._reviews = reviews
        self._clock = clock

    @activity.defn(name=BULK_RETRY_STEP)
    async def release_step(self, hold: BulkRetryInput) -> BulkRetryStepResult:
        """Signal the next claims; return the time of the next step."""
        with hide_error_details(BULK_RETRY_STEP):
            step = await self._steps.next_step(hold.release_id, self._clock())
            if step.claims_to_signal:
                without_review = await self._reviews.resume(
                    step.claims_to_signal, release_reason(hold.release_id, step.mode)
                )
                signaled = [claim for claim in step.claims_to_signal if claim not in without_review]
                await self._steps.record_signaled(hold.release_id, signaled, without_review)
        return step.next_step
