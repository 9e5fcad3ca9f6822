"""The executions whose histories tests/replay keeps: one for each outcome of each workflow, and open ones.

Each scenario drives the production workflows with stand-in activities and opaque claim ids, and returns the
workflow whose history is kept. An open execution is what a deployment meets; a completed one covers the past
only.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from adjudication.model.vocabulary import ClaimId
from contracts.workflow_messages.claims import (
    ACT_UPDATE,
    ADJUDICATE_CLAIMS,
    MATCH_AUTHORIZATIONS,
    RESUME_SIGNAL,
    REVIEW_CLAIM,
    SIBLING_ARRIVED,
    WAITING_FOR_QUERY,
    PendedClaim,
    PublishSummary,
    ReviewAnswer,
    ReviewClaim,
    WaitingFor,
)
from streams.temporal import TemporalResumer
from tests.builders.workflows.large import SlowSteps, large_worker
from tests.builders.workflows.recording import RecordingSteps, pends
from tests.builders.workflows.running import a_batch, run_batch, start_review
from tools.appeal_scenarios import AppealScenario, appeal_scenarios
from tools.bulk_retry_scenarios import ReleaseScenario, release_scenarios
from tools.campaign_scenarios import CampaignScenario, campaign_scenarios
from tools.readjudication_scenarios import ReadjudicationScenario, readjudication_scenarios

Run = Callable[[WorkflowEnvironment], Awaitable[WorkflowHandle[Any, Any]]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A workflow, the outcome its history shows, the activities it ran with and how it was driven."""

    workflow: str
    outcome: str
    steps: RecordingSteps
    run: Run
    small_history: bool = False


_FAR: Final = timedelta(days=3650)


def _pended(claim: str, *codes: str, due: timedelta = _FAR, retry: timedelta | None = None) -> PendedClaim:
    now = datetime.now(UTC)
    return PendedClaim(claim, list(codes), (now + due).isoformat(), (now + retry).isoformat() if retry else None)


async def _batch_ends(environment: WorkflowEnvironment) -> WorkflowHandle[Any, Any]:
    return await run_batch(environment, a_batch("claim-a", "claim-b"))


async def _batch_runs_again(environment: WorkflowEnvironment) -> WorkflowHandle[Any, Any]:
    await _batch_ends(environment)
    return await _batch_ends(environment)


async def _batch_wakes_siblings(environment: WorkflowEnvironment) -> WorkflowHandle[Any, Any]:
    await start_review(environment.client, ReviewClaim(_pended("claim-waiting", "P-FAM"), 1))
    return await _batch_ends(environment)


async def _woken(environment: WorkflowEnvironment) -> WorkflowHandle[Any, Any]:
    """A review that its batch began asleep, and that a feed woke."""
    await _batch_ends(environment)
    handle = environment.client.get_workflow_handle("review/claim-b")
    await TemporalResumer(environment.client).resume([ClaimId("claim-b")], "coverage-changed")
    await handle.result()
    return handle


def _review(pended: PendedClaim, drive: Run | None = None, *, round_number: int = 0) -> Run:
    async def run(environment: WorkflowEnvironment) -> WorkflowHandle[Any, Any]:
        handle = await start_review(environment.client, ReviewClaim(pended, round_number))
        if drive is not None:
            await drive(environment)
        await handle.result()
        return handle

    return run


def _open_review(pended: PendedClaim, days: int) -> Run:
    async def run(environment: WorkflowEnvironment) -> WorkflowHandle[Any, Any]:
        handle = await start_review(environment.client, ReviewClaim(pended))
        await environment.sleep(timedelta(days=days))
        return handle

    return run


def _signalled(after: timedelta) -> Run:
    async def drive(environment: WorkflowEnvironment) -> WorkflowHandle[Any, Any]:
        handle = environment.client.get_workflow_handle("review/claim-a")
        await environment.sleep(after)
        await handle.signal(RESUME_SIGNAL, SIBLING_ARRIVED)
        return handle

    return drive


async def _review_in_two_runs(environment: WorkflowEnvironment) -> WorkflowHandle[Any, Any]:
    handle = await start_review(environment.client, ReviewClaim(_pended("claim-a", "P-ELIG")))
    first = handle.first_execution_run_id
    for tries in range(1, 30):
        await handle.signal(RESUME_SIGNAL, "coverage-changed")
        answer: WaitingFor = await handle.query(WAITING_FOR_QUERY, result_type=WaitingFor)
        if (await environment.client.get_workflow_handle(handle.id).describe()).run_id != first:
            break
        assert answer.rounds <= tries  # noqa: S101 - a scenario that differs from its description must stop
    return environment.client.get_workflow_handle(handle.id, run_id=first)


TAKEN, REFUSED, DECIDED, DECIDED_LAST = (f"5f0c2b1e-0000-4000-8000-00000000000{number}" for number in range(1, 5))


def _acting(steps: RecordingSteps, *, next_clock: timedelta | None = None) -> RecordingSteps:
    """Stand-ins that answer the actions above; the next deadline check is due after a while."""
    settled = ReviewAnswer(accepted=True, try_again=True)
    steps.actions = {TAKEN: ReviewAnswer(accepted=True), DECIDED: settled, DECIDED_LAST: settled}
    steps.actions[REFUSED] = ReviewAnswer(accepted=False, code="role-may-not")
    steps.next_clock = None if next_clock is None else (datetime.now(UTC) + next_clock).isoformat()
    return steps


def _acted_on(*actions: str, days: int) -> Run:
    """Let people act, one after another, each after some days."""

    async def drive(environment: WorkflowEnvironment) -> WorkflowHandle[Any, Any]:
        handle = environment.client.get_workflow_handle("review/claim-a")
        for action in actions:
            await environment.sleep(timedelta(days=days))
            await handle.execute_update(ACT_UPDATE, action, id=action, result_type=ReviewAnswer)
        return handle

    return drive


def _open_review_acted_on(pended: PendedClaim, *actions: str, days: int) -> Run:
    async def run(environment: WorkflowEnvironment) -> WorkflowHandle[Any, Any]:
        await start_review(environment.client, ReviewClaim(pended))
        return await _acted_on(*actions, days=days)(environment)

    return run


async def _review_filled_by_actions(environment: WorkflowEnvironment) -> WorkflowHandle[Any, Any]:
    handle = await start_review(environment.client, ReviewClaim(_pended("claim-a", "P-CLIN-MD")))
    latest = environment.client.get_workflow_handle(handle.id)
    for number in range(30):
        await latest.execute_update(ACT_UPDATE, TAKEN, id=f"update-{number}", result_type=ReviewAnswer)
        if (await latest.describe()).run_id != handle.first_execution_run_id:
            break
    return environment.client.get_workflow_handle(handle.id, run_id=handle.first_execution_run_id)


def _reviews_with_actions() -> tuple[Scenario, ...]:
    waits = _pended("claim-a", "P-CLIN-MD")
    weekly = timedelta(days=7)
    return (
        Scenario(
            REVIEW_CLAIM,
            "determined_by_an_action",
            _acting(RecordingSteps(), next_clock=weekly),
            _review(waits, _acted_on(REFUSED, TAKEN, DECIDED, days=3)),
        ),
        Scenario(
            REVIEW_CLAIM,
            "determined_by_the_second_of_two_actions",
            _acting(RecordingSteps(pends(waits, tries=1))),
            _review(waits, _acted_on(DECIDED, DECIDED_LAST, days=1)),
        ),
        Scenario(
            REVIEW_CLAIM,
            "continued_as_new_by_actions",
            _acting(RecordingSteps()),
            _review_filled_by_actions,
            small_history=True,
        ),
        Scenario(
            REVIEW_CLAIM,
            "open_acted_on",
            _acting(RecordingSteps(), next_clock=weekly),
            _open_review_acted_on(waits, TAKEN, REFUSED, days=5),
        ),
        Scenario(
            REVIEW_CLAIM,
            "open_half_decided",
            _acting(RecordingSteps(pends(waits, tries=9))),
            _open_review_acted_on(waits, TAKEN, DECIDED, days=2),
        ),
    )


def _with_large(steps: SlowSteps, run: Run) -> Run:
    """Serve the queue of large claims during the scenario."""

    async def served(environment: WorkflowEnvironment) -> WorkflowHandle[Any, Any]:
        async with large_worker(environment.client, steps):
            return await run(environment)

    return served


async def _large_batch(environment: WorkflowEnvironment) -> WorkflowHandle[Any, Any]:
    return await run_batch(environment, replace(a_batch("claim-a"), large=True))


def _large() -> tuple[Scenario, ...]:
    whole, parts = SlowSteps(), SlowSteps(at_most=0)
    pended = replace(_pended("claim-a", "P-FAM", retry=timedelta(days=14)), large=True)
    tried = SlowSteps()
    return (
        Scenario(ADJUDICATE_CLAIMS, "one_large", whole, _with_large(whole, _large_batch)),
        Scenario(ADJUDICATE_CLAIMS, "tried_in_parts", parts, _with_large(parts, _batch_ends)),
        Scenario(REVIEW_CLAIM, "large_determined", tried, _with_large(tried, _review(pended))),
    )


def _batches(asleep: PendedClaim) -> tuple[Scenario, ...]:
    completing = PublishSummary(2, completes=["claim-waiting", "claim-held-by-nobody"])
    return (
        Scenario(ADJUDICATE_CLAIMS, "all_determined", RecordingSteps(), _batch_ends),
        Scenario(ADJUDICATE_CLAIMS, "one_pended_asleep", RecordingSteps(pends(asleep)), _batch_ends),
        Scenario(ADJUDICATE_CLAIMS, "already_held_asleep", RecordingSteps(pends(asleep)), _batch_runs_again),
        Scenario(
            ADJUDICATE_CLAIMS,
            "siblings_told_by_an_activity",
            RecordingSteps(lambda _: completing),
            _batch_wakes_siblings,
        ),
        Scenario(
            ADJUDICATE_CLAIMS,
            "store_away_for_long",
            RecordingSteps(failures={MATCH_AUTHORIZATIONS: 7}),
            _batch_ends,
        ),
    )


def scenarios() -> tuple[Scenario | AppealScenario | ReleaseScenario | ReadjudicationScenario | CampaignScenario, ...]:
    """Return every scenario, with fresh stand-ins."""
    asleep = replace(_pended("claim-b", "P-CLIN-MD"), clock_at=(datetime.now(UTC) + _FAR).isoformat())
    family = _pended("claim-a", "P-FAM", retry=timedelta(days=14))
    later = _pended("claim-a", "P-CLIN-MD")
    due_soon = _pended("claim-a", "P-CLIN-MD", due=timedelta(days=15))
    return (
        *_batches(asleep),
        *_large(),
        Scenario(REVIEW_CLAIM, "determined_at_once", RecordingSteps(), _review(family)),
        Scenario(REVIEW_CLAIM, "determined_when_time_came", RecordingSteps(pends(family, tries=1)), _review(family)),
        Scenario(
            REVIEW_CLAIM,
            "determined_when_sibling_arrived",
            RecordingSteps(pends(family, tries=1)),
            _review(family, _signalled(timedelta(days=2))),
        ),
        Scenario(
            REVIEW_CLAIM,
            "determined_past_due",
            RecordingSteps(),
            _review(due_soon, _signalled(timedelta(days=20))),
        ),
        Scenario(
            REVIEW_CLAIM,
            "continued_as_new",
            RecordingSteps(pends(later, tries=99)),
            _review_in_two_runs,
            small_history=True,
        ),
        Scenario(
            REVIEW_CLAIM,
            "open_waiting_for_siblings",
            RecordingSteps(pends(family, tries=1)),
            _open_review(family, 3),
        ),
        Scenario(REVIEW_CLAIM, "open_past_due", RecordingSteps(), _open_review(due_soon, 20)),
        Scenario(REVIEW_CLAIM, "determined_when_woken", RecordingSteps(pends(asleep)), _woken),
        *_reviews_with_actions(),
        *appeal_scenarios(),
        *release_scenarios(),
        *readjudication_scenarios(),
        *campaign_scenarios(),
    )
