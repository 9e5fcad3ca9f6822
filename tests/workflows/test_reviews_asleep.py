"""What a batch leaves waiting sleeps until something happens; on the real development server, whose delays these are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowExecutionStatus

from activities.review.opening import first_try_delay
from adjudication.model.vocabulary import ClaimId
from contracts.workflow_messages.claims import ACT_UPDATE, PendedClaim, PublishSummary, ReviewAnswer
from streams.temporal import TemporalResumer
from tests.builders.workflows.recording import RecordingSteps, pends
from tests.builders.workflows.running import Decided, a_batch, review_of, small_history_server, start_batch, worker

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ACTION = "5f0c2b1e-0000-4000-8000-000000000009"


def waiting(*codes: str, clock: timedelta | None, retry: timedelta | None = None) -> PendedClaim:
    def at(wait: timedelta | None) -> str | None:
        return None if wait is None else (NOW + wait).isoformat()

    return PendedClaim("claim-a", list(codes), (NOW + timedelta(days=30)).isoformat(), at(retry), at(clock))


def far(*codes: str) -> PendedClaim:
    """Waits for years, and its clocks were looked at."""
    years = (datetime.now(UTC) + timedelta(days=1000)).isoformat()
    return PendedClaim("claim-a", list(codes), years, clock_at=years)


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with small_history_server() as environment:
        yield environment.client


async def hold(client: Client, claim: PendedClaim) -> None:
    await (await start_batch(client, a_batch(claim.claim_id))).result()


def test_a_review_sleeps_until_the_first_of_its_times() -> None:
    claim = waiting("P-CLIN-MD", clock=timedelta(days=9), retry=timedelta(days=2))
    assert first_try_delay(claim, 0, NOW) == timedelta(days=2)
    assert first_try_delay(replace(claim, retry_at=None), 0, NOW) == timedelta(days=9)
    assert first_try_delay(waiting("P-CLIN-MD", clock=timedelta(days=40)), 0, NOW) == timedelta(days=30)


def test_a_review_with_something_to_do_at_once_does_not_sleep() -> None:
    assert first_try_delay(waiting("P-CLIN-MD", clock=None), 0, NOW) is None
    assert first_try_delay(waiting("P-CLIN-MD", clock=-timedelta(hours=1)), 0, NOW) is None
    assert first_try_delay(waiting("P-FAM", clock=timedelta(days=9)), 0, NOW) is None
    assert first_try_delay(waiting("P-FAM", clock=timedelta(days=9)), 1, NOW) == timedelta(days=9)


async def test_a_claim_that_waits_for_weeks_costs_one_event(client: Client) -> None:
    async with worker(client, RecordingSteps(pends(far("P-CLIN-MD"))).activities()):
        await hold(client, far("P-CLIN-MD"))
    review = review_of(client, "claim-a")
    assert (await review.describe()).status is WorkflowExecutionStatus.RUNNING
    assert len([event async for event in review.fetch_history_events()]) == 1


async def test_an_event_wakes_a_sleeping_review(client: Client, cached: int) -> None:
    steps = RecordingSteps(pends(far("P-ELIG")))
    async with worker(client, steps.activities(), cached=cached):
        await hold(client, far("P-ELIG"))
        await TemporalResumer(client).resume([ClaimId("claim-a"), ClaimId("claim-no person-holds")], "coverage-changed")
        assert await asyncio.wait_for(review_of(client, "claim-a").result(), timeout=60) == 1
    assert steps.rounds() == [0, 1]


async def test_an_event_that_comes_before_the_review_begins_begins_it(client: Client) -> None:
    """The batch has committed that the claim waits; the feed sees the pend before the review is there."""
    steps = RecordingSteps()
    async with worker(client, steps.activities()):
        for _ in range(2):  # the second finds it over, and does not begin it again
            await TemporalResumer(client).resume_waiting([ClaimId("claim-a")], "coverage-changed")
            assert await asyncio.wait_for(review_of(client, "claim-a").result(), timeout=60) == 1
    assert steps.rounds() == [1]


async def test_a_sibling_wakes_a_sleeping_review(client: Client) -> None:
    steps = RecordingSteps(
        lambda batch: (
            pends(far("P-FAM"))(batch)
            if "claim-a" in batch.claim_ids
            else PublishSummary(determined=1, completes=["claim-a", "claim-no person-holds"])
        )
    )
    async with worker(client, steps.activities()):
        await hold(client, replace(far("P-CLIN-MD"), codes=["P-CLIN-MD"]))
        await (await start_batch(client, a_batch("claim-new"))).result()
        assert await asyncio.wait_for(review_of(client, "claim-a").result(), timeout=60) == 1


async def test_a_review_that_is_over_is_not_begun_again(client: Client) -> None:
    steps = RecordingSteps(pends(far("P-ELIG")))
    async with worker(client, steps.activities()):
        await hold(client, far("P-ELIG"))
        for _ in range(2):
            await TemporalResumer(client).resume([ClaimId("claim-a")], "coverage-changed")
            await asyncio.wait_for(review_of(client, "claim-a").result(), timeout=60)
    assert steps.rounds() == [0, 1]


async def test_a_persons_action_wakes_a_sleeping_review(client: Client, cached: int) -> None:
    steps = RecordingSteps(pends(far("P-CLIN-MD")))
    steps.actions = {ACTION: ReviewAnswer(accepted=True, try_again=True)}
    async with worker(client, steps.activities(), cached=cached):
        await hold(client, far("P-CLIN-MD"))
        act = review_of(client, "claim-a").execute_update(ACT_UPDATE, ACTION, result_type=ReviewAnswer)
        assert (await asyncio.wait_for(act, timeout=60)).accepted
        assert await asyncio.wait_for(review_of(client, "claim-a").result(), timeout=60) == 1
    assert steps.acted == [ACTION]


async def test_a_sleeping_review_wakes_by_itself(client: Client) -> None:
    soon = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
    claim = replace(far("P-CLIN-MD"), clock_at=soon)
    steps = RecordingSteps(pends(claim))
    async with worker(client, steps.activities()):
        await hold(client, claim)
        review = review_of(client, "claim-a")
        async with asyncio.timeout(60):
            async for event in review.fetch_history_events(wait_new_event=True):
                if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
                    break
        assert event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED


async def test_a_claim_decided_before_its_review_began_ends_it_at_once(client: Client, cached: int) -> None:
    """It gave way to a correction between its pend and the start of its review: who decided it found no reviewer to notify."""
    steps = RecordingSteps(pends(far("P-CLIN-MD")))
    async with worker(client, steps.activities(), cached=cached, decided=Decided("claim-a")):
        await hold(client, far("P-CLIN-MD"))
        assert await asyncio.wait_for(review_of(client, "claim-a").result(), timeout=60) == 1
    assert list(dict.fromkeys(steps.rounds())) == [0, 1]  # a step whose workflow task timed out runs again


async def test_a_correction_whose_original_was_decided_before_its_review_began_is_tried_at_once(
    client: Client, cached: int
) -> None:
    """The batch of the original looked for waiting corrections before this review existed, and could not resume it."""
    steps = RecordingSteps(pends(far("P-CHAIN")))
    async with worker(client, steps.activities(), cached=cached, decided=Decided(freed=("claim-a",))):
        await hold(client, far("P-CHAIN"))
        assert await asyncio.wait_for(review_of(client, "claim-a").result(), timeout=60) == 1
    assert list(dict.fromkeys(steps.rounds())) == [0, 1]  # a step whose workflow task timed out runs again
