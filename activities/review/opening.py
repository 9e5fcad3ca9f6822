"""Open the reviews that hold what a batch left waiting. Each sleeps as a start with a delay until it has something to do.

A waiting claim costs one event, one row of visibility and one timer until a person acts, a feed speaks or a clock is due:
an update wakes it, and so does a signal with start (streams/feeds/resumer.py); a signal alone does not. It may not decide when a claim is tried again: activities/adjudication/retry_schedule.py did.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from temporalio import activity
from temporalio.exceptions import WorkflowAlreadyStartedError

from activities.errors import named_only
from adjudication.model.pends import FAMILY_PEND
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
"""Starts under way together: enough to share the server's writes, too few to make other calls wait."""


class DecidedClaims(Protocol):
    """Knows which claims nobody has to hold any more."""

    async def decided(self, claim_ids: Sequence[ClaimId]) -> Sequence[ClaimId]:
        """Return those of these claims that are decided."""


class OpeningActivities:
    """What begins reviews and wakes them."""

    def __init__(self, resumer: ReviewResumer, claims: DecidedClaims, clock: TimeSource) -> None:
        """Take what speaks to sleeping reviews, what knows of decisions, and the clock from which delays are reckoned."""
        self._resumer = resumer
        self._claims = claims
        self._clock = clock

    @activity.defn(name=OPEN_REVIEWS)
    async def open_reviews(self, batch: OpenReviews) -> int:
        """Start the review of each claim and return how many began; one that already runs holds its claim just as well.

        A claim may be decided between its pend and this start (it gave way to a replacement or void), and who decided it
        found no review to tell. Asked once all are there: whoever decides one later finds it.
        """
        gate = asyncio.Semaphore(_AT_ONCE)
        with named_only(OPEN_REVIEWS):
            began = await asyncio.gather(*(self._open(pended, batch.round, gate) for pended in batch.pended))
            decided = await self._claims.decided([ClaimId(pended.claim_id) for pended in batch.pended])
            if decided:
                await self._resumer.resume(decided, DECIDED_MEANWHILE)
        return sum(began)

    @activity.defn(name=RESUME_REVIEWS)
    async def resume_reviews(self, claim_ids: list[str]) -> None:
        """Tell waiting claims that a sibling arrived; one that no longer waits, or not yet, is left alone.

        One that does not wait yet reads its siblings again when its own review begins (workflows/review_claim.py).
        """
        with named_only(RESUME_REVIEWS):
            await self._resumer.resume([ClaimId(claim_id) for claim_id in claim_ids], SIBLING_ARRIVED)

    async def _open(self, pended: PendedClaim, round_number: int, gate: asyncio.Semaphore) -> bool:
        async with gate:
            try:
                await activity.client().start_workflow(
                    REVIEW_CLAIM,
                    ReviewClaim(pended, round_number),
                    id=review_workflow_id(ClaimId(pended.claim_id)),
                    task_queue=ADJUDICATION_QUEUE,
                    start_delay=first_look(pended, round_number, self._clock()),
                )
            except WorkflowAlreadyStartedError:
                return False
            return True


def first_look(pended: PendedClaim, round_number: int, now: datetime) -> timedelta | None:
    """Return how long a review may sleep before its first look; None when it has something to do at once.

    One that has just begun to wait for siblings reads them again at once (workflows/review_claim.py), and one whose
    clocks nobody looked at looks.
    """
    if pended.clock_at is None or (FAMILY_PEND in pended.codes and round_number == 0):
        return None
    wakes = (pended.retry_at, pended.clock_at, pended.due_at)
    sleep = min(datetime.fromisoformat(wake) for wake in wakes if wake is not None) - now
    return sleep if sleep > timedelta() else None
