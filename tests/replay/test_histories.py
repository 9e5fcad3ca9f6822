from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from contracts.actions.bulk_retries import BulkRetryInput, BulkRetryStepResult
from contracts.workflow_messages.appeals import AppealAct, AppealAnswer, AppealInput, AppealWatch, LookAtAppeal
from contracts.workflow_messages.campaigns import CampaignInput, CampaignStepDone
from contracts.workflow_messages.claims import (
    ADJUDICATE_CLAIMS,
    REVIEW_CLAIM,
    ClaimBatch,
    DeadlineWatch,
    PendedClaim,
    PublishSummary,
    ReviewAct,
    ReviewAnswer,
    ReviewClaim,
    StepSummary,
)
from contracts.workflow_messages.readjudication import CorrectionAct, CorrectionAnswer, Looked, Readjudicate
from tests.builders.replay.corpus import HISTORIES, IDS, PATHS, events, is_open, keys, payloads
from tests.builders.replay.divergent import (
    DivergentAdjudication,
    DivergentAppeal,
    DivergentCampaign,
    DivergentReadjudication,
    DivergentRelease,
    DivergentReview,
)
from tools.capture_histories import refuse_machine_names
from tools.history_scenarios import scenarios
from tools.workflow_fingerprints import registered_name
from workflows.registry import WORKFLOWS
from workflows.review_claim import DEADLINES_PATCH
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
        workflows=[
            DivergentAdjudication,
            DivergentReview,
            DivergentAppeal,
            DivergentRelease,
            DivergentReadjudication,
            DivergentCampaign,
        ],
        workflow_runner=sandbox_runner(),
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
    assert last["continued_as_new_by_actions"] == "EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW"
    for outcome in ACTED_ON:
        assert "EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED" in kinds(outcome, REVIEW_CLAIM), outcome


ACTED_ON = (
    "determined_by_an_action",
    "determined_by_the_second_of_two_actions",
    "continued_as_new_by_actions",
    "open_acted_on",
    "open_half_decided",
)
BEFORE_ACTIONS = (
    "continued_as_new",
    "determined_at_once",
    "determined_past_due",
    "determined_when_sibling_arrived",
    "determined_when_time_came",
    "open_past_due",
    "open_waiting_for_siblings",
)


def test_reviews_begun_before_there_were_clocks_and_actions_are_kept_as_they_were() -> None:
    """They carry no marker of the change: that they replay proves that a release finds them and goes on with them."""
    for outcome in BEFORE_ACTIONS:
        assert not patches(outcome), f"{outcome} was captured again; take the old one back"
    for outcome in ACTED_ON:
        assert DEADLINES_PATCH in patches(outcome)


def patches(outcome: str) -> set[str]:
    """The changes a history says it knows."""
    path = HISTORIES / REVIEW_CLAIM / f"{outcome}.json"
    markers = [event.get("markerRecordedEventAttributes", {}) for event in events(path)]
    known = [marker.get("details") for marker in markers if marker.get("markerName") == "core_patch"]
    return {value["id"] for value in payloads(known) if isinstance(value, dict) and "id" in value}


def kinds(outcome: str, workflow: str = ADJUDICATE_CLAIMS) -> set[str]:
    path = HISTORIES / workflow / f"{outcome}.json"
    return {event["eventType"] for event in events(path)}


@pytest.mark.parametrize("path", PATHS, ids=IDS)
def test_no_history_names_the_host_it_was_captured_on(path: Path) -> None:
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
CHANGE_MARKER = {"id", "deprecated"}


@pytest.mark.parametrize("path", PATHS, ids=IDS)
def test_a_payload_holds_the_fields_of_our_messages_and_nothing_else(path: Path) -> None:
    messages = (
        ClaimBatch,
        StepSummary,
        PendedClaim,
        PublishSummary,
        ReviewClaim,
        ReviewAct,
        ReviewAnswer,
        DeadlineWatch,
    )
    appeals = (AppealInput, AppealAct, AppealAnswer, AppealWatch, LookAtAppeal)
    releases = (BulkRetryInput, BulkRetryStepResult)
    again = (Readjudicate, Looked, CorrectionAct, CorrectionAnswer, CampaignInput, CampaignStepDone)
    known = {field.name for message in (*messages, *appeals, *releases, *again) for field in fields(message)}
    found = [set(keys(payload)) for payload in payloads(events(path))]
    assert any(found)
    assert set().union(*found) <= known | LOCAL_ACTIVITY_MARKER | CHANGE_MARKER
