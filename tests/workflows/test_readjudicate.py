"""The workflow of a reopening: it looks, waits for people for months if need be, and ends when the reopening is closed."""

from __future__ import annotations

from datetime import timedelta

from temporalio.client import WorkflowExecutionStatus
from temporalio.testing import WorkflowEnvironment

from contracts.workflow_messages.readjudication import READJUDICATE_SIGNAL
from tests.builders.workflows.readjudication_steps import CLOSED, DONE, OPEN, STALE, ReadjudicationScript
from tests.builders.workflows.running import worker
from tools.readjudication_scenarios import acted, begun


async def test_a_look_that_closes_the_reopening_ends_it(environment: WorkflowEnvironment, cached: int) -> None:
    script = ReadjudicationScript(CLOSED)
    async with worker(environment.client, script.activities(), cached=cached):
        await (await begun(environment)).result()
    assert len(script.looked) == 1


async def test_it_looks_daily_until_a_person_closed_it_elsewhere(environment: WorkflowEnvironment, cached: int) -> None:
    script = ReadjudicationScript(OPEN, OPEN, CLOSED)
    async with worker(environment.client, script.activities(), cached=cached):
        before = await environment.get_current_time()
        await (await begun(environment)).result()
        took = await environment.get_current_time() - before
    assert len(script.looked) == 3
    assert timedelta(days=2) <= took < timedelta(days=3)


async def test_a_stale_approval_makes_it_look_again_and_the_next_one_ends_it(
    environment: WorkflowEnvironment, cached: int
) -> None:
    script = ReadjudicationScript(OPEN, answers=(STALE, DONE))
    async with worker(environment.client, script.activities(), cached=cached):
        held = await begun(environment)
        assert (await acted(held)).code == "changed-meanwhile"
        await environment.sleep(timedelta(minutes=1))
        assert len(script.looked) == 2
        assert (await acted(held)).accepted
        await held.result()
    assert len(script.acted) == 2


async def test_a_store_that_is_away_delays_it_and_a_signal_makes_it_look(environment: WorkflowEnvironment) -> None:
    script = ReadjudicationScript(OPEN, CLOSED, failures=6)
    async with worker(environment.client, script.activities()):
        held = await begun(environment)
        await environment.sleep(timedelta(minutes=10))
        await held.signal(READJUDICATE_SIGNAL)
        await held.result()
        assert (await held.describe()).status is WorkflowExecutionStatus.COMPLETED
    assert len(script.looked) == 8
