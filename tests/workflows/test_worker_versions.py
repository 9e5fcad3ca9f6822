"""Two versions of the worker next to each other: batches end where they began, reviews and appeals go on with the current version."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from temporalio.client import Client

from contracts.ids import adjudication_workflow_id, appeal_workflow_id, review_workflow_id
from contracts.workflow_messages.appeals import AppealAnswer
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
from tests.builders.workflows.running import development_server

pytestmark = pytest.mark.servers
NAME = "claimwright-test"


def version(build: str) -> Settings:
    return Settings(temporal_deployment=NAME, temporal_build_id=build)


async def make_current(client: Client, build: str) -> None:
    """The server knows a version a moment after its worker polls."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await promote(client, NAME, build)
            except StackError:
                await asyncio.sleep(0.2)


async def ran_on(client: Client, workflow_id: str) -> str:
    found = await client.get_workflow_handle(workflow_id).describe()
    info = found.raw_description.workflow_execution_info.versioning_info
    return info.deployment_version.build_id


async def test_a_version_without_a_worker_cannot_become_current(stores: Stores) -> None:
    async with development_server() as environment:
        assert await worker_versions(environment.client, NAME) == ()
        with pytest.raises(StackError, match="Start a worker of this version"):
            await promote(environment.client, NAME, "7")


async def test_batches_are_pinned_and_reviews_move_to_the_current_version(stores: Stores) -> None:
    async with development_server() as environment:
        client = environment.client
        starter = TemporalStarter(client)
        async with create_worker(
            client,
            stores.engine,
            stores.reference,
            version("1"),
            page_judge(stores.engine, stores.reference, default_policies_dir()).judge,
        ):
            await make_current(client, "1")
            pending = (await stores.accept(a_submission("C1", "72148")))[0]
            await starter.start(pending)
            await client.get_workflow_handle(adjudication_workflow_id(pending.batch_id)).result()
            review = review_workflow_id(pending.claim_ids[0])
            await TemporalResumer(client).resume_waiting([pending.claim_ids[0]], "document-received")
            await until_ran_on(client, review, "1")
            assert await ran_on(client, adjudication_workflow_id(pending.batch_id)) == "1"
            async with create_worker(
                client,
                stores.engine,
                stores.reference,
                version("2"),
                page_judge(stores.engine, stores.reference, default_policies_dir()).judge,
            ):
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


async def test_an_appeal_begun_under_one_version_goes_on_with_the_next(stores: Stores) -> None:
    denied_at = datetime.now(UTC) - timedelta(days=10)
    claim = await a_denied_claim(stores, "CASCADE-MA", at=denied_at)
    office = Office(stores.engine, stores.reference)
    await office.file(a_filing(claim, denied_at + timedelta(days=5)))
    first, second = [await office.submit("specialist", action="acknowledge") for _ in range(2)]
    async with development_server() as environment:
        updates = TemporalAppealUpdates(environment.client)
        judge = page_judge(stores.engine, stores.reference, default_policies_dir()).judge
        for build, action, answer in (
            ("1", first, AppealAnswer(accepted=True)),
            ("2", second, AppealAnswer(accepted=False, code="acknowledged")),
        ):
            async with create_worker(environment.client, stores.engine, stores.reference, version(build), judge):
                await make_current(environment.client, build)
                assert await updates.act(office.appeal, action) == answer
                assert await ran_on(environment.client, appeal_workflow_id(office.appeal)) == build


async def not_covered(stores: Stores) -> None:
    await stores.feeds.apply_coverage([a_coverage_change(2).model_copy(update={"ends": date(2025, 2, 1)})])


async def until_ran_on(client: Client, workflow_id: str, build: str) -> None:
    async with asyncio.timeout(60):
        while await ran_on(client, workflow_id) != build:  # noqa: ASYNC110 - the server runs the workflow
            await asyncio.sleep(0.2)
