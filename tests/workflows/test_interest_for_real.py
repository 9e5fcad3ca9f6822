"""A claim that waits for weeks and is then paid, on Temporal and PostgreSQL together: the law's interest is shown with it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.testing import WorkflowEnvironment

from activities.registry import adjudication_activities
from contracts.events.determinations import ClaimDetermined
from contracts.events.topics import DETERMINATIONS
from contracts.ids import review_workflow_id
from contracts.workflow_messages.claims import RESUME_SIGNAL, ClaimBatch
from runtime.processes.ports import postgres_ports
from tests.builders.activities.adjudicator import Time
from tests.builders.activities.claims import a_claim
from tests.builders.ledger.chain_lives import as_submission
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.submissions import a_coverage_change
from tests.builders.workflows.running import run_batch, worker

pytestmark = pytest.mark.servers


async def nothing_waits(stores: Stores) -> None:
    async with asyncio.timeout(30):
        while await stores.rows("SELECT 1 FROM pends WHERE closed_at IS NULL"):  # noqa: ASYNC110 - a store notifies no person
            await asyncio.sleep(0.05)


async def test_a_claim_whose_member_is_known_only_after_six_weeks_is_paid_with_interest(
    environment: WorkflowEnvironment, stores: Stores, engine: AsyncEngine
) -> None:
    clock = Time(await environment.get_current_time())
    received = clock.now
    batch, [stored] = await stores.accept(as_submission(a_claim("LATE", received_at=received)))
    claim = stored.claim.claim_id
    activities: list[Any] = adjudication_activities(postgres_ports(engine), stores.reference, clock)
    async with worker(environment.client, activities):
        await run_batch(environment, ClaimBatch(batch.batch_id, [claim]))
        assert await stores.rows("SELECT DISTINCT code FROM pends WHERE closed_at IS NULL") == [("P-ELIG",)]
        await environment.sleep(timedelta(days=42))
        clock.now = received + timedelta(days=42)
        await stores.feeds.apply_coverage([a_coverage_change()])
        review = environment.client.get_workflow_handle(review_workflow_id(claim))
        with environment.auto_time_skipping_disabled():
            await review.signal(RESUME_SIGNAL, "coverage.changed")
            await nothing_waits(stores)
    [published] = [
        ClaimDetermined.model_validate_json(m.value) for m in await stores.sent() if m.topic == DETERMINATIONS
    ]
    assert published.data.interest is not None
    [late] = published.data.interest
    assert (late.standing, late.clock, late.on, late.days) == (
        "owed",
        "ny-prompt-payment-electronic",
        published.data.payable,
        12,
    )
    assert await stores.broken() == []
