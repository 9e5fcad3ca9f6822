from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal

import pytest
from sqlalchemy import text

from adjudication.model.authorizations import AuthorizationUse
from adjudication.model.vocabulary import AuthorizationNumber, ClaimId, LineNumber
from contracts.records.decisions import Allocate, AuthorizationLedger
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.submissions import MEMBER, a_submission, an_authorization_change

pytestmark = pytest.mark.servers

OTHER = "SYN-000002"
ONE, TWO = a_submission("C1").claim_id, a_submission("C2").claim_id
HELD = "SELECT count(*), coalesce(sum(units), 0) FROM authorization_uses WHERE released_at IS NULL"


def _use(claim: ClaimId, number: str = "AUTH-1", line: int = 1) -> AuthorizationUse:
    return AuthorizationUse(AuthorizationNumber(number), "72148", claim, LineNumber(line), Decimal(1))


def _if_any_left(use: AuthorizationUse) -> Allocate:
    """Take the use when the ledger shows a free unit, as the matching rules do."""

    def decide(ledger: AuthorizationLedger) -> Sequence[AuthorizationUse]:
        for member, held in ledger.authorizations.items():
            for authorization in held:
                taken = sum(u.units for u in ledger.uses.get(member, ()) if u.number == use.number)
                if authorization.number == use.number and taken < authorization.services[0].units:
                    return [use]
        return []

    return decide


async def test_the_ledger_shown_holds_the_members_authorizations_and_their_uses(stores: Stores) -> None:
    await stores.feeds.apply_authorizations(
        [
            an_authorization_change(units=3),
            an_authorization_change(number="AUTH-2"),
            an_authorization_change(number="AUTH-3", member=OTHER),
        ]
    )
    await stores.authorizations.allocate([MEMBER], lambda _: [_use(ONE)])
    seen: list[AuthorizationLedger] = []

    def look(ledger: AuthorizationLedger) -> Sequence[AuthorizationUse]:
        seen.append(ledger)
        return []

    await stores.authorizations.allocate([MEMBER, "SYN-999999"], look)
    [ledger] = seen
    assert {member: [a.number for a in held] for member, held in ledger.authorizations.items()} == {
        MEMBER: ["AUTH-1", "AUTH-2"]
    }
    service = ledger.authorizations[MEMBER][0].services[0]
    assert (service.code, service.units, [p.npi for p in service.providers]) == ("72148", Decimal(3), ["1234567893"])
    assert ledger.uses == {MEMBER: [_use(ONE)]}


async def test_the_last_unit_goes_to_exactly_one_of_two_transactions(stores: Stores) -> None:
    """Made certain: the rival has taken the unit and not yet committed when the other asks."""
    await stores.feeds.apply_authorizations([an_authorization_change(units=1)])
    take = "INSERT INTO authorization_uses SELECT number, '72148', CAST(:claim AS uuid), 1, 1 FROM authorizations"
    async with stores.engine.connect() as rival, rival.begin():
        await rival.execute(text("SELECT 1 FROM authorizations FOR UPDATE"))
        await rival.execute(text(take), {"claim": ONE})
        waiting = asyncio.create_task(_allocate(stores, TWO))
        await stores.until_blocked()
        assert not waiting.done()
    await waiting
    assert await stores.rows("SELECT claim_id::text FROM authorization_uses") == [(ONE,)]


async def _allocate(stores: Stores, claim: ClaimId) -> None:
    await stores.authorizations.allocate([MEMBER], _if_any_left(_use(claim)))


async def test_many_transactions_never_take_more_than_was_approved(stores: Stores) -> None:
    await stores.feeds.apply_authorizations([an_authorization_change(units=5)])
    claims = [a_submission(f"C{n}").claim_id for n in range(24)]
    await asyncio.gather(*(_allocate(stores, claim) for claim in claims))
    assert await stores.rows(HELD) == [(5, Decimal(5))]
    assert "an authorization's units are not exceeded" not in await stores.broken()


async def test_members_named_in_any_order_do_not_deadlock(stores: Stores) -> None:
    await stores.feeds.apply_authorizations(
        [an_authorization_change(units=99), an_authorization_change(number="AUTH-2", member=OTHER, units=99)]
    )
    both = ([MEMBER, OTHER], [OTHER, MEMBER])
    tries = (
        stores.authorizations.allocate(both[n % 2], _if_any_left(_use(a_submission(f"C{n}").claim_id)))
        for n in range(20)
    )
    await asyncio.wait_for(asyncio.gather(*tries), 20)
    assert await stores.rows(HELD) == [(20, Decimal(20))]


async def test_a_use_recorded_again_is_left_as_it_is(stores: Stores) -> None:
    await stores.feeds.apply_authorizations([an_authorization_change(units=1)])
    for _ in range(2):
        await stores.authorizations.allocate([MEMBER], lambda _: [_use(ONE)])
    assert await stores.rows(HELD) == [(1, Decimal(1))]


async def test_a_decision_that_raises_takes_nothing(stores: Stores) -> None:
    await stores.feeds.apply_authorizations([an_authorization_change()])

    def fail(_: AuthorizationLedger) -> Sequence[AuthorizationUse]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await stores.authorizations.allocate([MEMBER], fail)
    await asyncio.wait_for(stores.authorizations.allocate([MEMBER], lambda _: [_use(ONE)]), 5)
    assert await stores.rows(HELD) == [(1, Decimal(1))]


async def test_a_claim_matched_again_gives_back_its_units_and_no_person_gets_in_between(stores: Stores) -> None:
    await stores.feeds.apply_authorizations(
        [an_authorization_change(units=1), an_authorization_change(number="AUTH-2", units=1)]
    )
    await stores.authorizations.allocate([MEMBER], lambda _: [_use(ONE)])

    def take_again(ledger: AuthorizationLedger) -> Sequence[AuthorizationUse]:
        assert ledger.uses == {}, "what it held before does not count against it"
        return [_use(ONE)]

    again = stores.authorizations.allocate([MEMBER], take_again, [ONE])
    await asyncio.gather(again, *(_allocate(stores, TWO) for _ in range(5)))
    assert await stores.rows("SELECT claim_id::text FROM authorization_uses WHERE released_at IS NULL") == [(ONE,)]


async def test_a_claim_matched_again_that_takes_nothing_holds_nothing(stores: Stores) -> None:
    await stores.feeds.apply_authorizations([an_authorization_change(units=1)])
    await stores.authorizations.allocate([MEMBER], lambda _: [_use(ONE)])
    await stores.authorizations.allocate([MEMBER], lambda _: [], [ONE])
    await _allocate(stores, TWO)
    assert await stores.rows("SELECT claim_id::text FROM authorization_uses WHERE released_at IS NULL") == [(TWO,)]
