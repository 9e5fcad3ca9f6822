"""The console's client of the workflows of reopenings: one update per action, named by the action's id."""

from __future__ import annotations

from typing import Any

from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError

from console.ports import UnansweredError
from contracts.ids import readjudication_workflow_id
from contracts.workflow_messages.claims import ADJUDICATION_QUEUE
from contracts.workflow_messages.readjudication import (
    CORRECTION_ACT_UPDATE,
    READJUDICATE,
    CorrectionAnswer,
    Readjudicate,
)
from runtime.console.review_updates import MAX_WAIT


class TemporalCorrectionUpdates:
    """Sends updates; a workflow that ended or was lost is started by the action itself."""

    def __init__(self, client: Client) -> None:
        """Use a client."""
        self._client = client

    async def act(self, readjudication_id: str, action_id: str) -> CorrectionAnswer:
        """Have the workflow judge a submitted action; the same id again gives the same answer."""
        start: WithStartWorkflowOperation[Any, None] = WithStartWorkflowOperation(
            READJUDICATE,
            Readjudicate(readjudication_id),
            id=readjudication_workflow_id(readjudication_id),
            task_queue=ADJUDICATION_QUEUE,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )
        try:
            answer: CorrectionAnswer = await self._client.execute_update_with_start_workflow(
                CORRECTION_ACT_UPDATE,
                action_id,
                id=action_id,
                result_type=CorrectionAnswer,
                start_workflow_operation=start,
                rpc_timeout=MAX_WAIT,
            )
        except (RPCError, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
            raise UnansweredError from error
        return answer
