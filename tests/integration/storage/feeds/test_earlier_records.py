"""What the feeds said on an earlier instant is what was read on that instant, whatever came later and in whatever form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from adjudication.model.authorizations import AuthorizationStatus, AuthorizationUse
from adjudication.readjudication.attribution import FEEDS, Source
from adjudication.steps.roster import RosteredProvider
from contracts.records.campaigns import AsOf
from contracts.records.decisions import AuthorizationLedger
from storage.feeds.earlier_records import EarlierRecords
from storage.privileges.roles import DatabaseRole
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.roles import in_role
from tests.builders.ledger.submissions import MEMBER, a_coverage_change, an_authorization_change
from tests.builders.roster import CENTER, a_provider_change

pytestmark = pytest.mark.servers
OTHER = "SYN-000900"
KEPT = "SELECT feed, record_id, version FROM earlier_feed_records ORDER BY 1, 2, 3"


@dataclass(frozen=True)
class Read:
    """What the stores of live claims said at an instant."""

    at: datetime
    coverage: tuple[Any, ...]
    authorizations: tuple[Any, ...]
    providers: Mapping[str, RosteredProvider]


async def read(stores: Stores) -> Read:
    ledgers: list[AuthorizationLedger] = []

    def remember(ledger: AuthorizationLedger) -> Sequence[AuthorizationUse]:
        ledgers.append(ledger)
        return ()

    await stores.authorizations.allocate([MEMBER], remember)
    spans = await stores.coverage.spans([MEMBER])
    [(at,)] = await stores.rows("SELECT clock_timestamp()")
    return Read(
        at,
        tuple(spans.get(MEMBER, ())),
        tuple(ledgers[0].authorizations.get(MEMBER, ())),
        dict(await stores.roster.providers([CENTER])),
    )


async def change(stores: Stores, step: int) -> None:
    """One change of the feeds after the other, each in its own transaction."""
    ended = a_coverage_change(3).model_copy(update={"ends": date(2025, 6, 30)})
    match step:
        case 1:
            await stores.feeds.apply_coverage(
                [a_coverage_change(1), a_coverage_change(1, coverage_id="COV-2", plan="HUDSON-MA")]
            )
            await stores.feeds.apply_authorizations([an_authorization_change(1)])
        case 2:
            await stores.feeds.apply_coverage([a_coverage_change(2, plan="HUDSON-MA")])
            await stores.feeds.apply_providers([a_provider_change(1, "HUDSON-MA")])
        case 3:
            await stores.feeds.apply_coverage([ended, a_coverage_change(2, coverage_id="COV-2", voided=True)])
            await stores.feeds.apply_authorizations([an_authorization_change(2, status=AuthorizationStatus.DENIED)])
        case 4:
            await stores.feeds.apply_coverage([ended.model_copy(update={"version": 4, "member_id": OTHER})])
            await stores.feeds.apply_providers([a_provider_change(2, case="SYN-CASE-1")])
        case _:
            await stores.feeds.apply_coverage([ended.model_copy(update={"version": 5})])
            await stores.feeds.apply_authorizations([an_authorization_change(3, units=4)])


async def test_each_instant_is_read_again_as_it_was_read_then(stores: Stores) -> None:
    seen = [await read(stores)]
    for step in range(1, 6):
        await change(stores, step)
        seen.append(await read(stores))
    assert len({(each.coverage, each.authorizations, len(each.providers)) for each in seen}) == 6, (
        "each step changes something"
    )
    records = EarlierRecords(in_role(stores.engine, DatabaseRole.WORKER))
    found = await records.as_were([AsOf(MEMBER, frozenset({CENTER}), each.at) for each in seen])
    for then, was in zip(found, seen, strict=True):
        assert (then.coverage, then.authorizations, then.providers) == (was.coverage, was.authorizations, was.providers)
    assert [sorted(each.changed) for each in found] == [
        sorted(FEEDS),
        sorted(FEEDS),
        sorted(FEEDS),
        sorted(FEEDS),
        [Source.AUTHORIZATIONS, Source.COVERAGE],
        [],
    ]


async def test_a_record_that_comes_again_with_the_same_content_is_not_kept_twice(stores: Stores) -> None:
    for version in (1, 2, 3):
        await stores.feeds.apply_coverage([a_coverage_change(version)])
        await stores.feeds.apply_authorizations([an_authorization_change(version)])
        await stores.feeds.apply_providers([a_provider_change(version, "HUDSON-MA")])
    assert await stores.rows(KEPT) == []
    seen = await read(stores)
    await stores.feeds.apply_coverage([a_coverage_change(4, plan="HUDSON-MA")])
    assert await stores.rows(KEPT) == [("coverage", "COV-1", 3)]
    records = EarlierRecords(in_role(stores.engine, DatabaseRole.WORKER))
    first = (await stores.rows("SELECT first_at FROM authorizations"))[0][0]
    for at in (first, seen.at):
        [then] = await records.as_were([AsOf(MEMBER, frozenset(), at)])
        assert (then.coverage, then.changed) == (seen.coverage, frozenset({Source.COVERAGE}))


async def test_what_was_stored_before_versions_were_kept_counts_as_it_was_first_kept(stores: Stores) -> None:
    """Whether it had another content still earlier is not known, so that it never counts as changed or absent."""
    await stores.feeds.apply_coverage([a_coverage_change(1)])
    await stores.execute("UPDATE coverage SET first_at = NULL")
    seen = await read(stores)
    records = EarlierRecords(in_role(stores.engine, DatabaseRole.WORKER))
    [then] = await records.as_were([AsOf(MEMBER, frozenset(), datetime.fromisoformat("2020-01-01T00:00:00+00:00"))])
    assert (then.coverage, then.changed) == (seen.coverage, frozenset())


async def test_a_version_by_which_claims_were_decided_is_never_changed(stores: Stores) -> None:
    await stores.feeds.apply_coverage([a_coverage_change(1)])
    await stores.feeds.apply_coverage([a_coverage_change(2, plan="HUDSON-MA")])
    for statement in ("UPDATE earlier_feed_records SET content = '{}'", "DELETE FROM earlier_feed_records"):
        with pytest.raises(IntegrityError, match="never changed"):
            await stores.execute(statement)
