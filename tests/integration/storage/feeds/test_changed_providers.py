"""A provider whose roster record changes for days already decided: its claims are raised to be adjudicated again, and stay as decided."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from contracts.events.feeds import InvestigationV1, ProviderChangedV1, ProviderContractV1
from contracts.events.reopenings import ReopeningRaised
from contracts.events.topics import REVIEW_TASKS
from storage.decisions.reopenings import newest_reopenings
from tests.builders.ledger.desks import Desk, a_desk
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.submissions import SERVICE_DATE, a_coverage_change, a_submission, an_authorization_change
from tests.builders.roster import CENTER, SINCE, a_provider_change

pytestmark = pytest.mark.servers

DECIDED = "SELECT disposition, reason FROM determination_lines ORDER BY line"
DAY = timedelta(days=1)
AUTHORIZED = "72158"
MEDICARE = "HUDSON-MA"
NO_ROSTER = "HUDSON-COMM"
"""A plan that keeps no roster: contracts never count for it."""


def a_contract(starts: date = SINCE, ends: date | None = None, plan: str = MEDICARE) -> ProviderContractV1:
    return ProviderContractV1(plan_id=plan, starts=starts, ends=ends)


def a_case(starts: date, ends: date | None = None) -> InvestigationV1:
    return InvestigationV1(case_reference="SYN-CASE-1", starts=starts, ends=ends)


def changed(*contracts: ProviderContractV1, npi: str = CENTER, **more: object) -> ProviderChangedV1:
    other = a_contract(plan="CASCADE-MA")
    return a_provider_change(2, npi=npi).model_copy(update={"contracts": (*contracts, other), **more})


async def decided(stores: Stores, plan: str = MEDICARE, number: str = "C1") -> Desk:
    """A study paid by an authorization; its billing provider has contracts with two plans since the beginning of the year."""
    authorization = an_authorization_change(1, code=AUTHORIZED).model_copy(update={"plan_id": plan})
    await stores.feeds.apply_authorizations([authorization])
    desk = await a_desk(stores, a_submission(number, AUTHORIZED), a_coverage_change(plan=plan))
    assert ("approved",) in await stores.rows("SELECT disposition FROM determination_lines")
    return desk


async def raised(stores: Stores) -> list[tuple[str, str]]:
    return [(each.reason.value, each.cause) for each in await newest_reopenings(stores.engine, 10)]


OTHERWISE = {
    "terminated before the service": (a_contract(ends=SERVICE_DATE),),
    "began after the service": (a_contract(starts=SERVICE_DATE + DAY),),
    "taken out": (),
}


@pytest.mark.parametrize("contracts", OTHERWISE.values(), ids=OTHERWISE)
async def test_a_contract_that_ends_backwards_raises_the_claim_once_and_decides_nothing(
    stores: Stores, contracts: tuple[ProviderContractV1, ...]
) -> None:
    desk = await decided(stores)
    was = await stores.rows(DECIDED)
    for _ in range(2):
        await stores.feeds.apply_providers([changed(*contracts)])
    assert await raised(stores) == [("provider-changed", f"{CENTER}/2")]
    sent = [m for m in await stores.sent() if m.topic == REVIEW_TASKS and b"provider-changed" in m.value]
    assert [ReopeningRaised.model_validate_json(m.value).data.claim_id for m in sent] == [desk.claim_id]
    assert await stores.rows(DECIDED) == was
    again = changed(*contracts).model_copy(update={"version": 3, "contracts": (a_contract(),)})
    await stores.feeds.apply_providers([again])
    assert len(await raised(stores)) == 1, "the claim waits for this reason already"
    assert await stores.broken() == []


async def test_a_contract_that_begins_backwards_raises_the_claim_decided_without_it(stores: Stores) -> None:
    await stores.feeds.apply_providers([changed()])
    desk = await decided(stores)
    assert await raised(stores) == []
    await stores.feeds.apply_providers([changed(a_contract()).model_copy(update={"version": 3})])
    assert [each.claim_id for each in await newest_reopenings(stores.engine, 10)] == [desk.claim_id]


AS_IT_WAS = {
    "the same again": (a_contract(),),
    "ended the day after the service": (a_contract(ends=SERVICE_DATE + DAY),),
    "began on the day of the service": (a_contract(starts=SERVICE_DATE),),
    "one contract as two": (a_contract(ends=SERVICE_DATE), a_contract(starts=SERVICE_DATE)),
    "another plan's": (a_contract(), a_contract(plan="BUCKEYE-MCD")),
}


@pytest.mark.parametrize("contracts", AS_IT_WAS.values(), ids=AS_IT_WAS)
async def test_a_change_that_leaves_the_day_of_service_as_it_was_raises_nothing(
    stores: Stores, contracts: tuple[ProviderContractV1, ...]
) -> None:
    await decided(stores)
    await stores.feeds.apply_providers([changed(*contracts)])
    assert await raised(stores) == []


async def test_a_contract_counts_only_for_plans_that_keep_a_roster(stores: Stores) -> None:
    await decided(stores, NO_ROSTER)
    await stores.feeds.apply_providers([changed()])
    assert await raised(stores) == []


@pytest.mark.parametrize(
    ("case", "asks"),
    [((-30, None), True), ((0, None), True), ((-30, 1), True), ((1, None), False), ((-30, 0), False)],
)
async def test_an_investigation_counts_if_it_was_open_on_the_day_of_a_payment(
    stores: Stores, case: tuple[int, int | None], *, asks: bool
) -> None:
    """The days are counted from the decision; a case that ended on its day was over."""
    await decided(stores, NO_ROSTER)
    [(on,)] = await stores.rows("SELECT CAST(decided_at AT TIME ZONE 'UTC' AS date) FROM determinations")
    starts, ends = on + case[0] * DAY, None if case[1] is None else on + case[1] * DAY
    await stores.feeds.apply_providers([changed(a_contract(), investigations=(a_case(starts, ends),))])
    assert await raised(stores) == ([("provider-changed", f"{CENTER}/2")] if asks else [])


@pytest.mark.parametrize("stated", [True, False])
async def test_another_taxonomy_counts_where_the_claim_states_none(
    stores: Stores,
    stated: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    await decided(stores, NO_ROSTER)
    if not stated:
        await stores.execute(
            "ALTER TABLE claims DISABLE TRIGGER USER",
            "UPDATE claims SET payload = CAST(CAST(payload AS jsonb) #- '{billing,taxonomy}' AS json)",
        )
    await stores.feeds.apply_providers([changed(a_contract(), taxonomy="2085N0700X")])
    assert await raised(stores) == ([] if stated else [("provider-changed", f"{CENTER}/2")])


async def test_a_provider_who_has_no_part_in_the_claim_raises_nothing(stores: Stores) -> None:
    await decided(stores)
    other = changed(npi="1679576722", investigations=(a_case(SINCE),))
    await stores.feeds.apply_providers([other])
    assert await raised(stores) == []
