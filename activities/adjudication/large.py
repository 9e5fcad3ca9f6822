"""Adjudicates a large claim: all steps in one activity with heartbeats, in a separate process (runtime/processes/large_claims.py)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from temporalio import activity

from activities.options import HEARTBEAT_SECONDS
from contracts.workflow_messages.claims import ADJUDICATE_LARGE, ClaimBatch, PublishSummary

Adjudicate = Callable[[ClaimBatch], Awaitable[PublishSummary]]


class LargeClaimActivities:
    """The activity of the queue for large claims."""

    def __init__(self, adjudicate: Adjudicate) -> None:
        """Take the function that runs every step of a batch and commits it."""
        self._adjudicate = adjudicate

    @activity.defn(name=ADJUDICATE_LARGE)
    async def adjudicate_large(self, batch: ClaimBatch) -> PublishSummary:
        """Run every step of one large claim and commit it, with heartbeats in between."""
        beating = asyncio.create_task(_heartbeats())
        try:
            return await self._adjudicate(batch)
        finally:
            beating.cancel()


async def _heartbeats() -> None:
    while True:
        activity.heartbeat()
        await asyncio.sleep(HEARTBEAT_SECONDS)
