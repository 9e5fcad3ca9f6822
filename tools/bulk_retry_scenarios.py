"""The executions of the bulk retry workflow whose histories tests/replay keeps; see tools/history_scenarios.py."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from contracts.actions.bulk_retries import (
    BULK_RELEASE,
    RELEASE_CHANGED_SIGNAL,
    BulkRetryInput,
    BulkRetryStepResult,
    release_workflow_id,
)
from contracts.workflow_messages.claims import ADJUDICATION_QUEUE
from tests.builders.workflows.release_steps import ReleaseScript

Run = Callable[[WorkflowEnvironment], Awaitable[WorkflowHandle[Any, Any]]]
RELEASE = "6f1f3a0e-52a3-5d0b-9c5f-0c1a0b6d9e11"
AGAIN, PAUSED, OVER = BulkRetryStepResult(again_in=2.0), BulkRetryStepResult(), BulkRetryStepResult(over=True)


@dataclass(frozen=True, slots=True)
class ReleaseScenario:
    """An outcome, the stand-in it ran with and how it was driven."""

    outcome: str
    steps: ReleaseScript
    run: Run
    workflow: str = BULK_RELEASE
    small_history: bool = False


async def held(environment: WorkflowEnvironment) -> WorkflowHandle[Any, Any]:
    """Start the workflow as the console does."""
    return await environment.client.start_workflow(
        BULK_RELEASE,
        BulkRetryInput(RELEASE),
        id=release_workflow_id(RELEASE),
        task_queue=ADJUDICATION_QUEUE,
    )


async def _to_its_end(environment: WorkflowEnvironment) -> WorkflowHandle[Any, Any]:
    handle = await held(environment)
    await handle.result()
    return handle


async def _let_go_on(environment: WorkflowEnvironment) -> WorkflowHandle[Any, Any]:
    handle = await held(environment)
    await environment.sleep(timedelta(hours=3))
    await handle.signal(RELEASE_CHANGED_SIGNAL)
    await handle.result()
    return handle


async def _left_paused(environment: WorkflowEnvironment) -> WorkflowHandle[Any, Any]:
    handle = await held(environment)
    await environment.sleep(timedelta(hours=3))
    return handle


async def _many_pages(environment: WorkflowEnvironment) -> WorkflowHandle[Any, Any]:
    handle = await held(environment)
    first = handle.first_execution_run_id
    latest = environment.client.get_workflow_handle(handle.id)
    for _ in range(30):
        await latest.signal(RELEASE_CHANGED_SIGNAL)
        if (await latest.describe()).run_id != first:
            break
    return environment.client.get_workflow_handle(handle.id, run_id=first)


def release_scenarios() -> tuple[ReleaseScenario, ...]:
    """Return every scenario, with fresh stand-ins."""
    return (
        ReleaseScenario("release_finished", ReleaseScript(AGAIN, AGAIN, OVER), _to_its_end),
        ReleaseScenario("release_paused_and_let_go_on", ReleaseScript(AGAIN, PAUSED, AGAIN, OVER), _let_go_on),
        ReleaseScenario("release_open_paused", ReleaseScript(AGAIN, PAUSED), _left_paused),
        ReleaseScenario("release_continued_as_new", ReleaseScript(PAUSED), _many_pages, small_history=True),
    )
