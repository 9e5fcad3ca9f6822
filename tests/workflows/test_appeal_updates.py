"""What people do about appeals reaches the workflow through the console's own adapter, on the real Temporal server.

Each action begins the workflow if nothing holds the appeal, as after its end or before intake has started it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.appeals.actions import AppealActivities
from console.ports import UnansweredError
from contracts.ids import appeal_workflow_id
from contracts.workflow_messages.appeals import AppealAnswer
from runtime.console import appeal_updates
from runtime.console.appeal_updates import TemporalAppealUpdates
from tests.builders.ledger.appeal_cases import Office, a_denied_claim, a_filing
from tests.builders.ledger.ledgers import Stores
from tests.builders.workflows.running import small_history_server, worker

pytestmark = pytest.mark.servers

TRAIL = "SELECT count(*) FROM audit_trail WHERE action_id = CAST('{}' AS uuid)"
WITHDRAW = {"action": "withdraw", "reference": "SYN-LETTER-1"}
TAKE_BACK = {"action": "vacate-dismissal", "reference": "SYN-LETTER-2"}


@pytest.fixture
async def environment() -> AsyncIterator[WorkflowEnvironment]:
    async with small_history_server() as environment:
        yield environment


class House:
    """An appeal of a Medicare Advantage member in the store, the console's adapter, and a worker to start."""

    def __init__(self, client: Client, stores: Stores, office: Office) -> None:
        self.client, self.stores, self.office = client, stores, office
        self.updates = TemporalAppealUpdates(client)

    def working(self) -> Worker:
        steps = AppealActivities(self.office.appeals, self.office.reference)
        return worker(self.client, [steps.apply_appeal_action, steps.watch_appeal])

    async def act(self, action: str) -> AppealAnswer:
        return await self.updates.act(self.office.appeal, action)

    async def done(self, action: str) -> int:
        """How often an action stands in the trail."""
        [row] = await self.stores.rows(TRAIL.format(action))
        return int(row[0])

    @property
    def holder(self) -> WorkflowHandle[object, object]:
        return self.client.get_workflow_handle(appeal_workflow_id(self.office.appeal))


@pytest.fixture
async def house(environment: WorkflowEnvironment, stores: Stores) -> House:
    denied_at = datetime.now(UTC) - timedelta(days=10)
    claim = await a_denied_claim(stores, "CASCADE-MA", at=denied_at)
    office = Office(stores.engine, stores.reference)
    await office.file(a_filing(claim, denied_at + timedelta(days=5)))
    return House(environment.client, stores, office)


async def test_an_action_begins_the_workflow_of_an_appeal_that_nothing_holds_and_is_judged_once(house: House) -> None:
    action = await house.office.submit("specialist", action="acknowledge")
    async with house.working():
        assert await house.act(action) == AppealAnswer(accepted=True)
        assert await house.act(action) == AppealAnswer(accepted=True), "the same id has the same answer"
    assert await house.done(action) == 1


async def test_an_action_goes_to_the_workflow_that_holds_the_appeal(house: House) -> None:
    first, second = [await house.office.submit("specialist", action="acknowledge") for _ in range(2)]
    async with house.working():
        assert (await house.act(first)).accepted
        run = (await house.holder.describe()).run_id
        assert await house.act(second) == AppealAnswer(accepted=False, code="acknowledged")
        assert (await house.holder.describe()).run_id == run
    assert await house.done(second) == 0


async def test_an_appeal_that_ended_is_held_again_by_what_is_done_about_it(house: House) -> None:
    ends, again = (
        await house.office.submit("specialist", **WITHDRAW),
        await house.office.submit("appeals-md", **TAKE_BACK),
    )
    async with house.working():
        assert (await house.act(ends)).accepted
        await house.holder.result()
        ended = await house.holder.describe()
        assert ended.status is WorkflowExecutionStatus.COMPLETED
        answer = await house.act(again)
        assert (await house.holder.describe()).run_id != ended.run_id
    [kept] = await house.stores.rows(f"SELECT accepted FROM appeal_actions WHERE action_id = '{again}'")
    assert kept == (answer.accepted,), "the answer is what the store keeps"


async def test_what_is_no_action_is_refused_before_anything_is_judged(house: House) -> None:
    async with house.working():
        with pytest.raises(UnansweredError):
            await house.act("no-uuid")
    assert await house.stores.rows("SELECT 1 FROM appeal_actions") == []


async def test_without_a_worker_no_person_answers_and_the_same_id_is_answered_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    action = await house.office.submit("specialist", action="acknowledge")
    monkeypatch.setattr(appeal_updates, "MAX_WAIT", timedelta(seconds=1))
    with pytest.raises(UnansweredError):
        await house.act(action)
    assert await house.done(action) == 0
    monkeypatch.undo()
    async with house.working():
        assert await house.act(action) == AppealAnswer(accepted=True)
    assert await house.done(action) == 1
