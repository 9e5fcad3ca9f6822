"""The requests of the Kafka edge to Temporal: start a batch, resume a review, hold an appeal. Workflows are named, not imported."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from typing import Final

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from adjudication.model.vocabulary import ClaimId
from contracts.claim_intake.registration import Batch
from contracts.ids import adjudication_workflow_id, appeal_workflow_id, review_workflow_id
from contracts.workflow_messages.appeals import APPEAL, APPEAL_CHANGED_SIGNAL, AppealInput
from contracts.workflow_messages.claims import (
    ADJUDICATE_CLAIMS,
    ADJUDICATION_QUEUE,
    REQUEST_MAILED_SIGNAL,
    RESUME_SIGNAL,
    REVIEW_CLAIM,
    ClaimBatch,
    PendedClaim,
    ReviewClaim,
)

UNTIL_TRIED: Final = "9999-01-01T00:00:00+00:00"
"""The due date of a review that is started here. Its first try, which the signal requests, sets the real one."""


class TemporalStarter:
    """Starts the adjudication of batches."""

    def __init__(self, client: Client) -> None:
        """Use a connected client."""
        self._client = client

    async def start(self, batch: Batch) -> None:
        """Start the workflow of a batch. A second start has no effect while Temporal keeps the first; later the ledger
        knows that the batch was started.
        """
        try:
            await self._client.start_workflow(
                ADJUDICATE_CLAIMS,
                ClaimBatch(batch.batch_id, list(batch.claim_ids), large=batch.large),
                id=adjudication_workflow_id(batch.batch_id),
                task_queue=ADJUDICATION_QUEUE,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            )
        except WorkflowAlreadyStartedError:
            return

    async def running(self, batch_ids: Collection[str]) -> frozenset[str]:
        """Return those of these batches for which a workflow runs; pass few ids, because each needs one request."""
        asked = [(batch, is_running(self._client, adjudication_workflow_id(batch))) for batch in batch_ids]
        answers = await asyncio.gather(*(answer for _, answer in asked))
        return frozenset(batch for (batch, _), runs in zip(asked, answers, strict=True) if runs)


async def is_running(client: Client, workflow_id: str) -> bool:
    """Return whether a workflow runs, independent of Temporal's delayed visibility store."""
    try:
        found = await client.get_workflow_handle(workflow_id).describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False
        raise
    return found.status is WorkflowExecutionStatus.RUNNING


class TemporalResumer:
    """Signals the reviews of pended claims (contracts/workflow_messages/claims.py, ReviewResumer)."""

    def __init__(self, client: Client) -> None:
        """Use a connected client."""
        self._client = client

    async def resume(self, claim_ids: Sequence[ClaimId], reason: str) -> Sequence[ClaimId]:
        """Ask for another try of each claim; return the claims that no running review holds.

        A claim whose review has not started is left alone: the review reads its siblings again when it starts
        (workflows/review_claim.py).
        """
        return [
            claim_id
            for claim_id in claim_ids
            if not (
                await is_running(self._client, review_workflow_id(claim_id))
                and await self._signal_with_start(claim_id, reason)
            )
        ]

    async def resume_waiting(self, claim_ids: Sequence[ClaimId], reason: str) -> None:
        """Ask for another try of claims that the ledger says are pended; start a review that has not started yet.

        The batch has committed the pend and is about to start the review; it would start with a delay, and the event
        that came in between would have no effect. The batch finds the review that was started here and leaves it.
        """
        for claim_id in claim_ids:
            await self._signal_with_start(claim_id, reason)

    async def check_deadlines(self, claim_ids: Sequence[ClaimId]) -> None:
        """Have running reviews check their deadlines again; a claim without a running review is skipped."""
        for claim_id in claim_ids:
            review = self._client.get_workflow_handle(review_workflow_id(claim_id))
            try:
                await review.signal(REQUEST_MAILED_SIGNAL)
            except RPCError as error:
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise

    async def _signal_with_start(self, claim_id: ClaimId, reason: str) -> bool:
        """Signal a review and end its delay (activities/review/opening.py); return False when it has ended already.

        Temporal keeps a plain signal until the delay is over; a signal with start ends the delay.
        """
        try:
            await self._client.start_workflow(
                REVIEW_CLAIM,
                ReviewClaim(PendedClaim(claim_id, [], UNTIL_TRIED)),
                id=review_workflow_id(claim_id),
                task_queue=ADJUDICATION_QUEUE,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                start_signal=RESUME_SIGNAL,
                start_signal_args=[reason],
            )
        except WorkflowAlreadyStartedError:
            return False
        return True


class TemporalAppeals:
    """Starts the workflows that hold appeals."""

    def __init__(self, client: Client) -> None:
        """Use a connected client."""
        self._client = client

    async def hold(self, appeal_id: str) -> None:
        """Signal the workflow of an appeal to read it again; start the workflow if it does not run, also after it ended."""
        await self._client.start_workflow(
            APPEAL,
            AppealInput(appeal_id),
            id=appeal_workflow_id(appeal_id),
            task_queue=ADJUDICATION_QUEUE,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            start_signal=APPEAL_CHANGED_SIGNAL,
        )
