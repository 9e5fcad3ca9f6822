from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import WorkflowExecutionStatus
from temporalio.testing import WorkflowEnvironment

from contracts.workflow_messages.claims import (
    APPLY_COMPONENT_EDITS,
    PUBLISH,
    STEP_ORDER,
    VERIFY_ELIGIBILITY,
    ClaimBatch,
    PendedClaim,
    PublishSummary,
    ReviewClaim,
)
from tests.builders.workflows.recording import RecordingSteps, all_determined, pends
from tests.builders.workflows.running import a_batch, review_of, run_batch, start_batch, start_review, worker


def waiting(claim: str, *codes: str) -> PendedClaim:
    due_at = datetime.now(UTC) + timedelta(days=365)
    return PendedClaim(claim, list(codes), due_at.isoformat())


async def test_every_step_runs_once_in_order(environment: WorkflowEnvironment, cached: int) -> None:
    steps, batch = RecordingSteps(), a_batch("claim-a", "claim-b")
    async with worker(environment.client, steps.activities(), cached=cached):
        summary = await (await start_batch(environment.client, batch)).result()
    assert summary == PublishSummary(determined=2)
    assert steps.calls == [(step, batch.batch_id, 0) for step in STEP_ORDER]


async def test_a_batch_in_which_nothing_waits_needs_one_workflow_task(
    environment: WorkflowEnvironment,
) -> None:
    async with worker(environment.client, RecordingSteps().activities()):
        handle = await start_batch(environment.client, a_batch("claim-a"))
        await handle.result()
    events = [event.event_type async for event in handle.fetch_history_events()]
    # Started, workflow task scheduled / started / completed, six markers, completed.
    assert len(events) == 11


async def test_a_claim_that_must_wait_is_held_after_its_batch_ended(
    environment: WorkflowEnvironment, cached: int
) -> None:
    steps = RecordingSteps(pends(waiting("claim-b", "P-CLIN-MD")))
    async with worker(environment.client, steps.activities(), cached=cached):
        handle = await run_batch(environment, a_batch("claim-a", "claim-b"))
        batch = await handle.describe()
        review = await review_of(environment.client, "claim-b").describe()
    assert batch.status is WorkflowExecutionStatus.COMPLETED
    assert review.status is WorkflowExecutionStatus.RUNNING


async def test_a_waiting_sibling_is_shown_and_tried_again(environment: WorkflowEnvironment) -> None:
    steps = RecordingSteps(
        lambda batch: PublishSummary(
            determined=1, completes=["claim-waiting"] if "claim-new" in batch.claim_ids else []
        )
    )
    async with worker(environment.client, steps.activities()):
        review = await start_review(environment.client, ReviewClaim(waiting("claim-waiting", "P-FAM"), 1))
        await run_batch(environment, a_batch("claim-new"))
        assert await review.result() == 2
    assert (PUBLISH, a_batch("claim-waiting").batch_id, 2) in steps.calls


async def test_reporting_a_claim_that_no_person_holds_is_no_failure(environment: WorkflowEnvironment) -> None:
    steps = RecordingSteps(lambda batch: PublishSummary(determined=1, completes=["claim-not-waiting"]))
    async with worker(environment.client, steps.activities()):
        summary = await (await start_batch(environment.client, a_batch("claim-new"))).result()
    assert summary.completes == ["claim-not-waiting"]


@pytest.mark.parametrize("step", [VERIFY_ELIGIBILITY, APPLY_COMPONENT_EDITS, PUBLISH])
async def test_a_step_whose_store_is_away_is_repeated_alone(environment: WorkflowEnvironment, step: str) -> None:
    steps = RecordingSteps(failures={step: 2})
    async with worker(environment.client, steps.activities()):
        await (await start_batch(environment.client, a_batch("claim-a"))).result()
    names = [name for name, _, _ in steps.calls]
    assert names == [name for name in STEP_ORDER for _ in range(3 if name == step else 1)]


async def test_a_batch_that_runs_again_leaves_the_review_that_holds_its_claim_alone(
    environment: WorkflowEnvironment,
) -> None:
    steps = RecordingSteps(pends(waiting("claim-a", "P-CLIN-MD")))
    async with worker(environment.client, steps.activities()):
        first = await run_batch(environment, a_batch("claim-a"))
        before = (await review_of(environment.client, "claim-a").describe()).run_id
        again = await run_batch(environment, a_batch("claim-a"))
        after = (await review_of(environment.client, "claim-a").describe()).run_id
    assert first.first_execution_run_id != again.first_execution_run_id
    assert before == after


async def test_sixty_four_claims_that_all_wait_are_all_held(environment: WorkflowEnvironment) -> None:
    claims = [f"claim-{number}" for number in range(64)]

    def answer(batch: ClaimBatch) -> PublishSummary:
        if batch.round:
            return all_determined(batch)
        return PublishSummary(determined=0, pended=[waiting(claim, "P-CLIN-MD") for claim in claims])

    async with worker(environment.client, RecordingSteps(answer).activities()):
        await run_batch(environment, a_batch(*claims))
        held = [await review_of(environment.client, claim).describe() for claim in claims]
    assert {review.status for review in held} == {WorkflowExecutionStatus.RUNNING}
