"""Appeals held by their workflow, on a server that skips time and a real database: weeks pass, the law's time counts."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
from temporalio.client import WorkflowExecutionStatus, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.testing import WorkflowEnvironment

from activities.registry import appeal_activities
from adjudication.appeals.rules import Appellant
from adjudication.model.claim import Claim
from contracts.events.topics import APPEAL_TASKS, DETERMINATIONS
from contracts.ids import appeal_workflow_id
from contracts.workflow_messages.appeals import APPEAL_ACT_UPDATE, AppealAnswer
from storage.audit.trail import broken
from streams.temporal import TemporalAppeals
from tests.builders.ledger.appeal_cases import RATIONALE, Office, a_denied_claim, a_filing, decides
from tests.builders.ledger.ledgers import Stores
from tests.builders.workflows.running import time_skipping_server, worker

pytestmark = pytest.mark.servers


class Held:
    """One appeal in its workflow."""

    def __init__(self, environment: WorkflowEnvironment, stores: Stores, office: Office) -> None:
        self.environment, self.stores, self.office = environment, stores, office

    @property
    def workflow(self) -> WorkflowHandle[Any, Any]:
        return self.environment.client.get_workflow_handle(appeal_workflow_id(self.office.appeal))

    async def filed(self, plan: str, **changes: Any) -> Claim:
        """A claim denied ten days ago is appealed today, and a workflow holds the appeal."""
        now = await self.environment.get_current_time()
        claim = await a_denied_claim(self.stores, plan, at=now - timedelta(days=10))
        await self.office.file(a_filing(claim, now, **changes))
        await self.hold()
        return claim

    async def hold(self) -> None:
        await TemporalAppeals(self.environment.client).hold(self.office.appeal)

    async def does(self, person: str, **content: Any) -> AppealAnswer:
        action = await self.office.submit(person, **content)
        answer: AppealAnswer = await self.workflow.execute_update(APPEAL_ACT_UPDATE, action, result_type=AppealAnswer)
        return answer

    async def published(self, topic: str) -> list[Any]:
        return [orjson.loads(message.value)["data"] for message in await self.stores.sent() if message.topic == topic]

    async def weeks_pass(self, weeks: float) -> None:
        await self.environment.sleep(timedelta(weeks=weeks))

    async def until(self, *happened: str) -> Any:
        """Wait for an event of the appeal that states exactly this."""
        async with asyncio.timeout(30):
            while True:
                last = (await self.published(APPEAL_TASKS))[-1]
                if tuple(last.get("changes", ())) == happened:
                    return last
                await asyncio.sleep(0.05)

    async def ends(self) -> None:
        with self.environment.auto_time_skipping_disabled():
            await asyncio.wait_for(self.workflow.result(), timeout=30)


@pytest.fixture(params=[100, 0], ids=["cached", "replayed-at-every-task"])
async def held(request: pytest.FixtureRequest, stores: Stores) -> Any:
    office = Office(stores.engine, stores.reference)
    activities = appeal_activities(office.appeals, stores.reference)
    async with (
        time_skipping_server() as environment,
        worker(environment.client, activities, cached=request.param),
    ):
        yield Held(environment, stores, office)
    assert [line async for line in broken(stores.engine)] == []


async def test_what_a_medicare_plan_upholds_goes_to_the_independent_reviewer_and_what_it_overturns_is_paid(
    held: Held,
) -> None:
    await held.filed("CASCADE-MA")
    await held.weeks_pass(3)
    assert (await held.does("appeals-md", **decides("upheld"))).accepted
    assert (await held.until("decided", "forwarded"))["level"] == "independent-review"
    await held.weeks_pass(30)
    assert (await held.workflow.describe()).status is WorkflowExecutionStatus.RUNNING
    ruling = {"rulings": [{"line": 1, "ruling": "overturned"}], "reference": "IRE-1"}
    assert (await held.does("specialist", action="record-outside-ruling", **ruling)).accepted
    await held.ends()
    lines = [value["lines"][0]["disposition"] for value in await held.published(DETERMINATIONS)]
    assert lines == ["denied", "denied", "approved"]


async def test_a_medicare_plan_that_says_nothing_for_sixty_days_has_affirmed_and_the_file_goes_on_by_itself(
    held: Held,
) -> None:
    await held.filed("CASCADE-MA")
    await held.weeks_pass(8)
    assert len(await held.published(APPEAL_TASKS)) == 1
    await held.weeks_pass(1)
    shown = await held.until("deemed", "forwarded")
    assert (shown["level"], shown["forum"]) == ("independent-review", "independent-review-entity")


async def test_a_medicaid_plan_that_misses_thirty_days_is_exhausted_and_the_state_may_hear_it(held: Held) -> None:
    await held.filed("BUCKEYE-MCD")
    await held.weeks_pass(5)
    await held.until("deemed")
    asked = (await held.environment.get_current_time()).isoformat()
    assert (await held.does("specialist", action="open-level", level="fair-hearing", received_at=asked)).accepted
    assert (await held.until("level-opened"))["forum"] == "state"


async def test_a_new_york_provider_wins_and_is_paid_and_the_appeal_ends(held: Held) -> None:
    await held.filed("HUDSON-EP", appellant=Appellant.CONTRACT_PROVIDER)
    await held.weeks_pass(1)
    assert (await held.does("peer", **decides("overturned"))).accepted
    await held.ends()
    assert (await held.published(DETERMINATIONS))[-1]["lines"][0]["disposition"] == "approved"


async def test_a_new_york_appeal_no_person_decides_is_won_by_the_law_and_paid(held: Held) -> None:
    await held.filed("HUDSON-EP")
    await held.weeks_pass(5)
    await held.ends()
    assert (await held.published(DETERMINATIONS))[-1]["lines"][0]["disposition"] == "approved"
    assert (await held.published(APPEAL_TASKS))[-1]["closed"]


async def test_a_newer_filing_reaches_the_workflow_and_a_withdrawal_ends_it(held: Held) -> None:
    claim = await held.filed("CASCADE-MA")
    now: datetime = await held.environment.get_current_time()
    await held.office.file(a_filing(claim, now, version=2, withdrawn=True))
    await held.hold()
    await held.ends()
    assert (await held.published(APPEAL_TASKS))[-1]["changes"] == ["withdrawn"]


async def test_a_level_asked_for_after_the_end_has_the_appeal_held_again(held: Held) -> None:
    claim = await held.filed("HUDSON-EP")
    assert (await held.does("peer", **decides("upheld"))).accepted
    await held.ends()
    now = await held.environment.get_current_time()
    await held.office.file(a_filing(claim, now, version=2, level="external-appeal"))
    await held.hold()
    assert (await held.until("level-opened"))["forum"] == "external-reviewer"
    assert (await held.workflow.describe()).status is WorkflowExecutionStatus.RUNNING


async def test_the_denier_is_refused_and_what_is_no_action_never_reaches_the_store(held: Held) -> None:
    await held.filed("CASCADE-MA")
    assert (await held.does("denier", **decides("overturned"))).code == "involved"
    with pytest.raises(WorkflowUpdateFailedError):
        await held.workflow.execute_update(APPEAL_ACT_UPDATE, RATIONALE, result_type=AppealAnswer)


async def test_nothing_of_the_member_or_of_what_people_wrote_reaches_the_history(held: Held) -> None:
    claim = await held.filed("CASCADE-MA")
    await held.does("appeals-md", **decides("upheld"))
    history = (await held.workflow.fetch_history()).to_json()
    for secret in (claim.member.member_id, claim.member.family_name or "Synthberg", "synthetic member", claim.claim_id):
        assert secret not in history
