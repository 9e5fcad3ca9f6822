from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from contracts.appeal_messages import AppealAct, AppealAnswer, AppealWatch, HoldAppeal, LookAtAppeal
from contracts.workflow_messages import (
    ADJUDICATE_CLAIMS,
    REVIEW_CLAIM,
    ClaimBatch,
    PendedClaim,
    PublishSummary,
    ReviewClaim,
    StepSummary,
)
from tests.replay.corpus import HISTORIES, IDS, PATHS, events, is_open, keys, payloads
from tests.replay.divergent import DivergentAdjudication, DivergentAppeal, DivergentReview
from tools.capture_histories import refuse_machine_names
from tools.history_scenarios import scenarios
from tools.workflow_fingerprints import registered_name
from workflows.registry import WORKFLOWS
from workflows.sandbox import sandbox_runner

WHAT_TO_DO = (
    "An execution that is open today would fail on this change. Keep the old order of commands for old ones: "
    "guard the new order with workflow.patched('<date>-<decision record>'), keep this history, and capture "
    "another for the new path (python -m tools.capture_histories OUTCOME). Never replace the one that fails."
)


def history(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(f"replayed/{path.stem}", path.read_text())


@pytest.mark.parametrize("path", PATHS, ids=IDS)
async def test_what_ran_before_this_change_still_runs(path: Path) -> None:
    replayer = Replayer(workflows=list(WORKFLOWS), workflow_runner=sandbox_runner())
    result = await replayer.replay_workflow(history(path), raise_on_replay_failure=False)
    assert result.replay_failure is None, f"{result.replay_failure}\n{WHAT_TO_DO}"


@pytest.mark.parametrize("path", PATHS, ids=IDS)
async def test_a_workflow_with_other_commands_is_caught(path: Path) -> None:
    replayer = Replayer(
        workflows=[DivergentAdjudication, DivergentReview, DivergentAppeal], workflow_runner=sandbox_runner()
    )
    with pytest.raises(NondeterminismError):
        await replayer.replay_workflow(history(path))


def test_every_registered_workflow_has_a_history_of_each_outcome() -> None:
    assert {path.parent.name for path in PATHS} == {registered_name(workflow) for workflow in WORKFLOWS}
    captured = {(path.parent.name, path.stem) for path in PATHS}
    assert {(scenario.workflow, scenario.outcome) for scenario in scenarios()} <= captured


def test_a_review_is_also_kept_while_it_waits() -> None:
    still_open = [path.stem for path in PATHS if path.parent.name == REVIEW_CLAIM and is_open(path)]
    assert len(still_open) >= 2


def test_a_history_is_filed_under_the_workflow_it_shows() -> None:
    for path in PATHS:
        started = events(path)[0]["workflowExecutionStartedEventAttributes"]
        assert started["workflowType"]["name"] == path.parent.name


def test_the_outcomes_are_the_ones_their_names_say() -> None:
    last = {path.stem: events(path)[-1]["eventType"] for path in PATHS}
    assert last["continued_as_new"] == "EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW"
    determined = [stem for stem in last if stem.startswith("determined_")]
    assert {last[stem] for stem in determined} == {"EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED"}
    assert "EVENT_TYPE_EXTERNAL_WORKFLOW_EXECUTION_SIGNALED" in kinds("siblings_told")
    assert "EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED" in kinds("siblings_told")
    assert "EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_FAILED" in kinds("already_held")
    assert "EVENT_TYPE_TIMER_FIRED" in kinds("store_away_for_long")


def kinds(outcome: str) -> set[str]:
    path = HISTORIES / ADJUDICATE_CLAIMS / f"{outcome}.json"
    return {event["eventType"] for event in events(path)}


@pytest.mark.parametrize("path", PATHS, ids=IDS)
def test_no_history_names_the_machine_it_was_captured_on(path: Path) -> None:
    refuse_machine_names(events(path))


LOCAL_ACTIVITY_MARKER = {
    "seq",
    "activity_id",
    "activation_index",
    "activity_type",
    "attempt",
    "complete_time",
    "backoff",
    "original_schedule_time",
    "seconds",
    "nanos",
}


@pytest.mark.parametrize("path", PATHS, ids=IDS)
def test_a_payload_holds_the_fields_of_our_messages_and_nothing_else(path: Path) -> None:
    messages = (ClaimBatch, StepSummary, PendedClaim, PublishSummary, ReviewClaim)
    appeals = (HoldAppeal, AppealAct, AppealAnswer, AppealWatch, LookAtAppeal)
    known = {field.name for message in (*messages, *appeals) for field in fields(message)}
    found = [set(keys(payload)) for payload in payloads(events(path))]
    assert any(found)
    assert set().union(*found) <= known | LOCAL_ACTIVITY_MARKER
