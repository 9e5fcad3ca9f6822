"""The one place where the Kafka edge speaks to Temporal: starting the workflow of a batch, by name."""

from __future__ import annotations

from temporalio.client import Client
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from contracts.claim_intake.registration import Batch
from contracts.ids import adjudication_workflow_id
from contracts.workflow_messages.claims import ADJUDICATE_CLAIMS, ADJUDICATION_QUEUE, ClaimBatch


class TemporalStarter:
    """Starts batches; starting one twice has one effect while Temporal remembers it, and after that the ledger
    knows that it was started.
    """

    def __init__(self, client: Client) -> None:
        """Use a connected client."""
        self._client = client

    async def start(self, batch: Batch) -> None:
        """Start the workflow of a batch, or recognise that it exists."""
        try:
            await self._client.start_workflow(
                ADJUDICATE_CLAIMS,
                ClaimBatch(batch.batch_id, list(batch.claim_ids)),
                id=adjudication_workflow_id(batch.batch_id),
                task_queue=ADJUDICATION_QUEUE,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            )
        except WorkflowAlreadyStartedError:
            return
