"""A large claim is adjudicated apart from ordinary ones, and a batch that takes too long is tried in smaller parts."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment

from activities.errors import in_time
from contracts.workflow_messages.claims import (
    PUBLISH,
    TOOK_TOO_LONG,
    PendedClaim,
    PublishSummary,
    ReviewClaim,
)
from tests.builders.workflows.large import SlowSteps, workers
from tests.builders.workflows.running import a_batch, start_batch, start_review
from workflows.steps import parts_of

FAR = "2099-01-01T00:00:00+00:00"


async def test_a_large_claim_is_one_activity_of_the_queue_for_large_claims(environment: WorkflowEnvironment) -> None:
    steps = SlowSteps()
    batch = replace(a_batch("claim-a"), large=True)
    async with workers(environment.client, steps):
        summary = await (await start_batch(environment.client, batch)).result()
    assert summary == PublishSummary(determined=1)
    assert (steps.large, steps.calls) == ([batch], [])


async def test_each_later_try_of_a_large_claim_is_made_apart_too(environment: WorkflowEnvironment) -> None:
    steps = SlowSteps()
    pended = PendedClaim("claim-a", ["P-FAM"], FAR, large=True)
    async with workers(environment.client, steps):
        await (await start_review(environment.client, ReviewClaim(pended))).result()
    assert [(batch.round, batch.large) for batch in steps.large] == [(1, True)]
    assert steps.calls == []


async def test_a_batch_that_takes_too_long_is_tried_in_parts_and_never_as_a_whole_again(
    environment: WorkflowEnvironment,
) -> None:
    steps = SlowSteps(at_most=2)
    claims = [f"claim-{n}" for n in range(8)]
    async with workers(environment.client, steps):
        summary = await (await start_batch(environment.client, a_batch(*claims))).result()
    pairs = [tuple(claims[n : n + 2]) for n in range(0, 8, 2)]
    assert steps.tried == [tuple(claims), *pairs]
    assert summary == PublishSummary(determined=8)
    # The batch is finished with its last part, not before.
    assert steps.published == [(pair, more) for pair, more in zip(pairs, [True, True, True, False], strict=True)]


async def test_a_single_claim_that_takes_too_long_is_tried_as_a_large_one(environment: WorkflowEnvironment) -> None:
    steps = SlowSteps(PUBLISH, at_most=0)
    async with workers(environment.client, steps):
        summary = await (await start_batch(environment.client, a_batch("claim-a", "claim-b"))).result()
    assert steps.tried == [("claim-a", "claim-b"), ("claim-a",), ("claim-b",)]
    assert [(batch.claim_ids, batch.large, batch.more) for batch in steps.large] == [
        (["claim-a"], True, True),
        (["claim-b"], True, False),
    ]
    assert summary == PublishSummary(determined=2)


@pytest.mark.parametrize("size", [2, 3, 4, 5, 127, 128, 255, 256])
def test_parts_hold_every_claim_once_in_order_and_only_the_last_ends_the_batch(size: int) -> None:
    batch = a_batch(*(f"claim-{n}" for n in range(size)))
    parts = parts_of(batch)
    assert [claim for part in parts for claim in part.claim_ids] == batch.claim_ids
    assert max(len(part.claim_ids) for part in parts) < size
    assert [part.more for part in parts] == [True] * (len(parts) - 1) + [False]
    again = [part for whole in parts for part in (parts_of(whole) if len(whole.claim_ids) > 1 else [whole])]
    assert len({part.part for part in again}) == len(again)
    assert [part.more for part in again] == [True] * (len(again) - 1) + [False]


async def test_a_step_that_runs_out_of_time_is_reported_and_is_not_tried_again_by_temporal() -> None:
    with pytest.raises(ApplicationError) as raised:
        async with in_time("edits", 0.01):
            await _forever()
    assert (raised.value.type, raised.value.non_retryable) == (TOOK_TOO_LONG, True)


async def test_a_time_out_of_a_store_is_no_sign_of_a_large_batch() -> None:
    with pytest.raises(TimeoutError):
        async with in_time("edits", 60):
            raise TimeoutError


async def _forever() -> None:
    await asyncio.Event().wait()
