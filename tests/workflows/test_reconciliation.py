"""Temporal loses work, one workflow or all of them; the ledger knows what is open, and it is started again, decided once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import orjson
import pytest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from adjudication.model.vocabulary import ClaimId
from adjudication.people import Role, StaffMember
from contracts.claim_intake.registration import USUAL_LIMITS, Batch
from contracts.events.topics import REVIEW_TASKS
from contracts.ids import (
    adjudication_workflow_id,
    appeal_workflow_id,
    readjudication_workflow_id,
    review_workflow_id,
)
from contracts.records.reconciliation import Missing, Work
from rulebook.library import default_policies_dir
from runtime.console.review_updates import TemporalReviewUpdates
from runtime.processes.judging import page_judge
from runtime.processes.worker import create_worker
from runtime.reconciliation.reconciler import Reconciler
from runtime.reconciliation.service import reconcile
from runtime.reconciliation.workflows import TemporalWorkflows
from runtime.settings import Settings
from storage.readjudication.take_up import ReadjudicationTakeUp
from storage.reconciliation.open_work import OpenWorkQueries
from storage.reconciliation.stuck import stuck_work
from storage.review.actions import ReviewActionStore
from streams.intake.hand_off import HandOff
from streams.temporal import TemporalAppeals, TemporalStarter, is_running
from tests.builders.ledger.appeal_cases import Office, a_denied_claim, a_filing
from tests.builders.ledger.desks import DENIES, STAFF, a_desk, decision, documented
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.staff import put_people
from tests.builders.ledger.submissions import a_coverage_change, a_submission, an_authorization_change
from tests.builders.workflows.running import small_history_server

pytestmark = pytest.mark.servers
STARTED = "UPDATE batches SET started_at = registered_at"


def now() -> datetime:
    return datetime.now(UTC)


class House:
    """One ledger and one Temporal; a house with another Temporal over the same ledger has lost what the first one held."""

    def __init__(self, stores: Stores, client: Client) -> None:
        self.stores, self.client = stores, client
        open_work = OpenWorkQueries(stores.engine, stores.reference)
        self.reconciler = Reconciler(open_work, TemporalWorkflows(client), now, timedelta(0))

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        async with create_worker(
            self.client,
            self.stores.engine,
            self.stores.reference,
            Settings(),
            page_judge(self.stores.engine, self.stores.reference, default_policies_dir()).judge,
        ):
            yield

    async def reconcile(self) -> dict[Work, Missing]:
        return {look.work: look for look in await reconcile(self.stores.engine, self.reconciler)}

    async def until(self, query: str, wanted: list[tuple[object, ...]]) -> None:
        await until(lambda: self._is(query, wanted), f"{query} never gave {wanted}")

    async def _is(self, query: str, wanted: list[tuple[object, ...]]) -> bool:
        return await self.stores.rows(query) == wanted

    async def visible(self, workflow_id: str, *, runs: bool) -> None:
        """Wait until visibility, which lags behind, knows whether a workflow runs."""
        workflows = TemporalWorkflows(self.client)

        async def known() -> bool:
            return (workflow_id in await workflows.running([workflow_id])) is runs

        await until(known, f"{workflow_id} is not known")

    async def decided_once(self, claims: int) -> None:
        """Check that each claim has one determination, and that no event id stands for two contents."""
        assert await self.stores.rows("SELECT count(*), count(DISTINCT claim_id) FROM determinations") == [
            (claims, claims)
        ]
        assert len({(m.event_id, m.value) for m in await self.stores.sent()}) == len(
            {m.event_id for m in await self.stores.sent()}
        )
        assert await self.stores.broken() == []


async def until(done: Callable[[], Awaitable[bool]], why: str) -> None:
    try:
        async with asyncio.timeout(60):
            while not await done():  # noqa: ASYNC110 - other servers are asked
                await asyncio.sleep(0.1)
    except TimeoutError:
        pytest.fail(why)


async def stuck(stores: Stores, later: timedelta = timedelta(0)) -> dict[str, int]:
    """What is stuck, without the outbox: no publisher runs here."""
    found = await stuck_work(stores.engine, now() + later)
    return {each.what: each.count for each in found if "outbox" not in each.what}


async def not_covered(stores: Stores) -> None:
    """The member's coverage ended before the service: claims of it are denied without a person."""
    await stores.feeds.apply_coverage([a_coverage_change(2).model_copy(update={"ends": date(2025, 2, 1)})])


async def test_batches_that_temporal_lost_are_decided_once_and_never_stop_intake(stores: Stores) -> None:
    """Lost before it began, terminated by an operator, completed for a ledger that was restored since."""
    await not_covered(stores)
    async with small_history_server() as environment:
        house, starter = House(stores, environment.client), TemporalStarter(environment.client)
        lost, terminated, forgotten = [(await stores.accept(a_submission(f"C{n}", code)))[0] for n, code in CODES]
        await starter.start(terminated)
        await environment.client.get_workflow_handle(adjudication_workflow_id(terminated.batch_id)).terminate()
        async with house.working():
            await starter.start(Batch(forgotten.batch_id, (ClaimId(str(uuid4())),)))
            await environment.client.get_workflow_handle(adjudication_workflow_id(forgotten.batch_id)).result()
        await stores.execute(STARTED)
        intake = HandOff(stores.ledger, starter, stores.office, USUAL_LIMITS)
        intake.in_hand(lost, terminated, forgotten)
        assert await intake.count_in_flight(timedelta(0), asyncio.Event()) == 0
        assert await stuck(stores, timedelta(minutes=3)) == {"batches of claims are registered but not decided": 3}
        async with house.working():
            looks = await house.reconcile()
            await house.until("SELECT count(*) FROM batches WHERE finished_at IS NULL", [(0,)])
        assert (looks[Work.BATCHES].missing, looks[Work.BATCHES].started) == (3, 3)
        await house.decided_once(3)
        assert await stuck(stores, timedelta(minutes=3)) == {}


CODES = ((1, "72148"), (2, "72146"), (3, "72141"))


async def test_reconciling_again_and_again_next_to_running_work_decides_nothing_twice(stores: Stores) -> None:
    await not_covered(stores)
    async with small_history_server() as environment:
        house, starter = House(stores, environment.client), TemporalStarter(environment.client)
        done = asyncio.Event()

        async def reconciling() -> int:
            rounds = 0
            while not done.is_set():
                await house.reconcile()
                rounds += 1
            return rounds

        async with house.working():
            often = asyncio.gather(reconciling(), reconciling())
            for n in range(20):
                batch, _ = await stores.accept(a_submission(f"C{n}", member=f"SYN-{n + 100:06}"), a_submission(f"D{n}"))
                await starter.start(batch)
            await house.until("SELECT count(*) FROM batches WHERE finished_at IS NULL", [(0,)])
            done.set()
            assert min(await often) > 1
        outcomes = await stores.rows(
            "SELECT (SELECT count(*) FROM determinations), count(DISTINCT claim_id) FROM pends"
        )
        assert outcomes == [(20, 20)], "half have no coverage and wait; the others are denied"
        await house.decided_once(20)


async def test_pended_claims_go_on_after_temporal_lost_everything(stores: Stores) -> None:
    """An event that came while no workflow held the claim counts, and a decision can be signed at once."""
    await put_people(stores.engine, STAFF)
    await stores.feeds.apply_coverage([a_coverage_change()])
    spectroscopy, [clinical] = await stores.accept(a_submission("C1", "0609T"))
    unknown, [waits] = await stores.accept(a_submission("C2", "72148", member="SYN-000002"))
    async with small_history_server() as environment:
        house = House(stores, environment.client)
        async with house.working():
            for batch in (spectroscopy, unknown):
                await TemporalStarter(environment.client).start(batch)
            await house.until("SELECT DISTINCT code FROM pends ORDER BY 1", [("P-CLIN-MD",), ("P-ELIG",)])
    await stores.feeds.apply_coverage(
        [
            a_coverage_change().model_copy(
                update={"member_id": "SYN-000002", "coverage_id": "COV-2", "ends": date(2025, 2, 1)}
            )
        ]
    )
    assert await stuck(stores) == {"kinds of open work were not compared with Temporal lately": 1}
    async with small_history_server() as environment:
        house = House(stores, environment.client)
        async with house.working():
            looks = await house.reconcile()
            assert (looks[Work.CLAIMS].open, looks[Work.CLAIMS].started) == (2, 2)
            await house.until("SELECT count(*) FROM determinations", [(1,)])
            await house.visible(review_workflow_id(clinical.claim.claim_id), runs=True)
            assert (await house.reconcile())[Work.CLAIMS].missing == 0
            reviews = TemporalReviewUpdates(environment.client)
            for content in ({"action": "take"}, decision(1, **DENIES)):
                action, person = str(uuid4()), StaffMember("SYN-physician", frozenset({Role.PHYSICIAN}))
                claim = clinical.claim.claim_id
                await ReviewActionStore(stores.engine).submit(action, claim, person, orjson.dumps(content))
                assert (await reviews.act(claim, action)).accepted
            await house.until("SELECT count(*) FROM determinations", [(2,)])
    await house.decided_once(2)
    assert waits.claim.claim_id != clinical.claim.claim_id
    assert await stuck(stores) == {}


async def test_a_running_review_that_no_one_woke_is_woken_by_what_the_ledger_holds(stores: Stores) -> None:
    """The feed's process ended after it stored the coverage and before it resumed the claim, and then its topic was lost."""
    batch, [stored] = await stores.accept(a_submission("C1", "72148"))
    async with small_history_server() as environment:
        house = House(stores, environment.client)
        async with house.working():
            await TemporalStarter(environment.client).start(batch)
            await house.until("SELECT code FROM pends WHERE closed_at IS NULL", [("P-ELIG",)])
            await house.visible(review_workflow_id(stored.claim.claim_id), runs=True)
            assert (await house.reconcile())[Work.MISSED_EVENTS].missing == 0
            await not_covered(stores)
            looks = await house.reconcile()
            assert (looks[Work.CLAIMS].missing, looks[Work.MISSED_EVENTS].started) == (0, 1)
            await house.until("SELECT count(*) FROM determinations", [(1,)])
            assert (await house.reconcile())[Work.MISSED_EVENTS].open == 0
    await house.decided_once(1)


async def test_what_temporal_cannot_list_keeps_no_other_work_back(stores: Stores) -> None:
    """With many workflows, or much other work on its machine, Temporal may list nothing in time and still start what it is given."""
    batch, [stored] = await stores.accept(a_submission("C1", "72148"))
    async with small_history_server() as environment:
        house = House(stores, environment.client)
        async with house.working():
            await TemporalStarter(environment.client).start(batch)
            await house.until("SELECT code FROM pends WHERE closed_at IS NULL", [("P-ELIG",)])
            await house.visible(review_workflow_id(stored.claim.claim_id), runs=True)
            await not_covered(stores)
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(TemporalWorkflows, "running", _lists_nothing)
                with pytest.raises(RPCError):
                    await house.reconcile()
            await house.until("SELECT count(*) FROM determinations", [(1,)])
    await house.decided_once(1)


async def _lists_nothing(*_: object) -> None:
    raise RPCError("a list that takes too long", RPCStatusCode.DEADLINE_EXCEEDED, b"")


async def test_a_claim_that_was_tried_before_reports_new_pends_under_a_new_event(stores: Stores) -> None:
    """A review that starts again counts its tries from the beginning; the ledger has rounds from before."""
    _, [stored] = await stores.accept(a_submission("C1", "0609T"))
    batch = await stores.rows("SELECT batch_id FROM batches")
    for round_number, code in enumerate(("P-ELIG", "P-FAM", "P-ELIG")):
        await stores.decisions.commit(batch[0][0], [stores.pended(stored, code, round_number=round_number)])
    await stores.feeds.apply_coverage([a_coverage_change()])
    async with small_history_server() as environment:
        house = House(stores, environment.client)
        async with house.working():
            await house.reconcile()
            await house.until("SELECT code FROM pends WHERE closed_at IS NULL", [("P-CLIN-MD",)])
    tasks = [orjson.loads(message.value) for message in await stores.sent() if message.topic == REVIEW_TASKS]
    assert [task["data"]["round"] for task in tasks if "round" in task["data"]] == [0, 1, 2, 3]
    assert max(Counter(task["id"] for task in tasks).values()) == 1
    assert await stores.broken() == []


async def test_open_appeals_and_terminated_reviews_are_held_again(stores: Stores) -> None:
    denied_at = now() - timedelta(days=10)
    office = Office(stores.engine, stores.reference)
    await office.file(a_filing(await a_denied_claim(stores, "CASCADE-MA", at=denied_at), denied_at + timedelta(days=5)))
    pending, [stored] = await stores.accept(a_submission("C9", "72148", member="SYN-000009"))
    async with small_history_server() as environment:
        house, client = House(stores, environment.client), environment.client
        async with house.working():
            await TemporalAppeals(client).hold(office.appeal)
            await TemporalStarter(client).start(pending)
            await house.until("SELECT count(*) FROM pends WHERE closed_at IS NULL", [(1,)])
            holders = (appeal_workflow_id(office.appeal), review_workflow_id(stored.claim.claim_id))
            for holder in holders:
                await house.visible(holder, runs=True)
                await client.get_workflow_handle(holder).terminate("an operator took it for another one")
            for holder in holders:
                await house.visible(holder, runs=False)
            looks = await house.reconcile()
            assert (looks[Work.APPEALS].started, looks[Work.CLAIMS].started) == (1, 1)
            assert [await is_running(client, holder) for holder in holders] == [True, True]
    assert await stores.broken() == []


async def test_a_reopening_that_was_taken_up_is_held_again_and_its_claim_proposed(stores: Stores) -> None:
    """The worker took it up, and Temporal lost the workflow before it looked."""
    await put_people(stores.engine, STAFF)
    claim = documented(a_submission("C1", "72156"))
    await a_desk(stores, claim, a_coverage_change(plan="HUDSON-MA"))
    approval = an_authorization_change(code="72156").model_copy(update={"plan_id": "HUDSON-MA"})
    await stores.feeds.apply_authorizations([approval])
    [taken] = await ReadjudicationTakeUp(stores.engine).take(10, now())
    holder = readjudication_workflow_id(taken.readjudication_id)
    async with small_history_server() as environment:
        house = House(stores, environment.client)
        async with house.working():
            assert (await house.reconcile())[Work.REOPENINGS].started == 1
            await house.until("SELECT number, result FROM correction_proposals", [(1, "corrects")])
            await house.visible(holder, runs=True)
            look = (await house.reconcile())[Work.REOPENINGS]
            assert (look.open, look.missing) == (1, 0)
    await stores.execute(
        "INSERT INTO reopenings_closed (claim_id, reason, cause, outcome, rationale, closed_by, closed_at) "
        "SELECT claim_id, reason, cause, 'left-as-is', 'The authorization was for another study.', 'SYN-supervisor', now() "
        "FROM reopenings"
    )
    assert await OpenWorkQueries(stores.engine, stores.reference).reopenings(now()) == []
    assert await stuck(stores) == {}
