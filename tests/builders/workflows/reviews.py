"""Pended claims, reviewer actions and questions to a running review workflow."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from contracts.workflow_messages.claims import (
    ACT_UPDATE,
    WAITING_FOR_QUERY,
    PendedClaim,
    ReviewAnswer,
    WaitingFor,
)

CLAIM = "claim-a"


async def in_days(environment: WorkflowEnvironment, days: float) -> str:
    return (await environment.get_current_time() + timedelta(days=days)).isoformat()


def pended(*codes: str, due_at: str | None = None, retry_at: str | None = None) -> PendedClaim:
    far = (datetime.now(UTC) + timedelta(days=3650)).isoformat()
    return PendedClaim(CLAIM, list(codes), due_at or far, retry_at)


async def ask(handle: WorkflowHandle[object, int]) -> WaitingFor:
    answer: WaitingFor = await handle.query(WAITING_FOR_QUERY, result_type=WaitingFor)
    return answer


async def result_while_time_is_stopped(environment: WorkflowEnvironment, review: WorkflowHandle[object, int]) -> int:
    """Await the result without skipping time: only something other than a timer can bring it."""
    with environment.auto_time_skipping_disabled():
        return await asyncio.wait_for(review.result(), timeout=60)


async def until_tried(review: WorkflowHandle[object, int], tries: int) -> None:
    async with asyncio.timeout(60):
        while (await ask(review)).rounds < tries:  # noqa: ASYNC110 - the server is asked, it notifies no person
            await asyncio.sleep(0.02)


TAKEN = "0b0f3a6e-1111-4a4a-8a8a-000000000001"


SETTLED = "0b0f3a6e-1111-4a4a-8a8a-000000000002"


REFUSED = "0b0f3a6e-1111-4a4a-8a8a-000000000003"


ANSWERS = {
    TAKEN: ReviewAnswer(accepted=True),
    SETTLED: ReviewAnswer(accepted=True, try_again=True),
    REFUSED: ReviewAnswer(accepted=False, code="role-may-not"),
}


Review = WorkflowHandle[Any, int]


async def act(review: Review, action_id: str, update_id: str | None = None) -> ReviewAnswer:
    answer = await review.execute_update(ACT_UPDATE, action_id, id=update_id or action_id, result_type=ReviewAnswer)
    assert isinstance(answer, ReviewAnswer)
    return answer
