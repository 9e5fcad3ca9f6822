"""The roster in PostgreSQL, and the claims that wait for it."""

from __future__ import annotations

import itertools

import pytest

from adjudication.deadlines.state import DeadlineState
from adjudication.model.vocabulary import DateRange, ReleaseEvent
from adjudication.review.claim_deadlines import claim_deadlines
from contracts.records.decisions import Awaited
from storage.review.deadlines import PostgresDeadlines
from storage.review.queries import ReviewQueries
from tests.builders.ledger.desks import Desk, a_staff_member
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.staff import put_people
from tests.builders.ledger.submissions import RECEIVED, a_coverage_change, a_submission
from tests.builders.roster import CENTER, SINCE, a_provider_change, listed

pytestmark = pytest.mark.servers
READER = "1679576722"


async def a_medicare_claim(stores: Stores) -> Desk:
    await stores.feeds.apply_coverage([a_coverage_change(plan="HUDSON-MA")])
    _, [stored] = await stores.accept(a_submission("C1"))
    desk = Desk(stores, stored, rounds=-1)
    await desk.try_again()
    return desk


async def codes(desk: Desk) -> set[str]:
    return {code for code, _, _ in await desk.waits_for()}


async def test_a_provider_is_read_as_the_feed_stated_it(stores: Stores) -> None:
    assert (await stores.feeds.apply_providers([a_provider_change(3, "HUDSON-MA", case="SYN-CASE-1")])).changed == 1
    found = await stores.roster.providers([CENTER, READER])
    assert list(found) == [CENTER], "who was never informed of is absent, not empty"
    assert found[CENTER].contracts == listed("HUDSON-MA").contracts
    assert (found[CENTER].version, found[CENTER].investigations[0].case) == (3, "SYN-CASE-1")
    assert found[CENTER].investigations[0].span == DateRange(SINCE)
    assert found[CENTER].taxonomy is None
    kind = a_provider_change(4, "HUDSON-MA").model_copy(update={"taxonomy": "2085R0202X"})
    await stores.feeds.apply_providers([kind])
    assert (await stores.roster.providers([CENTER]))[CENTER].taxonomy == "2085R0202X"


@pytest.mark.parametrize("order", list(itertools.permutations((1, 2, 3))))
async def test_the_newest_version_wins_in_whatever_order_they_come(stores: Stores, order: tuple[int, ...]) -> None:
    for version in order:
        await stores.feeds.apply_providers([a_provider_change(version, f"PLAN-{version}")])
    assert (await stores.feeds.apply_providers([a_provider_change(3, "PLAN-OTHER")])).changed == 0
    assert [c.plan_id for c in (await stores.roster.providers([CENTER]))[CENTER].contracts] == ["PLAN-3"]


async def test_a_claim_of_an_unlisted_provider_waits_and_the_event_that_lists_it_releases_it(stores: Stores) -> None:
    desk = await a_medicare_claim(stores)
    assert await codes(desk) == {"P-PROV"}
    other = a_provider_change(1, "HUDSON-MA", npi=READER)
    await stores.feeds.apply_providers([other])
    assert await stores.released_by_roster([READER]) == []
    await stores.feeds.apply_providers([a_provider_change(1, "HUDSON-MA")])
    assert await stores.released_by_roster([CENTER]) == [desk.claim_id]
    await desk.try_again()
    assert await codes(desk) == {"P-DOC"}, "the claim goes on with what it lacks otherwise"
    assert await stores.released_by_roster([CENTER]) == []


async def test_an_open_case_holds_a_claim_and_the_event_that_closes_it_releases_it(stores: Stores) -> None:
    await stores.feeds.apply_providers([a_provider_change(1, "HUDSON-MA", case="SYN-CASE-1")])
    desk = await a_medicare_claim(stores)
    assert await codes(desk) == {"P-SIU"}
    await stores.feeds.apply_providers([a_provider_change(2, "HUDSON-MA", case="SYN-CASE-1", closed=desk.now.date())])
    assert await stores.released_by_roster([CENTER]) == [desk.claim_id]
    await desk.try_again()
    assert await codes(desk) == {"P-DOC"}


async def test_a_roster_event_that_came_while_the_claim_was_tried_is_not_lost(stores: Stores) -> None:
    desk = await a_medicare_claim(stores)
    waiting = [Awaited(desk.claim_id, frozenset({ReleaseEvent.BILLING_PROVIDER_CHANGED}), RECEIVED)]
    assert await stores.decisions.changed_since(waiting) == frozenset()
    await stores.feeds.apply_providers([a_provider_change(1, npi=READER)])
    assert await stores.decisions.changed_since(waiting) == frozenset()
    await stores.feeds.apply_providers([a_provider_change(1)])
    assert await stores.decisions.changed_since(waiting) == {desk.claim_id}


@pytest.mark.parametrize("contracted", [True, False])
async def test_the_clocks_and_the_screens_of_a_waiting_claim_know_what_its_last_try_read(
    stores: Stores,
    contracted: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    plans = ("HUDSON-MA",) if contracted else ()
    await stores.feeds.apply_providers([a_provider_change(1, *plans)])
    desk = await a_medicare_claim(stores)
    known = {"HUDSON-MA": contracted}
    times = await PostgresDeadlines(stores.engine).times(desk.claim_id)
    assert times is not None
    assert times.contracts == known
    shown = await ReviewQueries(stores.engine).case(desk.claim_id)
    assert shown is not None
    assert shown.contracts == known
    rules = {
        state.rule_id
        for state in claim_deadlines(times, stores.reference, desk.now)
        if isinstance(state, DeadlineState)
    }
    assert ("ma-contract-hudson" in rules) is contracted


async def test_a_claim_that_waits_for_the_roster_has_no_contract_status(stores: Stores) -> None:
    desk = await a_medicare_claim(stores)
    times = await PostgresDeadlines(stores.engine).times(desk.claim_id)
    assert times is not None
    assert (times.plans, times.contracts) == (("HUDSON-MA",), {})


async def test_provider_data_lets_an_unlisted_provider_pass_and_the_contract_status_stays_unknown(
    stores: Stores,
) -> None:
    await put_people(stores.engine, (a_staff_member("roster", "provider-data"), a_staff_member("siu", "siu")))
    desk = await a_medicare_claim(stores)
    assert await desk.do("siu", action="take") == "not-your-queue"
    await desk.takes("roster")
    assert await desk.decides("roster", 1, "provider.not_on_roster") == "ok"
    await desk.try_again()
    assert await codes(desk) == {"P-DOC"}
    times = await PostgresDeadlines(stores.engine).times(desk.claim_id)
    assert times is not None
    assert times.contracts == {}


async def test_the_special_unit_may_let_one_claim_of_an_open_case_pass_and_no_person_may_deny_it_for_the_case(
    stores: Stores,
) -> None:
    await put_people(stores.engine, (a_staff_member("siu", "siu"),))
    await stores.feeds.apply_providers([a_provider_change(1, "HUDSON-MA", case="SYN-CASE-1")])
    desk = await a_medicare_claim(stores)
    await desk.takes("siu")
    denial = {"resolution": "denies", "denies_as": "provider.under_investigation"}
    assert await desk.decides("siu", 1, "provider.under_investigation", **denial) != "ok"
    assert await desk.decides("siu", 1, "provider.under_investigation") == "ok"
    await desk.try_again()
    assert await codes(desk) == {"P-DOC"}
