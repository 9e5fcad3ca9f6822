"""No step on a batch keeps heartbeats and timers of the worker waiting for long, however much its claims have in common."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from types import FrameType
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from activities.metrics import count
from activities.registry import every_step, large_activities
from contracts.claim_intake.registration import BatchLimits
from contracts.workflow_messages.claims import ClaimBatch
from runtime import wiring
from runtime.processes.ports import postgres_ports
from storage.privileges.roles import DatabaseRole
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.roles import in_role
from tests.builders.ledger.submissions import a_coverage_change, a_submission, request

pytestmark = pytest.mark.servers

CLAIMS = 256
MOST_CALLS = 18_000
"""Calls of functions, ours and those of libraries, some 15 ms. The steps take 11,000; 25,000 where nothing gives way."""


async def longest_hold(run: Callable[[], Awaitable[object]]) -> int:
    """Count the calls between two turns of another task of the loop; return the most. Other threads do not count."""
    calls = most = 0

    def counted(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    async def neighbor() -> None:
        nonlocal calls, most
        while True:
            most, calls = max(most, calls), 0
            await asyncio.sleep(0)

    other = asyncio.create_task(neighbor())
    await asyncio.sleep(0)
    sys.setprofile(counted)
    try:
        await run()
    finally:
        sys.setprofile(None)
        other.cancel()
    return max(most, calls)


async def test_claims_of_one_member_on_one_day_give_other_work_its_turn(stores: Stores) -> None:
    await stores.feeds.apply_coverage([a_coverage_change(1)])
    submissions = [a_submission(f"C{number}", "72148", "72141") for number in range(CLAIMS)]
    batches = (await stores.ledger.register(request(*submissions), BatchLimits(claims=128))).batches
    worker = in_role(stores.engine, DatabaseRole.WORKER)
    # It runs every step, without the limit in time that a busy machine could reach under the count.
    [adjudicate] = large_activities(every_step(postgres_ports(worker), stores.reference, wiring.now, count))

    async def all_at_once() -> None:
        runs = (
            ActivityEnvironment().run(adjudicate, ClaimBatch(each.batch_id, list(each.claim_ids))) for each in batches
        )
        await asyncio.gather(*runs)

    most = await longest_hold(all_at_once)
    assert len(batches) > 1
    assert await stores.rows("SELECT count(*) FROM batches WHERE finished_at IS NULL") == [(0,)]
    assert most < MOST_CALLS
