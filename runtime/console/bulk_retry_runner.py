"""Starts the workflow of a bulk retry, or signals it to read the bulk retry again."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Final

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError

from adjudication.review.bulk_retry import BulkRetryLimits
from console.ports import UnansweredError
from contracts.actions.bulk_retries import BULK_RELEASE, RELEASE_CHANGED_SIGNAL, BulkRetryInput, release_workflow_id
from contracts.workflow_messages.claims import ADJUDICATION_QUEUE
from runtime.settings import Settings

_MAX_WAIT: Final = timedelta(seconds=10)


class TemporalBulkRetries:
    """Starts workflows."""

    def __init__(self, client: Client) -> None:
        """Use a client."""
        self._client = client

    async def run(self, release_id: str) -> None:
        """Start the workflow, or signal the running one. A repeated call has no further effect."""
        try:
            await self._client.start_workflow(
                BULK_RELEASE,
                BulkRetryInput(release_id),
                id=release_workflow_id(release_id),
                task_queue=ADJUDICATION_QUEUE,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                start_signal=RELEASE_CHANGED_SIGNAL,
                rpc_timeout=_MAX_WAIT,
            )
        except RPCError as error:
            raise UnansweredError from error


def release_limits(settings: Settings) -> BulkRetryLimits:
    """Read this payer's limits from the settings."""
    return BulkRetryLimits(
        most_claims=settings.bulk_retry_max_claims,
        most_per_second=settings.bulk_retry_max_per_second,
        supervisor_above_claims=settings.bulk_retry_supervisor_claims,
        supervisor_above_billed=Decimal(settings.bulk_retry_supervisor_usd),
    )
