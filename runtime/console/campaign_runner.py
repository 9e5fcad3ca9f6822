"""Starts the workflow of a campaign, or signals it to read the campaign again."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError

from console.ports import UnansweredError
from contracts.workflow_messages.campaigns import (
    CAMPAIGN,
    CAMPAIGN_CHANGED_SIGNAL,
    CampaignInput,
    campaign_workflow_id,
)
from contracts.workflow_messages.claims import ADJUDICATION_QUEUE

_MAX_WAIT: Final = timedelta(seconds=10)


class TemporalCampaigns:
    """Starts workflows."""

    def __init__(self, client: Client) -> None:
        """Use a client."""
        self._client = client

    async def run(self, campaign_id: str) -> None:
        """Start the workflow, or signal the running one. A repeated call has no further effect."""
        try:
            await self._client.start_workflow(
                CAMPAIGN,
                CampaignInput(campaign_id),
                id=campaign_workflow_id(campaign_id),
                task_queue=ADJUDICATION_QUEUE,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                start_signal=CAMPAIGN_CHANGED_SIGNAL,
                rpc_timeout=_MAX_WAIT,
            )
        except RPCError as error:
            raise UnansweredError from error
