from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from contracts.workflow_messages.claims import ADJUDICATION_QUEUE, REVIEW_CLAIM
from runtime.console.temporal_overview import TemporalOverview
from tests.builders.servers.kafka import eventually
from tests.builders.servers.temporal import running_temporal

pytestmark = pytest.mark.servers


@workflow.defn(name=REVIEW_CLAIM)
class Waits:
    """A review that waits for ever."""

    @workflow.run
    async def run(self) -> None:
        await workflow.wait_condition(lambda: False)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running_temporal() as found:
        yield found


async def test_workers_backlog_and_open_workflows_are_shown(address: str) -> None:
    client = await Client.connect(address)
    overview = TemporalOverview(client)
    await client.start_workflow(REVIEW_CLAIM, id="review/1", task_queue=ADJUDICATION_QUEUE)

    async def opened() -> bool:
        seen = await overview.orchestration()
        return {each.workflow: each.open for each in seen.open}[REVIEW_CLAIM] == 1 and seen.backlog == 1

    await eventually(opened, "the open review and its first task were not counted")
    before = await overview.orchestration()
    assert before.workers == ()
    runner = UnsandboxedWorkflowRunner()
    async with Worker(
        client, task_queue=ADJUDICATION_QUEUE, workflows=[Waits], identity="4711@office", workflow_runner=runner
    ):

        async def polled() -> bool:
            seen = await overview.orchestration()
            return any(worker.identity == "4711@office" for worker in seen.workers) and seen.backlog == 0

        await eventually(polled, "the worker was not seen")
        [worker] = (await overview.orchestration()).workers
    assert worker.polls == "workflows"
    assert datetime.now(UTC) - worker.last_seen_at < timedelta(minutes=2)


async def test_a_server_that_is_gone_is_trouble_in_words() -> None:
    with running_temporal() as address:
        client = await Client.connect(address)
    with pytest.raises(OSError, match="Temporal did not answer"):
        await TemporalOverview(client).orchestration()
