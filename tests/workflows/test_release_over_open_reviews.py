"""A release is deployed while reviews are open: what the code before began goes on under the code of today."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer, Worker

from contracts.workflow_messages.claims import ADJUDICATION_QUEUE, RESUME_SIGNAL, PendedClaim, ReviewClaim
from tests.builders.workflows.earlier_release import EarlierReviewClaimWorkflow
from tests.builders.workflows.recording import RecordingSteps, pends
from tests.builders.workflows.reviews import (
    ANSWERS,
    REFUSED,
    SETTLED,
    TAKEN,
    Review,
    act,
    ask,
    in_days,
    pended,
    result_while_time_is_stopped,
)
from tests.builders.workflows.running import start_review, worker
from workflows.registry import WORKFLOWS
from workflows.sandbox import sandbox_runner


def earlier_worker(client: Client, activities: list[Callable[..., Any]]) -> Worker:
    return Worker(
        client,
        task_queue=ADJUDICATION_QUEUE,
        workflows=[EarlierReviewClaimWorkflow],
        activities=activities,
        workflow_runner=sandbox_runner(),
        max_cached_workflows=0,
    )


async def begun_before(environment: WorkflowEnvironment, claim: PendedClaim, *, tried: int, found: int = 0) -> Review:
    """A review that the earlier release began and tried so often (`found`: by itself); its worker is gone."""
    steps = RecordingSteps(pends(claim, tries=99))
    async with earlier_worker(environment.client, steps.activities()):
        review = await start_review(environment.client, ReviewClaim(claim))
        for number in range(tried):
            await review.signal(RESUME_SIGNAL, f"documents-{number}")
            await environment.sleep(timedelta(hours=1))
        await environment.sleep(timedelta(days=2))
        assert (await ask(review)).rounds == tried + found
    return review


async def replays(review: Review) -> None:
    replayer = Replayer(workflows=list(WORKFLOWS), workflow_runner=sandbox_runner())
    await replayer.replay_workflow(await review.fetch_history())


@pytest.mark.parametrize("tried", [0, 2])
async def test_a_review_begun_before_is_acted_on_and_determined(environment: WorkflowEnvironment, tried: int) -> None:
    claim = pended("P-CLIN-MD")
    review = await begun_before(environment, claim, tried=tried)
    steps = RecordingSteps(pends(claim, tries=tried + 1))
    steps.actions = dict(ANSWERS)
    async with worker(environment.client, steps.activities(), cached=0):
        for action in (REFUSED, TAKEN, SETTLED):
            assert await act(review, action) == ANSWERS[action]
        await environment.sleep(timedelta(minutes=5))
        assert (await ask(review)).rounds == tried + 1
        assert steps.looked_at, "its clocks are looked at from now on"
        await replays(review)
        assert await act(review, SETTLED, "again") == ANSWERS[SETTLED]
        assert await result_while_time_is_stopped(environment, review) == tried + 2
    await replays(review)


async def test_a_review_begun_before_gets_its_clocks_with_its_next_try(environment: WorkflowEnvironment) -> None:
    claim = pended("P-CLIN-MD")
    review = await begun_before(environment, claim, tried=2)
    steps = RecordingSteps(pends(claim, tries=9))
    async with worker(environment.client, steps.activities(), cached=0):
        await environment.sleep(timedelta(days=1))
        assert steps.looked_at == []
        for number in (1, 2):
            await review.signal(RESUME_SIGNAL, "documents-received")
            await environment.sleep(timedelta(minutes=5))
            assert len(steps.looked_at) == number
    await replays(review)


async def test_a_review_begun_before_gets_its_clocks_when_its_due_date_passes(environment: WorkflowEnvironment) -> None:
    review = await begun_before(environment, pended("P-CLIN-MD", due_at=await in_days(environment, 9)), tried=0)
    steps = RecordingSteps()
    async with worker(environment.client, steps.activities(), cached=0):
        await environment.sleep(timedelta(days=8))
        assert (await ask(review)).overdue
        assert len(steps.looked_at) == 1
    await replays(review)


async def test_a_review_begun_before_keeps_its_times(environment: WorkflowEnvironment) -> None:
    claim = pended("P-FAM", retry_at=await in_days(environment, 14))
    review = await begun_before(environment, claim, tried=0, found=1)
    steps = RecordingSteps()
    async with worker(environment.client, steps.activities(), cached=0):
        await environment.sleep(timedelta(days=5))
        assert steps.rounds() == []
        assert await review.result() == 2
    await replays(review)
