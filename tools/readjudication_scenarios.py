"""The executions of the workflow of a reopening whose histories tests/replay keeps; see tools/history_scenarios.py."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from contracts.ids import readjudication_workflow_id
from contracts.workflow_messages.claims import ADJUDICATION_QUEUE
from contracts.workflow_messages.readjudication import (
    CORRECTION_ACT_UPDATE,
    READJUDICATE,
    READJUDICATE_SIGNAL,
    CorrectionAnswer,
    Readjudicate,
)
from tests.builders.workflows.readjudication_steps import CLOSED, DONE, OPEN, STALE, ReadjudicationScript

Handle = WorkflowHandle[Any, Any]
Run = Callable[[WorkflowEnvironment], Awaitable[Handle]]
READJUDICATION = "6f1f3a0e-52a3-5d0b-9c5f-0c1a0b6d9e12"


@dataclass(frozen=True, slots=True)
class ReadjudicationScenario:
    """An outcome, the stand-in it ran with and how it was driven."""

    outcome: str
    steps: ReadjudicationScript
    run: Run
    workflow: str = READJUDICATE
    small_history: bool = False


async def begun(environment: WorkflowEnvironment) -> Handle:
    """Start the workflow as the worker does."""
    return await environment.client.start_workflow(
        READJUDICATE,
        Readjudicate(READJUDICATION),
        id=readjudication_workflow_id(READJUDICATION),
        task_queue=ADJUDICATION_QUEUE,
    )


async def acted(handle: Handle) -> CorrectionAnswer:
    """Have an action judged, as the console does."""
    answer: CorrectionAnswer = await handle.execute_update(
        CORRECTION_ACT_UPDATE, str(uuid4()), result_type=CorrectionAnswer
    )
    return answer


async def _to_its_end(environment: WorkflowEnvironment) -> Handle:
    handle = await begun(environment)
    await handle.result()
    return handle


async def _approved(environment: WorkflowEnvironment) -> Handle:
    handle = await begun(environment)
    await acted(handle)
    await acted(handle)
    await handle.result()
    return handle


async def _left_open(environment: WorkflowEnvironment) -> Handle:
    handle = await begun(environment)
    await environment.sleep(timedelta(days=2))
    return handle


async def _many_looks(environment: WorkflowEnvironment) -> Handle:
    handle = await begun(environment)
    first = handle.first_execution_run_id
    latest = environment.client.get_workflow_handle(handle.id)
    for _ in range(30):
        await latest.signal(READJUDICATE_SIGNAL)
        if (await latest.describe()).run_id != first:
            break
    return environment.client.get_workflow_handle(handle.id, run_id=first)


def readjudication_scenarios() -> tuple[ReadjudicationScenario, ...]:
    """Return every scenario, with fresh stand-ins."""
    return (
        ReadjudicationScenario("readjudicated_no_change", ReadjudicationScript(CLOSED), _to_its_end),
        ReadjudicationScenario("readjudicated_approved", ReadjudicationScript(OPEN, answers=(STALE, DONE)), _approved),
        ReadjudicationScenario("readjudication_open", ReadjudicationScript(OPEN), _left_open),
        ReadjudicationScenario(
            "readjudication_continued_as_new", ReadjudicationScript(OPEN), _many_looks, small_history=True
        ),
    )
