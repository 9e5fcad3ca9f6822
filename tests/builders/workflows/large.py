"""Steps that take too long for many claims, and a worker of each queue, as the worker process has."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

from contracts.workflow_messages.claims import (
    ADJUDICATE_LARGE,
    APPLY_COMPONENT_EDITS,
    LARGE_QUEUE,
    PUBLISH,
    TOOK_TOO_LONG,
    ClaimBatch,
    PublishSummary,
    StepSummary,
)
from tests.builders.workflows.recording import RecordingSteps
from tests.builders.workflows.running import worker


class SlowSteps(RecordingSteps):
    """One step takes too long for more than so many claims; a large claim is decided by its own activity."""

    def __init__(self, step: str = APPLY_COMPONENT_EDITS, at_most: int = 1) -> None:
        super().__init__()
        self.slow, self.at_most = step, at_most
        self.tried: list[tuple[str, ...]] = []
        self.published: list[tuple[tuple[str, ...], bool]] = []
        self.large: list[ClaimBatch] = []

    def _record(self, step: str, batch: ClaimBatch) -> StepSummary:
        if step == self.slow:
            self.tried.append(tuple(batch.claim_ids))
            if len(batch.claim_ids) > self.at_most:
                raise ApplicationError("too long", type=TOOK_TOO_LONG, non_retryable=True)
        if step == PUBLISH:
            self.published.append((tuple(batch.claim_ids), batch.more))
        return super()._record(step, batch)

    @activity.defn(name=ADJUDICATE_LARGE)
    async def adjudicate_large(self, batch: ClaimBatch) -> PublishSummary:
        self.large.append(batch)
        return self.answer(batch)


def large_worker(client: Client, steps: SlowSteps) -> Worker:
    """Build the worker of large claims."""
    return Worker(client, task_queue=LARGE_QUEUE, activities=[steps.adjudicate_large])


@asynccontextmanager
async def workers(client: Client, steps: SlowSteps) -> AsyncIterator[None]:
    """Run a worker of each queue, as the worker process does."""
    async with worker(client, steps.activities()), large_worker(client, steps):
        yield
