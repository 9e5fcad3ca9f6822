"""The console's client of the workflows that hold pended claims: one update per action, named by the action's id."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from temporalio.client import (
    Client,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.service import RPCError, RPCStatusCode

from adjudication.model.vocabulary import ClaimId
from console.ports import NotWaitingError, UnansweredError
from contracts.ids import review_workflow_id
from contracts.workflow_messages.claims import ACT_UPDATE, ReviewAnswer

MAX_WAIT: Final = timedelta(seconds=20)
"""The time that the console waits for a worker before it asks the user to send the action again."""


class TemporalReviewUpdates:
    """Sends updates."""

    def __init__(self, client: Client) -> None:
        """Use a client."""
        self._client = client

    async def act(self, claim_id: ClaimId, action_id: str) -> ReviewAnswer:
        """Have the workflow judge a submitted action; the same id again gives the same answer."""
        handle = self._client.get_workflow_handle(review_workflow_id(claim_id))
        try:
            answer: ReviewAnswer = await handle.execute_update(
                ACT_UPDATE, action_id, id=action_id, result_type=ReviewAnswer, rpc_timeout=MAX_WAIT
            )
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise NotWaitingError from error
            raise UnansweredError from error
        except (WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
            raise UnansweredError from error
        return answer
