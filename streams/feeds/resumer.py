"""Tells the workflows that hold waiting claims that an event they wait for has come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from adjudication.model.vocabulary import ClaimId
from contracts.ids import review_workflow_id
from contracts.workflow_messages.claims import ADJUDICATION_QUEUE, RESUME_SIGNAL, REVIEW_CLAIM, PendedClaim, ReviewClaim

_UNTIL_TRIED: Final = "9999-01-01T00:00:00+00:00"
"""The due date of a review begun here: its first try, which the signal asks for, says the real one."""


class TemporalResumer:
    """Signals review workflows. One that is not there (decided meanwhile, or not begun) is no error."""

    def __init__(self, client: Client) -> None:
        """Use a connected client."""
        self._client = client

    async def resume(self, claim_ids: Sequence[ClaimId], reason: str) -> Sequence[ClaimId]:
        """Ask for another try of each claim; return those that no workflow holds.

        One whose review has not begun is left alone: it reads its siblings again when it does
        (workflows/review_claim.py).
        """
        return [claim_id for claim_id in claim_ids if not await self._tell(claim_id, reason)]

    async def resume_waiting(self, claim_ids: Sequence[ClaimId], reason: str) -> None:
        """Ask for another try of claims that the ledger says wait; one whose review has not begun yet is begun.

        Its batch committed that it waits and is about to begin its review; an event that came between would be lost on
        a review that begins asleep. The batch finds the review there, which holds the claim just as well.
        """
        for claim_id in claim_ids:
            await self._wake(claim_id, reason)

    async def _tell(self, claim_id: ClaimId, reason: str) -> bool:
        return await self._is_open(claim_id) and await self._wake(claim_id, reason)

    async def _is_open(self, claim_id: ClaimId) -> bool:
        try:
            found = await self._client.get_workflow_handle(review_workflow_id(claim_id)).describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise
        return found.status is WorkflowExecutionStatus.RUNNING

    async def _wake(self, claim_id: ClaimId, reason: str) -> bool:
        """Signal and end the sleep of a review that was begun with a delay (activities/review/opening.py).

        A signal alone is kept until the delay is over; a signal with start ends it. One that is over is not begun
        again (False).
        """
        try:
            await self._client.start_workflow(
                REVIEW_CLAIM,
                ReviewClaim(PendedClaim(claim_id, [], _UNTIL_TRIED)),
                id=review_workflow_id(claim_id),
                task_queue=ADJUDICATION_QUEUE,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                start_signal=RESUME_SIGNAL,
                start_signal_args=[reason],
            )
        except WorkflowAlreadyStartedError:
            return False
        return True
