"""A bulk release over real stores: batch, reviews, release and the six steps on Temporal and PostgreSQL together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.testing import WorkflowEnvironment

from activities.registry import adjudication_activities, release_activities
from activities.review.bulk_retries import BulkRetryProgress
from adjudication.model.vocabulary import ClaimId
from adjudication.review.bulk_retry import Mode, Stage
from contracts.actions.bulk_retries import BULK_RELEASE, BulkRetryInput, SelectionV1, release_workflow_id
from contracts.records.bulk_retries import BulkRetryRecord
from contracts.workflow_messages.claims import ADJUDICATION_QUEUE, ClaimBatch
from runtime.processes.ports import postgres_ports
from storage.bulk_retries.proposals import BulkRetries
from storage.bulk_retries.steps import BulkRetrySteps
from streams.temporal import TemporalResumer
from tests.builders.ledger.bulk_cases import BOSS, OPS, a_release, opened, seen
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.submissions import a_coverage_change, a_submission
from tests.builders.workflows.recording import StoreUnavailableError
from tests.builders.workflows.running import start_batch, worker

pytestmark = pytest.mark.servers
ELIGIBILITY = SelectionV1(codes=("P-ELIG",))


def now() -> datetime:
    return datetime.now(UTC)


class DiesAfterAsking(BulkRetrySteps):
    """Dies a few times after it signaled claims and before it records that."""

    def __init__(self, engine: AsyncEngine, deaths: int) -> None:
        super().__init__(engine)
        self.deaths = deaths

    async def record_signaled(
        self, release_id: str, signaled: Sequence[ClaimId], without_review: Sequence[ClaimId]
    ) -> None:
        if self.deaths > 0:
            self.deaths -= 1
            raise StoreUnavailableError("record_signaled")
        await super().record_signaled(release_id, signaled, without_review)


class House:
    """Temporal and PostgreSQL with one worker."""

    def __init__(self, environment: WorkflowEnvironment, stores: Stores, releases: BulkRetries) -> None:
        self.environment, self.stores, self.releases = environment, stores, releases

    @asynccontextmanager
    async def working(self, steps: BulkRetryProgress | None = None) -> AsyncIterator[None]:
        client, stores = self.environment.client, self.stores
        activities: list[Any] = [
            *adjudication_activities(postgres_ports(stores.engine), stores.reference, now),
            *release_activities(steps or BulkRetrySteps(stores.engine), TemporalResumer(client), now),
        ]
        async with worker(client, activities):
            with self.environment.auto_time_skipping_disabled():
                yield

    async def waiting(self, claims_wanted: int) -> list[ClaimId]:
        """Have claims adjudicated that no person's coverage is known of; of different services, or all but one are duplicates."""
        codes = ("72148", "72146", "72141")[:claims_wanted]
        batch, stored = await self.stores.accept(*(a_submission(f"C-{code}", code) for code in codes))
        claims = [one.claim.claim_id for one in stored]
        await (await start_batch(self.environment.client, ClaimBatch(batch.batch_id, list(claims)))).result()
        assert await self.stores.rows("SELECT DISTINCT code FROM pends WHERE closed_at IS NULL") == [("P-ELIG",)]
        return claims

    async def coverage_ended(self) -> None:
        """State the store, and no other person, that the member was not covered on the day of service."""
        ended = a_coverage_change().model_copy(update={"ends": date(2025, 2, 1)})
        await self.stores.feeds.apply_coverage([ended])

    async def released(self, mode: Mode = Mode.RESUME) -> BulkRetryRecord:
        """Propose, agree, carry out, and return the release as it ended."""
        new = a_release(ELIGIBILITY, mode=mode)
        seen(await self.releases.propose(new, OPS, now()))
        seen(await self.releases.approve(new.key, BOSS, now()))
        handle = await self.environment.client.start_workflow(
            BULK_RELEASE, BulkRetryInput(new.key), id=release_workflow_id(new.key), task_queue=ADJUDICATION_QUEUE
        )
        await asyncio.wait_for(handle.result(), timeout=60)
        return seen(await self.releases.one(new.key, now()))


@pytest.fixture
async def house(environment: WorkflowEnvironment, stores: Stores, engine: AsyncEngine) -> House:
    return House(environment, stores, await opened(engine))


@pytest.mark.parametrize("mode", list(Mode))
async def test_claims_are_tried_again_with_what_is_known_now(house: House, mode: Mode) -> None:
    async with house.working():
        claims = await house.waiting(3)
        await house.coverage_ended()
        release = await house.released(mode)
    assert release.stage is Stage.FINISHED
    assert (release.counts.asked, release.counts.tried, release.counts.skipped) == (3, 3, {})
    page = await house.releases.claims(release.release_id, 0)
    assert {claim.claim_id for claim in page.claims} == set(claims)
    assert (release.counts.decided, release.counts.waiting) == (3, 0)
    assert await house.stores.rows("SELECT count(*) FROM pends WHERE closed_at IS NULL") == [(0,)]
    assert await house.stores.broken() == []


async def test_claims_that_still_lack_what_they_wait_for_go_on_waiting(house: House) -> None:
    async with house.working():
        await house.waiting(2)
        release = await house.released()
    assert (release.counts.waiting, release.counts.decided) == (2, 0)
    assert await house.stores.rows("SELECT count(*) FROM determinations") == [(0,)]


async def test_a_worker_that_dies_after_asking_releases_no_claim_twice(house: House) -> None:
    async with house.working(DiesAfterAsking(house.stores.engine, deaths=3)):
        await house.waiting(3)
        await house.coverage_ended()
        release = await house.released()
    assert (release.stage, release.counts.tried) == (Stage.FINISHED, 3)
    determined = await house.stores.rows("SELECT claim_id, count(*) FROM determinations GROUP BY 1")
    assert all(count == 1 for _, count in determined)
    rounds = [claim.round for claim in (await house.releases.claims(release.release_id, 0)).claims]
    assert rounds == [1, 1, 1]
    assert await house.stores.broken() == []


async def test_a_claim_whose_review_is_gone_is_skipped_with_why(house: House) -> None:
    async with house.working():
        batch, [lost] = await house.stores.accept(a_submission("C9"))
        await house.stores.decisions.commit(batch.batch_id, [house.stores.pended(lost, "P-ELIG")])
        release = await house.released()
    assert (release.stage, dict(release.counts.skipped)) == (Stage.FINISHED, {"no-review-found": 1})
