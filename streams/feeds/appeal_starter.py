"""Starts the workflow that holds an appeal, or tells the one there is to look at what came."""

from __future__ import annotations

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from contracts.ids import appeal_workflow_id
from contracts.workflow_messages.appeals import APPEAL, APPEAL_CHANGED_SIGNAL, HoldAppeal
from contracts.workflow_messages.claims import ADJUDICATION_QUEUE


class TemporalAppeals:
    """Signal-with-start: one that ended begins again, one that runs only looks again."""

    def __init__(self, client: Client) -> None:
        """Use a connected client."""
        self._client = client

    async def hold(self, appeal_id: str) -> None:
        """Start it or tell it; done twice, it counts once."""
        await self._client.start_workflow(
            APPEAL,
            HoldAppeal(appeal_id),
            id=appeal_workflow_id(appeal_id),
            task_queue=ADJUDICATION_QUEUE,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            start_signal=APPEAL_CHANGED_SIGNAL,
        )
