"""The requests of reconciliation to Temporal: which workflows run, many at once, and to start those that are missing.

A start never ends or repeats a running workflow. After a completed, terminated or lost workflow it starts another
one; the ledger prevents a second decision.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from datetime import timedelta
from typing import Final

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from adjudication.model.vocabulary import ClaimId
from contracts.claim_intake.registration import Batch
from contracts.ids import adjudication_workflow_id, review_workflow_id
from contracts.workflow_messages.claims import (
    ADJUDICATE_CLAIMS,
    ADJUDICATION_QUEUE,
    RESUME_SIGNAL,
    REVIEW_CLAIM,
    ClaimBatch,
    PendedClaim,
    ReviewClaim,
)
from runtime.console.bulk_retry_runner import TemporalBulkRetries
from runtime.console.campaign_runner import TemporalCampaigns
from runtime.processes.take_up_reopenings import TemporalReopenings
from streams.temporal import UNTIL_TRIED, TemporalAppeals

RECONCILED: Final = "reconciled"
"""Resume reason: no workflow held the claim, so events may have been missed."""

_ASKED_AT_ONCE: Final = 100
"""The most ids in one visibility query, so that the query and its answer stay small."""

_MAX_WAIT: Final = timedelta(seconds=20)


class TemporalWorkflows:
    """Asks for workflows by id, and starts them."""

    def __init__(self, client: Client) -> None:
        """Use a connected client."""
        self._client = client
        self._appeals, self._bulk_retries = TemporalAppeals(client), TemporalBulkRetries(client)
        self._reopenings, self._campaigns = TemporalReopenings(client), TemporalCampaigns(client)

    async def running(self, workflow_ids: Sequence[str]) -> frozenset[str]:
        """Return those of these workflows that run, as visibility knows them: one that just started may be absent."""
        found: set[str] = set()
        for start in range(0, len(workflow_ids), _ASKED_AT_ONCE):
            some = workflow_ids[start : start + _ASKED_AT_ONCE]
            named = ", ".join(f"'{workflow_id}'" for workflow_id in some)
            query = f"ExecutionStatus = 'Running' AND WorkflowId IN ({named})"
            async for each in self._client.list_workflows(query, page_size=_ASKED_AT_ONCE, rpc_timeout=_MAX_WAIT):
                found.add(each.id)
        return frozenset(found)

    async def start_batch(self, batch: Batch) -> None:
        """Adjudicate a batch that no workflow runs; claims that are decided or pended meanwhile stay as they are."""
        await self._client.start_workflow(
            ADJUDICATE_CLAIMS,
            ClaimBatch(batch.batch_id, list(batch.claim_ids), large=batch.large),
            id=adjudication_workflow_id(batch.batch_id),
            task_queue=ADJUDICATION_QUEUE,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            rpc_timeout=_MAX_WAIT,
        )

    async def start_review(self, claim_id: ClaimId) -> None:
        """Hold a pended claim again and try it at once: an event that released it may have been lost with its workflow."""
        await self._client.start_workflow(
            REVIEW_CLAIM,
            ReviewClaim(PendedClaim(claim_id, [], UNTIL_TRIED)),
            id=review_workflow_id(claim_id),
            task_queue=ADJUDICATION_QUEUE,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            start_signal=RESUME_SIGNAL,
            start_signal_args=[RECONCILED],
            rpc_timeout=_MAX_WAIT,
        )

    async def hold_appeal(self, appeal_id: str) -> None:
        """Hold an open appeal again; its workflow reads its trail and its deadlines from the ledger."""
        await self._appeals.hold(appeal_id)

    async def run_bulk_retry(self, release_id: str) -> None:
        """Continue an approved bulk retry if the ledger shows that it stopped."""
        await self._bulk_retries.run(release_id)

    async def hold_reopening(self, readjudication_id: str) -> None:
        """Hold a reopening again; its workflow first adjudicates the claim, and finds earlier proposals in the ledger."""
        await self._reopenings.hold(readjudication_id)

    async def run_campaign(self, campaign_id: str) -> None:
        """Continue a campaign if the ledger shows that it stopped."""
        await self._campaigns.run(campaign_id)


async def paced(starts: Sequence[Awaitable[None]], per_second: float) -> list[BaseException]:
    """Run starts, at most `per_second`; return the errors."""
    errors: list[BaseException] = []
    at_once = 16
    for begin in range(0, len(starts), at_once):
        some = starts[begin : begin + at_once]
        answers = await asyncio.gather(*some, return_exceptions=True)
        errors += [answer for answer in answers if answer is not None]
        if begin + at_once < len(starts):
            await asyncio.sleep(len(some) / per_second)
    return errors
