"""A time-skipping Temporal server from the installed binary, and workers on it; nothing is downloaded."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from temporalio.client import Client, WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.registry import opening_activities
from adjudication.model.vocabulary import ClaimId
from contracts.ids import adjudication_workflow_id, batch_id, review_workflow_id
from contracts.workflow_messages.claims import (
    ADJUDICATE_CLAIMS,
    ADJUDICATION_QUEUE,
    REVIEW_CLAIM,
    ClaimBatch,
    PublishSummary,
    ReviewClaim,
)
from streams.temporal import TemporalResumer
from workflows.registry import WORKFLOWS
from workflows.sandbox import sandbox_runner


def installed(binary: str) -> str:
    """Path of a server binary in the virtual environment."""
    return str(Path(sys.executable).parent / binary)


@asynccontextmanager
async def time_skipping_server(identity: str | None = None) -> AsyncIterator[WorkflowEnvironment]:
    """Start the test server that skips time while a result is awaited."""
    environment = await WorkflowEnvironment.start_time_skipping(
        test_server_existing_path=installed("temporal-test-server"), identity=identity
    )
    async with environment:
        yield environment


@asynccontextmanager
async def development_server(*dynamic: str, identity: str | None = None) -> AsyncIterator[WorkflowEnvironment]:
    """Start the real development server; `dynamic`: settings of the server, as name=JSON."""
    environment = await WorkflowEnvironment.start_local(
        dev_server_existing_path=installed("temporal"),
        dev_server_extra_args=[part for setting in dynamic for part in ("--dynamic-config-value", setting)],
        identity=identity,
    )
    async with environment:
        yield environment


@asynccontextmanager
async def small_history_server(identity: str | None = None) -> AsyncIterator[WorkflowEnvironment]:
    """Start the development server, set to suggest a new run after a few events; its own workflows that pass on versions then never end."""
    async with development_server("limit.historyCount.suggestContinueAsNew=20", identity=identity) as environment:
        yield environment


class Decided:
    """Which claims are decided, and which corrections wait for a decided claim, as the ledger would say."""

    def __init__(self, *claim_ids: str, freed: Sequence[str] = ()) -> None:
        self.claims, self.freed = frozenset(claim_ids), frozenset(freed)

    async def freed_corrections(self, claim_ids: Sequence[ClaimId]) -> Sequence[ClaimId]:
        return [claim_id for claim_id in claim_ids if claim_id in self.freed]

    async def decided(self, claim_ids: Sequence[ClaimId]) -> Sequence[ClaimId]:
        return [claim_id for claim_id in claim_ids if claim_id in self.claims]


def worker(
    client: Client, activities: Sequence[Callable[..., Any]], *, cached: int = 100, decided: Decided | None = None
) -> Worker:
    """Build a worker with the production workflows, sandbox and opening of reviews; `cached=0` replays at every workflow task."""
    return Worker(
        client,
        task_queue=ADJUDICATION_QUEUE,
        workflows=list(WORKFLOWS),
        activities=[
            *activities,
            *opening_activities(TemporalResumer(client), decided or Decided(), lambda: datetime.now(UTC)),
        ],
        workflow_runner=sandbox_runner(),
        max_cached_workflows=cached,
    )


def a_batch(*claim_ids: str, round_number: int = 0) -> ClaimBatch:
    """A batch with its real id."""
    return ClaimBatch(batch_id(tuple(ClaimId(c) for c in claim_ids)), list(claim_ids), round_number)


async def start_batch(client: Client, batch: ClaimBatch) -> WorkflowHandle[Any, PublishSummary]:
    """Start the batch workflow as intake does."""
    return await client.start_workflow(
        ADJUDICATE_CLAIMS,
        batch,
        id=adjudication_workflow_id(batch.batch_id),
        task_queue=ADJUDICATION_QUEUE,
        result_type=PublishSummary,
    )


async def run_batch(environment: WorkflowEnvironment, batch: ClaimBatch) -> WorkflowHandle[Any, PublishSummary]:
    """Run a batch to its end without skipping time, so that the reviews it starts do not live through years."""
    handle = await start_batch(environment.client, batch)
    with environment.auto_time_skipping_disabled():
        await handle.result()
    return handle


async def start_review(client: Client, review: ReviewClaim) -> WorkflowHandle[Any, int]:
    """Start a review as the batch workflow does, without a parent."""
    return await client.start_workflow(
        REVIEW_CLAIM,
        review,
        id=review_workflow_id(ClaimId(review.pended.claim_id)),
        task_queue=ADJUDICATION_QUEUE,
        result_type=int,
    )


def review_of(client: Client, claim: str) -> WorkflowHandle[Any, int]:
    """Handle of the review that holds a claim."""
    return client.get_workflow_handle(review_workflow_id(ClaimId(claim)), result_type=int)
