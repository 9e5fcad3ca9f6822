"""People act on a claim that waits: updates to the workflow that holds it."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
from temporalio.client import WorkflowExecutionStatus, WorkflowUpdateFailedError
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from contracts.workflow_messages.claims import PUBLISH, RESUME_SIGNAL, ClaimBatch, ReviewAnswer, ReviewClaim
from tests.builders.workflows.recording import RecordingSteps, pends
from tests.builders.workflows.reviews import (
    ANSWERS,
    REFUSED,
    SETTLED,
    TAKEN,
    Review,
    act,
    ask,
    pended,
    result_while_time_is_stopped,
    until_tried,
)
from tests.builders.workflows.running import small_history_server, start_review, worker


def clinical(tries: int = 0) -> RecordingSteps:
    """Steps after which the claim still waits for a physician in its first rounds."""
    steps = RecordingSteps(pends(pended("P-CLIN-MD"), tries=tries))
    steps.actions = dict(ANSWERS)
    return steps


async def kinds(review: Review) -> list[str]:
    history = json.loads((await review.fetch_history()).to_json())
    return [event["eventType"].removeprefix("EVENT_TYPE_WORKFLOW_EXECUTION_") for event in history["events"]]


async def test_what_a_person_settled_is_tried_at_once(environment: WorkflowEnvironment, cached: int) -> None:
    steps = clinical()
    async with worker(environment.client, steps.activities(), cached=cached):
        review = await start_review(environment.client, ReviewClaim(pended("P-CLIN-MD")))
        assert await act(review, SETTLED) == ANSWERS[SETTLED]
        assert await result_while_time_is_stopped(environment, review) == 1
    assert steps.acted == [SETTLED]
    assert steps.rounds() == [1]


async def test_what_was_refused_or_settles_nothing_is_not_tried(environment: WorkflowEnvironment, cached: int) -> None:
    steps = clinical()
    async with worker(environment.client, steps.activities(), cached=cached):
        review = await start_review(environment.client, ReviewClaim(pended("P-CLIN-MD")))
        for action in (TAKEN, REFUSED):
            assert await act(review, action) == ANSWERS[action]
        await environment.sleep(timedelta(days=3))
        assert (await ask(review)).rounds == 0
        assert (await review.describe()).status is WorkflowExecutionStatus.RUNNING
    assert steps.rounds() == []


@pytest.mark.parametrize("name", ["", "take", "0B0F3A6E-1111-4A4A-8A8A-000000000002", f"{SETTLED}/x", f" {SETTLED}"])
async def test_what_cannot_be_the_id_of_an_action_costs_no_event(environment: WorkflowEnvironment, name: str) -> None:
    steps = clinical()
    async with worker(environment.client, steps.activities()):
        review = await start_review(environment.client, ReviewClaim(pended("P-CLIN-MD")))
        with pytest.raises(WorkflowUpdateFailedError):
            await act(review, name, "update-1")
        assert not [kind for kind in await kinds(review) if kind.startswith("UPDATE")]
    assert steps.acted == []


async def test_the_same_update_twice_is_asked_for_once(environment: WorkflowEnvironment, cached: int) -> None:
    steps = clinical(tries=1)
    async with worker(environment.client, steps.activities(), cached=cached):
        review = await start_review(environment.client, ReviewClaim(pended("P-CLIN-MD")))
        first, second = await asyncio.gather(act(review, SETTLED), act(review, SETTLED))
        assert first == second == ANSWERS[SETTLED]
        assert await act(review, SETTLED) == ANSWERS[SETTLED]
        await until_tried(review, 1)
        await environment.sleep(timedelta(minutes=5))
        assert (await ask(review)).rounds == 1
    assert steps.acted == [SETTLED]


async def test_the_same_action_by_another_update_is_left_to_the_store(environment: WorkflowEnvironment) -> None:
    """The store gives the recorded answer again; one more try may follow, and finds what the first one found."""
    steps = clinical(tries=9)
    async with worker(environment.client, steps.activities()):
        review = await start_review(environment.client, ReviewClaim(pended("P-CLIN-MD")))
        assert await act(review, SETTLED, "one") == await act(review, SETTLED, "two")
        await until_tried(review, 1)
        assert (await ask(review)).rounds <= 2
    assert steps.acted == [SETTLED, SETTLED]


async def test_an_action_during_a_try_is_answered_and_tried_after_it(environment: WorkflowEnvironment) -> None:
    steps = clinical(tries=1)
    sent: list[asyncio.Task[ReviewAnswer]] = []
    async with worker(environment.client, steps.activities()):
        review = await start_review(environment.client, ReviewClaim(pended("P-CLIN-MD")))

        async def a_person_settles(batch: ClaimBatch) -> None:
            if batch.round == 1 and not sent:
                sent.append(asyncio.create_task(act(review, SETTLED)))
                await asyncio.sleep(0.2)

        steps.on_publish = a_person_settles
        await review.signal(RESUME_SIGNAL, "documents-received")
        assert await result_while_time_is_stopped(environment, review) == 2
        assert await sent[0] == ANSWERS[SETTLED]
    assert sorted(set(steps.rounds())) == [1, 2]


async def test_an_action_during_the_try_that_decides_is_answered_or_finds_no_person(
    environment: WorkflowEnvironment,
) -> None:
    steps = clinical()
    sent: list[asyncio.Task[ReviewAnswer]] = []
    async with worker(environment.client, steps.activities()):
        review = await start_review(environment.client, ReviewClaim(pended("P-CLIN-MD")))

        async def a_person_asks_late(_: ClaimBatch) -> None:
            if not sent:
                sent.append(asyncio.create_task(act(review, REFUSED)))
                await asyncio.sleep(0.2)

        steps.on_publish = a_person_asks_late
        await review.signal(RESUME_SIGNAL, "documents-received")
        assert await result_while_time_is_stopped(environment, review) == 1
        (answer,) = await asyncio.wait_for(asyncio.gather(*sent, return_exceptions=True), timeout=60)
    assert answer == ANSWERS[REFUSED] or isinstance(answer, RPCError | WorkflowUpdateFailedError)


async def test_an_action_is_judged_while_the_store_comes_back(environment: WorkflowEnvironment) -> None:
    steps = clinical()
    steps.failures = {PUBLISH: 2}
    async with worker(environment.client, steps.activities()):
        review = await start_review(environment.client, ReviewClaim(pended("P-CLIN-MD")))
        assert await act(review, SETTLED) == ANSWERS[SETTLED]
        assert await review.result() == 1


async def test_a_claim_acted_on_often_goes_on_in_new_runs_with_nothing_forgotten() -> None:
    """Actions alone, without a single try, fill a history too."""
    steps = clinical()
    actions = [f"0b0f3a6e-2222-4a4a-8a8a-{number:012d}" for number in range(30)]
    steps.actions |= {action: ReviewAnswer(accepted=True) for action in actions}
    async with small_history_server() as environment, worker(environment.client, steps.activities()):
        review = await start_review(environment.client, ReviewClaim(pended("P-CLIN-MD"), overdue=True))
        latest: Review = environment.client.get_workflow_handle(review.id, result_type=int)
        for action in actions:
            assert (await act(latest, action)).accepted
        assert (await latest.describe()).run_id != review.first_execution_run_id
        assert ((await ask(latest)).rounds, (await ask(latest)).overdue) == (0, True)
        assert (await act(latest, SETTLED)).try_again
        assert await latest.result() == 1
    assert set(steps.acted) == {*actions, SETTLED}
    assert steps.rounds() == [1]
