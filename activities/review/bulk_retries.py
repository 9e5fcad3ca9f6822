"""One step of a bulk retry: signal the next pended claims to be tried again.

A claim signaled twice (the worker died before it recorded the first signal) is tried once: its review keeps each reason
once. The try itself records its result (storage/bulk_retries/steps.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from temporalio import activity

from activities.errors import hide_error_details
from adjudication.model.vocabulary import ClaimId
from contracts.actions.bulk_retries import RELEASE_STEP, HoldRelease, ReleaseStepDone, release_reason
from contracts.records.decisions import ReleaseTurn
from contracts.time_source import TimeSource
from contracts.workflow_messages.claims import ReviewResumer


class ReleaseSteps(Protocol):
    """Reads and writes the progress of a bulk retry."""

    async def turn(self, release_id: str, now: datetime) -> ReleaseTurn:
        """Return the claims to signal now and the time of the next step; pause or end the bulk retry when it is due."""
        ...

    async def asked(self, release_id: str, asked: Sequence[ClaimId], unheld: Sequence[ClaimId]) -> None:
        """Record the claims that were signaled, and those that no running review holds."""
        ...


class BulkRetryActivities:
    """The activity of bulk retries."""

    def __init__(self, steps: ReleaseSteps, reviews: ReviewResumer, clock: TimeSource) -> None:
        """Take the ports and the time source."""
        self._steps = steps
        self._reviews = reviews
        self._clock = clock

    @activity.defn(name=RELEASE_STEP)
    async def release_step(self, hold: HoldRelease) -> ReleaseStepDone:
        """Signal the next claims; return the time of the next step."""
        with hide_error_details(RELEASE_STEP):
            turn = await self._steps.turn(hold.release_id, self._clock())
            if turn.ask:
                unheld = await self._reviews.resume(turn.ask, release_reason(hold.release_id, turn.mode))
                asked = [claim for claim in turn.ask if claim not in unheld]
                await self._steps.asked(hold.release_id, asked, unheld)
        return turn.then
