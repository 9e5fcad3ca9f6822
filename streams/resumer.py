"""Tells the workflows that hold waiting claims that an event they wait for has come."""

from __future__ import annotations

from collections.abc import Sequence

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from adjudication.vocabulary import ClaimId
from contracts.ids import review_workflow_id
from contracts.workflow_messages import RESUME_SIGNAL


class TemporalResumer:
    """Signals review workflows. One that is not there (decided meanwhile, or not begun) is no error."""

    def __init__(self, client: Client) -> None:
        """Use a connected client."""
        self._client = client

    async def resume(self, claim_ids: Sequence[ClaimId], reason: str) -> Sequence[ClaimId]:
        """Ask for another try of each claim; return those that no workflow holds.

        A claim whose review has not begun reads the newest facts when it does (activities/publication.py looks
        once more after its commit).
        """
        unheld = []
        for claim_id in claim_ids:
            try:
                await self._client.get_workflow_handle(review_workflow_id(claim_id)).signal(RESUME_SIGNAL, reason)
            except RPCError as error:
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise
                unheld.append(claim_id)
        return unheld
