"""The pacemaker of a bulk release, and how a waiting claim takes its word."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from temporalio.client import WorkflowExecutionStatus
from temporalio.testing import WorkflowEnvironment

from adjudication.review.bulk_retry import Mode
from contracts.actions.bulk_retries import RELEASE_CHANGED_SIGNAL, release_reason
from contracts.workflow_messages.claims import RESUME_SIGNAL, SIBLING_ARRIVED, ClaimBatch, ReviewClaim
from tests.builders.workflows.recording import RecordingSteps, pends
from tests.builders.workflows.release_steps import ReleaseScript
from tests.builders.workflows.reviews import ask, pended
from tests.builders.workflows.running import start_review, worker
from tools.bulk_retry_scenarios import AGAIN, OVER, PAUSED, held


async def test_it_steps_until_a_step_says_it_is_over(environment: WorkflowEnvironment, cached: int) -> None:
    script = ReleaseScript(AGAIN, AGAIN, OVER)
    async with worker(environment.client, script.activities(), cached=cached):
        before = await environment.get_current_time()
        await (await held(environment)).result()
        took = await environment.get_current_time() - before
    assert len(script.calls) == 3
    assert timedelta(seconds=4) <= took < timedelta(minutes=1)


async def test_a_paused_release_waits_for_people_and_goes_on_at_once(
    environment: WorkflowEnvironment, cached: int
) -> None:
    script = ReleaseScript(PAUSED, OVER)
    async with worker(environment.client, script.activities(), cached=cached):
        release = await held(environment)
        await environment.sleep(timedelta(days=3))
        assert len(script.calls) == 1
        await release.signal(RELEASE_CHANGED_SIGNAL)
        with environment.auto_time_skipping_disabled():
            await asyncio.wait_for(release.result(), timeout=60)
    assert len(script.calls) == 2


async def test_a_store_that_is_away_delays_a_release_and_never_ends_it(environment: WorkflowEnvironment) -> None:
    script = ReleaseScript(OVER, failures=9)
    async with worker(environment.client, script.activities()):
        release = await held(environment)
        await release.result()
        assert (await release.describe()).status is WorkflowExecutionStatus.COMPLETED
    assert len(script.calls) == 10


@pytest.mark.parametrize(("mode", "restart"), [(Mode.RESUME, False), (Mode.RESTART, True)])
async def test_a_waiting_claim_tries_once_for_a_release_however_often_it_is_asked(
    environment: WorkflowEnvironment, mode: Mode, *, restart: bool
) -> None:
    tried: list[ClaimBatch] = []

    async def keep(batch: ClaimBatch) -> None:
        tried.append(batch)

    steps = RecordingSteps(pends(pended("P-DOC"), tries=9))
    steps.on_publish = keep
    review = await start_review(environment.client, ReviewClaim(pended("P-DOC")))
    for reason in (release_reason("RELEASE-1", mode), SIBLING_ARRIVED, release_reason("RELEASE-1", mode)):
        await review.signal(RESUME_SIGNAL, reason)
    async with worker(environment.client, steps.activities()):
        await environment.sleep(timedelta(minutes=5))
        assert (await ask(review)).rounds == 1
        assert [(batch.releases, batch.restart) for batch in tried] == [(["RELEASE-1"], restart)]
        await review.signal(RESUME_SIGNAL, SIBLING_ARRIVED)
        await environment.sleep(timedelta(minutes=5))
    assert [(batch.releases, batch.restart) for batch in tried[1:]] == [([], False)], "a release is one try's reason"
