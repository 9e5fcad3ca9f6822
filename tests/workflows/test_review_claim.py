from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from temporalio.client import WorkflowExecutionStatus
from temporalio.testing import WorkflowEnvironment

from contracts.workflow_messages.claims import (
    REQUEST_MAILED_SIGNAL,
    RESUME_SIGNAL,
    SIBLING_ARRIVED,
    ClaimBatch,
    PublishSummary,
    ReviewClaim,
    WaitingFor,
)
from tests.builders.workflows.recording import RecordingSteps, pends
from tests.builders.workflows.reviews import ask, in_days, pended, result_while_time_is_stopped, until_tried
from tests.builders.workflows.running import small_history_server, start_review, worker
from workflows import review_claim


async def test_a_claim_that_waits_for_siblings_is_tried_once_at_once(
    environment: WorkflowEnvironment, cached: int
) -> None:
    steps = RecordingSteps()
    async with worker(environment.client, steps.activities(), cached=cached):
        review = await start_review(environment.client, ReviewClaim(pended("P-FAM")))
        assert await review.result() == 1
    assert steps.rounds() == [1]


async def test_a_claim_that_waits_for_a_reviewer_is_not_tried_unasked(
    environment: WorkflowEnvironment, cached: int
) -> None:
    steps = RecordingSteps()
    async with worker(environment.client, steps.activities(), cached=cached):
        review = await start_review(environment.client, ReviewClaim(pended("P-CLIN-MD")))
        await environment.sleep(timedelta(days=30))
        assert steps.rounds() == []
        await review.signal(RESUME_SIGNAL, "documents-received")
        assert await review.result() == 1


async def test_a_claim_is_tried_when_its_time_comes(environment: WorkflowEnvironment, cached: int) -> None:
    still = pended("P-FAM", retry_at=await in_days(environment, 14))
    steps = RecordingSteps(pends(still, tries=1))
    async with worker(environment.client, steps.activities(), cached=cached):
        review = await start_review(environment.client, ReviewClaim(still))
        await environment.sleep(timedelta(days=13))
        assert steps.rounds() == [1]
        assert await review.result() == 2
    assert steps.rounds() == [1, 2]


async def test_a_sibling_that_arrives_before_the_time_is_enough(environment: WorkflowEnvironment, cached: int) -> None:
    still = pended("P-FAM", retry_at=await in_days(environment, 14))
    steps = RecordingSteps(pends(still, tries=1))
    async with worker(environment.client, steps.activities(), cached=cached):
        review = await start_review(environment.client, ReviewClaim(still))
        await environment.sleep(timedelta(days=2))
        await review.signal(RESUME_SIGNAL, SIBLING_ARRIVED)
        assert await result_while_time_is_stopped(environment, review) == 2
    assert steps.rounds() == [1, 2]


async def test_a_retry_time_in_the_past_does_not_spin(environment: WorkflowEnvironment) -> None:
    still = pended("P-SYS", retry_at=await in_days(environment, -1))
    steps = RecordingSteps(pends(still, tries=3))
    async with worker(environment.client, steps.activities()):
        begun = await environment.get_current_time()
        review = await start_review(environment.client, ReviewClaim(still))
        assert await review.result() == 4
        assert await environment.get_current_time() - begun >= timedelta(seconds=4 * 30)


async def test_signals_that_arrive_during_a_try_cause_one_more(environment: WorkflowEnvironment) -> None:
    still = pended("P-FAM", retry_at=await in_days(environment, 14))
    steps = RecordingSteps(pends(still, tries=2))
    async with worker(environment.client, steps.activities()):
        review = await start_review(environment.client, ReviewClaim(still, 1))

        async def siblings_arrive(batch: ClaimBatch) -> None:
            if batch.round == 2:
                await asyncio.gather(*(review.signal(RESUME_SIGNAL, SIBLING_ARRIVED) for _ in range(5)))

        steps.on_publish = siblings_arrive
        await review.signal(RESUME_SIGNAL, SIBLING_ARRIVED)
        assert await review.result() == 3
    assert steps.rounds() == [2, 3]


async def test_a_review_that_was_not_informed_of_the_decision_ends_when_it_looks_at_its_clocks(
    environment: WorkflowEnvironment, cached: int
) -> None:
    steps = RecordingSteps()
    steps.decided = True
    async with worker(environment.client, steps.activities(), cached=cached):
        claim = pended("P-CLIN-MD", due_at=await in_days(environment, 15))
        review = await start_review(environment.client, ReviewClaim(claim))
        assert await result_while_time_is_stopped(environment, review) == 1
    assert steps.rounds() == [1]


async def test_the_mailing_of_a_request_has_the_deadlines_checked_and_causes_no_try(
    environment: WorkflowEnvironment, cached: int
) -> None:
    steps = RecordingSteps()
    async with worker(environment.client, steps.activities(), cached=cached):
        claim = pended("P-DOC", due_at=await in_days(environment, 45))
        review = await start_review(environment.client, ReviewClaim(claim))
        await environment.sleep(timedelta(hours=1))
        before = len(steps.looked_at)
        await review.signal(REQUEST_MAILED_SIGNAL)
        await environment.sleep(timedelta(hours=1))
        assert len(steps.looked_at) == before + 1
        assert steps.rounds() == []


async def test_a_claim_past_its_due_date_is_reported_and_stays_pended(
    environment: WorkflowEnvironment, cached: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Its line in the log stands where our own code is: only such lines are written with what they state."""
    claim = pended("P-CLIN-MD", due_at=await in_days(environment, 15))
    steps = RecordingSteps()
    async with worker(environment.client, steps.activities(), cached=cached):
        review = await start_review(environment.client, ReviewClaim(claim))
        assert not (await ask(review)).overdue
        await environment.sleep(timedelta(days=16))
        assert (await ask(review)).overdue
        [said] = [each for each in caplog.records if "past its due date" in each.getMessage()]
        assert said.pathname == review_claim.__file__
        await environment.sleep(timedelta(days=300))
        assert (await review.describe()).status is WorkflowExecutionStatus.RUNNING
        await review.signal(RESUME_SIGNAL, "decided")
        assert await review.result() == 1


async def test_why_a_claim_waits_follows_its_last_try(environment: WorkflowEnvironment, cached: int) -> None:
    due_at = await in_days(environment, 30)
    later = pended("P-CLIN-MD", due_at=due_at)
    steps = RecordingSteps(pends(later, tries=1))
    async with worker(environment.client, steps.activities(), cached=cached):
        review = await start_review(environment.client, ReviewClaim(pended("P-ELIG")))
        await review.signal(RESUME_SIGNAL, "coverage-changed")
        await environment.sleep(timedelta(minutes=1))
        assert await ask(review) == WaitingFor(["P-CLIN-MD"], due_at, 1)


async def test_a_claim_that_begins_to_wait_for_siblings_later_reads_them_again_too(
    environment: WorkflowEnvironment,
) -> None:
    family = pended("P-FAM", retry_at=await in_days(environment, 14))
    steps = RecordingSteps(pends(family, tries=1))
    async with worker(environment.client, steps.activities()):
        review = await start_review(environment.client, ReviewClaim(pended("P-ELIG")))
        await review.signal(RESUME_SIGNAL, "coverage-changed")
        assert await result_while_time_is_stopped(environment, review) == 2


async def test_a_claim_the_ledger_lost_is_not_reported_as_determined(
    environment: WorkflowEnvironment,
) -> None:
    steps = RecordingSteps(lambda batch: PublishSummary(determined=0))
    async with worker(environment.client, steps.activities()):
        review = await start_review(environment.client, ReviewClaim(pended("P-ELIG")))
        await review.signal(RESUME_SIGNAL, "coverage-changed")
        await environment.sleep(timedelta(days=1))
        assert (await review.describe()).status is WorkflowExecutionStatus.RUNNING
    assert steps.rounds() == [1]


async def test_a_claim_tried_often_goes_on_in_a_new_run_with_nothing_forgotten() -> None:
    later = pended("P-CLIN-MD")
    steps = RecordingSteps(pends(later, tries=6))
    async with small_history_server() as environment, worker(environment.client, steps.activities()):
        review = await start_review(environment.client, ReviewClaim(pended("P-ELIG")))
        for tries in range(1, 7):
            await review.signal(RESUME_SIGNAL, "coverage-changed")
            await until_tried(review, tries)
        await review.signal(RESUME_SIGNAL, "coverage-changed")
        assert await asyncio.wait_for(review.result(), timeout=60) == 7
        last_run = (await environment.client.get_workflow_handle(review.id).describe()).run_id
    assert review.first_execution_run_id != last_run
    # A round may run twice: a signal that arrives as the run ends makes the server repeat the workflow task.
    assert sorted(set(steps.rounds())) == [1, 2, 3, 4, 5, 6, 7]
