from __future__ import annotations

import itertools
from datetime import date

import pytest

from adjudication.model.authorizations import AuthorizationStatus
from adjudication.model.vocabulary import DateRange
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.submissions import BORN, MEMBER, a_coverage_change, an_authorization_change

pytestmark = pytest.mark.servers


async def _plans(stores: Stores) -> list[str]:
    return [span.plan_id for span in (await stores.coverage.spans([MEMBER])).get(MEMBER, ())]


async def test_a_span_is_read_as_the_feed_stated_it(stores: Stores) -> None:
    assert (await stores.feeds.apply_coverage([a_coverage_change()])).changed == 1
    [span] = (await stores.coverage.spans([MEMBER]))[MEMBER]
    assert (span.coverage_id, span.plan_id, span.birth_date) == ("COV-1", "HUDSON-COMM", BORN)
    assert span.span == DateRange(date(2025, 1, 1))


async def test_a_member_never_informed_of_is_absent(stores: Stores) -> None:
    assert await stores.coverage.spans(["SYN-999999"]) == {}


async def test_the_same_event_again_changes_nothing(stores: Stores) -> None:
    coverage, authorization = [a_coverage_change()], [an_authorization_change()]
    assert (await stores.feeds.apply_coverage(coverage)).changed == 1
    assert (await stores.feeds.apply_coverage(coverage)).changed == 0
    assert (await stores.feeds.apply_authorizations(authorization)).changed == 1
    assert (await stores.feeds.apply_authorizations(authorization)).changed == 0


@pytest.mark.parametrize("order", list(itertools.permutations((1, 2, 3))))
async def test_the_newest_version_wins_in_whatever_order_they_come(stores: Stores, order: tuple[int, ...]) -> None:
    for version in order:
        await stores.feeds.apply_coverage([a_coverage_change(version, plan=f"PLAN-{version}")])
        await stores.feeds.apply_authorizations([an_authorization_change(version, units=version)])
    assert await _plans(stores) == ["PLAN-3"]
    assert await stores.rows("SELECT services->0->>'units', version FROM authorizations") == [("3", 3)]


async def test_several_versions_in_one_run_leave_the_newest(stores: Stores) -> None:
    changes = [a_coverage_change(v, plan=f"PLAN-{v}") for v in (2, 3, 1)]
    assert (await stores.feeds.apply_coverage([*changes, a_coverage_change(coverage_id="COV-2")])).changed == 2
    assert sorted(await _plans(stores)) == ["HUDSON-COMM", "PLAN-3"]


async def test_a_voided_span_is_gone_and_stays_gone(stores: Stores) -> None:
    await stores.feeds.apply_coverage([a_coverage_change(2, voided=True)])
    await stores.feeds.apply_coverage([a_coverage_change(1)])
    assert await _plans(stores) == []


async def test_an_authorization_changes_its_status(stores: Stores) -> None:
    await stores.feeds.apply_authorizations([an_authorization_change(1, status=AuthorizationStatus.PENDED)])
    await stores.feeds.apply_authorizations([an_authorization_change(2)])
    assert await stores.rows("SELECT status FROM authorizations") == [("approved",)]
