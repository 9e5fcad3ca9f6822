"""Open the reviews of the claims that a batch pended. Temporal starts each with a delay, until it has something to do.

Until then a pended claim costs Temporal one event, one visibility row and one timer. An update ends the delay, and so does
a signal with start (streams/temporal.py); a plain signal does not. activities/adjudication/retry_schedule.py has chosen the
time of the next try.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from temporalio import activity
from temporalio.exceptions import WorkflowAlreadyStartedError

from activities.errors import hide_error_details
from adjudication.model.pends import CORRECTION_PEND, FAMILY_PEND
from adjudication.model.vocabulary import ClaimId
from contracts.ids import review_workflow_id
from contracts.time_source import TimeSource
from contracts.workflow_messages.claims import (
    ADJUDICATION_QUEUE,
    DECIDED_MEANWHILE,
    OPEN_REVIEWS,
    RESUME_REVIEWS,
    REVIEW_CLAIM,
    SIBLING_ARRIVED,
    OpenReviews,
    PendedClaim,
    ReviewClaim,
    ReviewResumer,
)

_AT_ONCE: Final = 16
"""Starts in flight at once: enough to share the server's writes, too few to delay other calls."""


class DecidedClaims(Protocol):
    """Finds claims whose new review must act at once."""

    async def decided(self, claim_ids: Sequence[ClaimId]) -> Sequence[ClaimId]:
        """Return those of these claims that are decided."""

    async def freed_corrections(self, claim_ids: Sequence[ClaimId]) -> Sequence[ClaimId]:
        """Return those of these corrections that wait although the claim they name is adjudicated."""


class OpeningActivities:
    """Activities that open and resume reviews."""

    def __init__(self, resumer: ReviewResumer, claims: DecidedClaims, clock: TimeSource) -> None:
        """Take the resumer, the decided claims, and the time source from which delays are counted."""
        self._resumer = resumer
        self._claims = claims
        self._clock = clock

    @activity.defn(name=OPEN_REVIEWS)
    async def open_reviews(self, batch: OpenReviews) -> int:
        """Start the review of each claim; return how many started. A review that already runs is left as it is.

        Between its pend and this start, a claim may be superseded, or the claim that a correction names may be decided; no
        review existed then that could be resumed. So both are read after all reviews exist; a later decision finds the review.
        """
        gate = asyncio.Semaphore(_AT_ONCE)
        with hide_error_details(OPEN_REVIEWS):
            began = await asyncio.gather(*(self._open(pended, batch.round, gate) for pended in batch.pended))
            decided = await self._claims.decided([ClaimId(pended.claim_id) for pended in batch.pended])
            waiting = [ClaimId(pended.claim_id) for pended in batch.pended if CORRECTION_PEND in pended.codes]
            freed = await self._claims.freed_corrections(waiting) if waiting else ()
            if decided or freed:
                await self._resumer.resume([*decided, *freed], DECIDED_MEANWHILE)
        return sum(began)

    @activity.defn(name=RESUME_REVIEWS)
    async def resume_reviews(self, claim_ids: list[str]) -> None:
        """Resume pended claims because a sibling arrived; a claim without a running review is left alone.

        A claim that is not pended yet reads its siblings again when its own review starts (workflows/review_claim.py).
        """
        with hide_error_details(RESUME_REVIEWS):
            await self._resumer.resume([ClaimId(claim_id) for claim_id in claim_ids], SIBLING_ARRIVED)

    async def _open(self, pended: PendedClaim, round_number: int, gate: asyncio.Semaphore) -> bool:
        async with gate:
            try:
                await activity.client().start_workflow(
                    REVIEW_CLAIM,
                    ReviewClaim(pended, round_number),
                    id=review_workflow_id(ClaimId(pended.claim_id)),
                    task_queue=ADJUDICATION_QUEUE,
                    start_delay=first_try_delay(pended, round_number, self._clock()),
                )
            except WorkflowAlreadyStartedError:
                return False
            return True


def first_try_delay(pended: PendedClaim, round_number: int, now: datetime) -> timedelta | None:
    """Return the delay before a review starts; None when it has something to do at once.

    At once: a claim that has just begun to wait for siblings reads them again (workflows/review_claim.py), and a claim
    without a deadline check gets one.
    """
    if pended.clock_at is None or (FAMILY_PEND in pended.codes and round_number == 0):
        return None
    wakes = (pended.retry_at, pended.clock_at, pended.due_at)
    sleep = min(datetime.fromisoformat(wake) for wake in wakes if wake is not None) - now
    return sleep if sleep > timedelta() else None
