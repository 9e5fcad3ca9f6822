"""One step of a bulk release: ask the next waiting claims to be tried again. It decides nothing and may not see Temporal.

Asked twice (its worker died between asking and saying so), a claim that still waits tries once: its review keeps a
reason once. What came of a try is recorded by the try itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from temporalio import activity

from activities.errors import named_only
from adjudication.model.vocabulary import ClaimId
from contracts.actions.bulk_retries import RELEASE_STEP, HoldRelease, ReleaseStepDone, release_reason
from contracts.records.decisions import ReleaseTurn
from contracts.time_source import TimeSource
from contracts.workflow_messages.claims import ReviewResumer


class ReleaseSteps(Protocol):
    """What carrying out a release reads and writes."""

    async def turn(self, release_id: str, now: datetime) -> ReleaseTurn:
        """Say which claims to ask now and when to come back; pause or end a release whose time has come."""
        ...

    async def asked(self, release_id: str, asked: Sequence[ClaimId], unheld: Sequence[ClaimId]) -> None:
        """Record who was asked, and which claims nobody holds."""
        ...


class BulkRetryActivities:
    """What is done for bulk releases."""

    def __init__(self, steps: ReleaseSteps, reviews: ReviewResumer, clock: TimeSource) -> None:
        """Take the ports this needs."""
        self._steps = steps
        self._reviews = reviews
        self._clock = clock

    @activity.defn(name=RELEASE_STEP)
    async def release_step(self, hold: HoldRelease) -> ReleaseStepDone:
        """Ask the next claims and say when to come back."""
        with named_only(RELEASE_STEP):
            turn = await self._steps.turn(hold.release_id, self._clock())
            if turn.ask:
                unheld = await self._reviews.resume(turn.ask, release_reason(hold.release_id, turn.mode))
                asked = [claim for claim in turn.ask if claim not in unheld]
                await self._steps.asked(hold.release_id, asked, unheld)
        return turn.then
