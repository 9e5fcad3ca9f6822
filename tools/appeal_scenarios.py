"""The executions of the appeal workflow whose histories tests/replay keeps; see tools/history_scenarios.py."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from contracts.workflow_messages.appeals import (
    APPEAL,
    APPEAL_ACT_UPDATE,
    APPEAL_CHANGED_SIGNAL,
    APPEAL_HELD_QUERY,
    AppealAnswer,
    AppealWatch,
)
from streams.temporal import TemporalAppeals
from tests.builders.workflows.appeal_steps import AppealSteps

Run = Callable[[WorkflowEnvironment], Awaitable[WorkflowHandle[Any, Any]]]
ACTION = "6f1f3a0e-52a3-5d0b-9c5f-0c1a0b6d9e11"


@dataclass(frozen=True, slots=True)
class AppealScenario:
    """An outcome, the stand-ins it ran with and how it was driven."""

    outcome: str
    steps: AppealSteps
    run: Run
    workflow: str = APPEAL
    small_history: bool = False


async def _held(environment: WorkflowEnvironment) -> WorkflowHandle[Any, Any]:
    await TemporalAppeals(environment.client).hold("appeal-a")
    return environment.client.get_workflow_handle("appeal/appeal-a")


async def _decided(environment: WorkflowEnvironment) -> WorkflowHandle[Any, Any]:
    handle = await _held(environment)
    await environment.sleep(timedelta(days=20))
    with environment.auto_time_skipping_disabled():
        await handle.execute_update(APPEAL_ACT_UPDATE, ACTION, result_type=AppealAnswer)
        await handle.result()
    return handle


async def _ended_by_time(environment: WorkflowEnvironment) -> WorkflowHandle[Any, Any]:
    handle = await _held(environment)
    await environment.sleep(timedelta(days=61))
    with environment.auto_time_skipping_disabled():
        await handle.result()
    return handle


async def _waiting(environment: WorkflowEnvironment) -> WorkflowHandle[Any, Any]:
    handle = await _held(environment)
    await environment.sleep(timedelta(days=20))
    return handle


async def _notified_often(environment: WorkflowEnvironment) -> WorkflowHandle[Any, Any]:
    handle = await _held(environment)
    first = (await handle.describe()).run_id
    for _ in range(30):
        await handle.signal(APPEAL_CHANGED_SIGNAL)
        await handle.query(APPEAL_HELD_QUERY, result_type=AppealWatch)
        if (await handle.describe()).run_id != first:
            break
    return environment.client.get_workflow_handle(handle.id, run_id=first)


def appeal_scenarios() -> tuple[AppealScenario, ...]:
    """Return every scenario, with fresh stand-ins."""
    soon = AppealWatch((datetime.now(UTC) + timedelta(days=60)).isoformat(), over=False)
    nothing, over = AppealWatch(None, over=False), AppealWatch(None, over=True)
    return (
        AppealScenario("appeal_decided", AppealSteps(soon, over), _decided),
        AppealScenario("appeal_ended_by_time", AppealSteps(soon, over), _ended_by_time),
        AppealScenario("appeal_open_before_its_deadline", AppealSteps(soon), _waiting),
        AppealScenario("appeal_open_elsewhere", AppealSteps(nothing), _waiting),
        AppealScenario("appeal_continued_as_new", AppealSteps(soon), _notified_often, small_history=True),
    )
