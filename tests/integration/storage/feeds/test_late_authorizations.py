"""An authorization approved or changed after a denial for lack of one: the claim is raised to be adjudicated again."""

from __future__ import annotations

import pytest

from adjudication.model.authorizations import AuthorizationStatus
from contracts.events.feeds import AuthorizationChangedV1
from contracts.events.reopenings import Closing, Outcome, Reason, ReopeningRaised
from contracts.events.topics import REVIEW_TASKS
from storage.decisions.reopenings import Reopenings, newest_reopenings
from tests.builders.ledger.desks import Desk, a_desk
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.submissions import (
    RECEIVED,
    SERVICE_DATE,
    a_coverage_change,
    a_submission,
    an_authorization_change,
)

pytestmark = pytest.mark.servers

CODE = "72156"
DENIED = "SELECT disposition, reason FROM determination_lines"


async def denied(stores: Stores) -> Desk:
    """A study whose plan asks for an authorization that no person asked for."""
    desk = await a_desk(stores, a_submission("C1", CODE), a_coverage_change(plan="HUDSON-MA"))
    assert await stores.rows(DENIED) == [("denied", "authorization.missing")]
    return desk


def answer(
    version: int = 1,
    *,
    code: str = CODE,
    units: int = 1,
    status: AuthorizationStatus = AuthorizationStatus.APPROVED,
    member: str | None = None,
) -> AuthorizationChangedV1:
    change = an_authorization_change(version, code=code, units=units, status=status)
    change = change.model_copy(update={"plan_id": "HUDSON-MA"})
    return change if member is None else change.model_copy(update={"member_id": member})


async def raised(stores: Stores) -> list[tuple[str, str]]:
    return [(each.reason.value, each.cause) for each in await newest_reopenings(stores.engine, 10)]


async def test_an_approval_after_the_denial_asks_for_the_claim_to_be_adjudicated_again(stores: Stores) -> None:
    desk = await denied(stores)
    for _ in range(2):
        await stores.feeds.apply_authorizations([answer()])
    assert await raised(stores) == [("late-authorization", "AUTH-1/1")]
    sent = [m for m in await stores.sent() if m.topic == REVIEW_TASKS and b"late-authorization" in m.value]
    assert [ReopeningRaised.model_validate_json(m.value).data.claim_id for m in sent] == [desk.claim_id]
    assert await stores.rows(DENIED) == [("denied", "authorization.missing")], "nothing is decided by it"


async def test_a_request_that_is_still_open_raises_nothing_until_it_is_approved(stores: Stores) -> None:
    await denied(stores)
    await stores.feeds.apply_authorizations([answer(1, status=AuthorizationStatus.PENDED)])
    assert await raised(stores) == []
    await stores.feeds.apply_authorizations([answer(2)])
    assert await raised(stores) == [("late-authorization", "AUTH-1/2")]


async def test_an_approval_that_does_not_cover_the_line_raises_nothing(stores: Stores) -> None:
    await denied(stores)
    covering = answer()
    dates = covering.services[0].model_copy(update={"starts": SERVICE_DATE.replace(day=SERVICE_DATE.day + 1)})
    later = covering.model_copy(update={"authorization_number": "AUTH-2", "services": (dates,)})
    refused = answer(status=AuthorizationStatus.DENIED).model_copy(update={"authorization_number": "AUTH-3"})
    other = answer(member="SYN-000009").model_copy(update={"authorization_number": "AUTH-4"})
    await stores.feeds.apply_authorizations([answer(code="72148"), later, refused, other])
    assert await raised(stores) == []


async def test_a_range_of_codes_covers_the_denied_line(stores: Stores) -> None:
    await denied(stores)
    ranged = answer().services[0].model_copy(update={"code": "72141", "code_through": "72158"})
    await stores.feeds.apply_authorizations([answer().model_copy(update={"services": (ranged,)})])
    assert await raised(stores) == [("late-authorization", "AUTH-1/1")]


async def test_a_closed_one_is_raised_again_only_by_an_approval_of_more(stores: Stores) -> None:
    desk = await denied(stores)
    await stores.feeds.apply_authorizations([answer()])
    [(identity,)] = await stores.rows("SELECT person_id FROM people ORDER BY person_id LIMIT 1")
    closing = Closing(
        desk.claim_id,
        Reason.LATE_AUTHORIZATION,
        "AUTH-1/1",
        Outcome.LEFT_AS_IS,
        "the approval is for another study of that day",
        identity,
        "examiner",
        RECEIVED,
    )
    assert await Reopenings(stores.engine).close(closing)
    await stores.feeds.apply_authorizations([answer(2)])
    assert await raised(stores) == [], "the same approval in a new version"
    await stores.feeds.apply_authorizations([answer(3, units=2)])
    assert await raised(stores) == [("late-authorization", "AUTH-1/3")]
