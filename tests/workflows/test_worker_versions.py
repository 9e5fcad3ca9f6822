"""Two versions of the worker next to each other: batches end where they began, reviews and appeals go on with the current version."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from temporalio.api.enums.v1 import VersioningBehavior
from temporalio.client import Client, WorkflowHandle
from temporalio.common import PinnedVersioningOverride, WorkerDeploymentVersion

from contracts.claim_intake.registration import Batch
from contracts.ids import adjudication_workflow_id, appeal_workflow_id, review_workflow_id
from contracts.workflow_messages.appeals import AppealAnswer
from contracts.workflow_messages.claims import ADJUDICATE_CLAIMS, ADJUDICATION_QUEUE, ClaimBatch
from rulebook.library import default_policies_dir
from runtime.clients.worker_versions import promote, worker_versions
from runtime.console.appeal_updates import TemporalAppealUpdates
from runtime.errors import StackError
from runtime.processes.judging import page_judge
from runtime.processes.worker import create_worker
from runtime.settings import Settings
from streams.temporal import TemporalResumer, TemporalStarter
from tests.builders.ledger.appeal_cases import Office, a_denied_claim, a_filing
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.submissions import a_coverage_change, a_submission
from tests.builders.servers.kafka import eventually
from tests.builders.workflows.running import development_server

PINNED = VersioningBehavior.VERSIONING_BEHAVIOR_PINNED
pytestmark = pytest.mark.servers
NAME = "claimwright-test"
DRAINED_AT_ONCE = (
    'matching.wv.VersionDrainageStatusVisibilityGracePeriod="1s"',
    'matching.wv.VersionDrainageStatusRefreshInterval="1s"',
)
"""Temporal looks minutes later by default."""


def worker(client: Client, stores: Stores, build: str) -> AbstractAsyncContextManager[object]:
    settings = Settings(temporal_deployment=NAME, temporal_build_id=build)
    judge = page_judge(stores.engine, stores.reference, default_policies_dir()).judge
    return create_worker(client, stores.engine, stores.reference, settings, judge)


async def make_current(client: Client, build: str) -> None:
    """The server knows a version a moment after its worker polls."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await promote(client, NAME, build)
            except StackError:
                await asyncio.sleep(0.2)


async def ran_on(client: Client, workflow_id: str) -> str:
    return (await versioning(client, workflow_id))[0]


async def versioning(client: Client, workflow_id: str) -> tuple[str, int]:
    """The version that ran the last task of a workflow, and whether the workflow keeps to it, as Temporal knows it."""
    found = await client.get_workflow_handle(workflow_id).describe()
    info = found.raw_description.workflow_execution_info.versioning_info
    return info.deployment_version.build_id, info.behavior


async def test_a_version_without_a_worker_cannot_become_current(stores: Stores) -> None:
    async with development_server() as environment:
        assert await worker_versions(environment.client, NAME) == ()
        with pytest.raises(StackError, match="Start a worker of this version"):
            await promote(environment.client, NAME, "7")


async def test_batches_are_pinned_and_reviews_move_to_the_current_version(stores: Stores) -> None:
    async with development_server() as environment:
        client = environment.client
        starter = TemporalStarter(client)
        async with worker(client, stores, "1"):
            await make_current(client, "1")
            pending = (await stores.accept(a_submission("C1", "72148")))[0]
            await starter.start(pending)
            await client.get_workflow_handle(adjudication_workflow_id(pending.batch_id)).result()
            review = review_workflow_id(pending.claim_ids[0])
            await TemporalResumer(client).resume_waiting([pending.claim_ids[0]], "document-received")
            await until_ran_on(client, review, "1")
            assert await ran_on(client, adjudication_workflow_id(pending.batch_id)) == "1"
            async with worker(client, stores, "2"):
                await make_current(client, "2")
                assert {each.build_id: each.current for each in await worker_versions(client, NAME)} == {
                    "1": False,
                    "2": True,
                }
                await not_covered(stores)
                await TemporalResumer(client).resume_waiting([pending.claim_ids[0]], "coverage-changed")
                await until_ran_on(client, review, "2")
                decided = (await stores.accept(a_submission("C2", "72146")))[0]
                await starter.start(decided)
                await client.get_workflow_handle(adjudication_workflow_id(decided.batch_id)).result()
                assert await ran_on(client, adjudication_workflow_id(decided.batch_id)) == "2"
        assert await stores.broken() == []


async def test_a_batch_in_hand_waits_for_its_version_which_drains_until_it_ended(stores: Stores) -> None:
    in_hand, later = [(await stores.accept(a_submission(claim, "72148")))[0] for claim in ("C1", "C2")]
    async with development_server(*DRAINED_AT_ONCE) as environment:
        client = environment.client
        async with worker(client, stores, "1"):
            await make_current(client, "1")
        handle = await begin_on(client, in_hand, "1")
        async with worker(client, stores, "2"):
            await make_current(client, "2")
            await TemporalStarter(client).start(later)
            await client.get_workflow_handle(adjudication_workflow_id(later.batch_id)).result()
            assert await versioning(client, adjudication_workflow_id(later.batch_id)) == ("2", PINNED)
            await eventually(lambda: are(client, {"1": "draining", "2": "current"}), "version 1 does not drain")
            async with worker(client, stores, "1"):
                await handle.result()
            assert await versioning(client, handle.id) == ("1", PINNED)
            await eventually(lambda: is_drained(client, "1"), "version 1 is not drained")
        assert await stores.broken() == []


async def test_an_appeal_begun_under_one_version_goes_on_with_the_next(stores: Stores) -> None:
    denied_at = datetime.now(UTC) - timedelta(days=10)
    claim = await a_denied_claim(stores, "CASCADE-MA", at=denied_at)
    office = Office(stores.engine, stores.reference)
    await office.file(a_filing(claim, denied_at + timedelta(days=5)))
    first, second = [await office.submit("specialist", action="acknowledge") for _ in range(2)]
    async with development_server() as environment:
        updates = TemporalAppealUpdates(environment.client)
        for build, action, answer in (
            ("1", first, AppealAnswer(accepted=True)),
            ("2", second, AppealAnswer(accepted=False, code="acknowledged")),
        ):
            async with worker(environment.client, stores, build):
                await make_current(environment.client, build)
                assert await updates.act(office.appeal, action) == answer
                assert await ran_on(environment.client, appeal_workflow_id(office.appeal)) == build


async def begin_on(client: Client, batch: Batch, build: str) -> WorkflowHandle[Any, None]:
    """Start a batch that a version already has in hand, while no worker of that version is there."""
    return await client.start_workflow(
        ADJUDICATE_CLAIMS,
        ClaimBatch(batch.batch_id, list(batch.claim_ids)),
        id=adjudication_workflow_id(batch.batch_id),
        task_queue=ADJUDICATION_QUEUE,
        versioning_override=PinnedVersioningOverride(WorkerDeploymentVersion(NAME, build)),
    )


async def are(client: Client, states: dict[str, str]) -> bool:
    return {each.build_id: each.state for each in await worker_versions(client, NAME)} == states


async def is_drained(client: Client, build: str) -> bool:
    """Temporal looks a moment after the last batch of a version ended."""
    return any(each.drained for each in await worker_versions(client, NAME) if each.build_id == build)


async def not_covered(stores: Stores) -> None:
    await stores.feeds.apply_coverage([a_coverage_change(2).model_copy(update={"ends": date(2025, 2, 1)})])


async def until_ran_on(client: Client, workflow_id: str, build: str) -> None:
    async with asyncio.timeout(60):
        while await ran_on(client, workflow_id) != build:  # noqa: ASYNC110 - the server runs the workflow
            await asyncio.sleep(0.2)
