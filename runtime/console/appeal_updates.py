"""The console's client of the workflows that hold appeals: one update per action, named by the action's id.

An appeal whose workflow ended is held again by the action itself: a dismissal may be taken back, a further level opened.
"""

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
from contracts.ids import appeal_workflow_id
from contracts.workflow_messages.appeals import APPEAL, APPEAL_ACT_UPDATE, AppealAnswer, AppealInput
from contracts.workflow_messages.claims import ADJUDICATION_QUEUE
from runtime.console.review_updates import MAX_WAIT


class TemporalAppealUpdates:
    """Sends updates."""

    def __init__(self, client: Client) -> None:
        """Use a client."""
        self._client = client

    async def act(self, appeal_id: str, action_id: str) -> AppealAnswer:
        """Have the workflow judge a submitted action; the same id again gives the same answer."""
        start: WithStartWorkflowOperation[Any, None] = WithStartWorkflowOperation(
            APPEAL,
            AppealInput(appeal_id),
            id=appeal_workflow_id(appeal_id),
            task_queue=ADJUDICATION_QUEUE,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )
        try:
            answer: AppealAnswer = await self._client.execute_update_with_start_workflow(
                APPEAL_ACT_UPDATE,
                action_id,
                id=action_id,
                result_type=AppealAnswer,
                start_workflow_operation=start,
                rpc_timeout=MAX_WAIT,
            )
        except (RPCError, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
            raise UnansweredError from error
        return answer
