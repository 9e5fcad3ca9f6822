"""The workflow of a campaign: it steps, sleeps while people read, goes on when signaled, and survives a store that is away."""

from __future__ import annotations

from datetime import timedelta

from temporalio.testing import WorkflowEnvironment

from contracts.workflow_messages.campaigns import CAMPAIGN_CHANGED_SIGNAL
from tests.builders.workflows.campaign_steps import CampaignScript
from tests.builders.workflows.running import worker
from tools.campaign_scenarios import AGAIN, HELD, OVER, WAITS, begun


async def test_it_sleeps_while_people_read_and_goes_on_when_they_approved(
    environment: WorkflowEnvironment, cached: int
) -> None:
    script = CampaignScript(AGAIN, WAITS, AGAIN, OVER)
    async with worker(environment.client, script.activities(), cached=cached):
        held = await begun(environment)
        await environment.sleep(timedelta(hours=5))
        assert script.calls == [HELD, HELD]
        await held.signal(CAMPAIGN_CHANGED_SIGNAL)
        await held.result()
    assert len(script.calls) == 4


async def test_a_lost_signal_costs_a_day_and_a_store_that_is_away_nothing(environment: WorkflowEnvironment) -> None:
    script = CampaignScript(WAITS, OVER, failures=4)
    async with worker(environment.client, script.activities()):
        before = await environment.get_current_time()
        await (await begun(environment)).result()
        took = await environment.get_current_time() - before
    assert timedelta(days=1) <= took < timedelta(days=1, hours=1)
    assert len(script.calls) == 6
