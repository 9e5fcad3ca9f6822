"""The executions of the campaign workflow whose histories tests/replay keeps; see tools/history_scenarios.py."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from contracts.workflow_messages.campaigns import (
    CAMPAIGN,
    CAMPAIGN_CHANGED_SIGNAL,
    CampaignInput,
    CampaignStepDone,
    campaign_workflow_id,
)
from contracts.workflow_messages.claims import ADJUDICATION_QUEUE
from tests.builders.workflows.campaign_steps import CampaignScript

Handle = WorkflowHandle[Any, Any]
Run = Callable[[WorkflowEnvironment], Awaitable[Handle]]
HELD = "6f1f3a0e-52a3-5d0b-9c5f-0c1a0b6d9e13"
AGAIN, WAITS, OVER = CampaignStepDone(again_in=2.0), CampaignStepDone(), CampaignStepDone(over=True)


@dataclass(frozen=True, slots=True)
class CampaignScenario:
    """An outcome, the stand-in it ran with and how it was driven."""

    outcome: str
    steps: CampaignScript
    run: Run
    workflow: str = CAMPAIGN
    small_history: bool = False


async def begun(environment: WorkflowEnvironment) -> Handle:
    """Start the workflow as the console does."""
    return await environment.client.start_workflow(
        CAMPAIGN, CampaignInput(HELD), id=campaign_workflow_id(HELD), task_queue=ADJUDICATION_QUEUE
    )


async def _approved(environment: WorkflowEnvironment) -> Handle:
    handle = await begun(environment)
    await environment.sleep(timedelta(hours=3))
    await handle.signal(CAMPAIGN_CHANGED_SIGNAL)
    await handle.result()
    return handle


async def _left_waiting(environment: WorkflowEnvironment) -> Handle:
    handle = await begun(environment)
    await environment.sleep(timedelta(days=2))
    return handle


async def _many_steps(environment: WorkflowEnvironment) -> Handle:
    handle = await begun(environment)
    first = handle.first_execution_run_id
    latest = environment.client.get_workflow_handle(handle.id)
    for _ in range(30):
        await latest.signal(CAMPAIGN_CHANGED_SIGNAL)
        if (await latest.describe()).run_id != first:
            break
    return environment.client.get_workflow_handle(handle.id, run_id=first)


def campaign_scenarios() -> tuple[CampaignScenario, ...]:
    """Return every scenario, with fresh stand-ins."""
    return (
        CampaignScenario("campaign_approved_and_finished", CampaignScript(AGAIN, WAITS, AGAIN, OVER), _approved),
        CampaignScenario("campaign_open_waiting", CampaignScript(AGAIN, WAITS), _left_waiting),
        CampaignScenario("campaign_continued_as_new", CampaignScript(WAITS), _many_steps, small_history=True),
    )
