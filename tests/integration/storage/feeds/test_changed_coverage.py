"""Coverage or an authorization that changes after a decision: the claim is raised to be adjudicated again, and stays as decided."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from adjudication.model.authorizations import AuthorizationStatus
from adjudication.model.other_payers import PayerOrder
from contracts.events.feeds import AuthorizationChangedV1, CoverageChangedV1
from contracts.events.other_payers import OtherCoverageV1
from contracts.events.reopenings import ReopeningRaised
from contracts.events.topics import REVIEW_TASKS
from storage.decisions.reopenings import newest_reopenings
from tests.builders.ledger.desks import Desk, a_desk
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.submissions import (
    SERVICE_DATE,
    a_coverage_change,
    a_submission,
    an_authorization_change,
)

pytestmark = pytest.mark.servers

DECIDED = "SELECT disposition, reason FROM determination_lines"
DAY = timedelta(days=1)
AUTHORIZED = "72156"


async def denied(stores: Stores) -> Desk:
    """A study of a member whose coverage had ended."""
    ended = a_coverage_change().model_copy(update={"ends": date(2025, 2, 1)})
    desk = await a_desk(stores, a_submission("C1", "72148"), ended)
    assert await stores.rows(DECIDED) == [("denied", "eligibility.after_termination")]
    return desk


async def paid(stores: Stores) -> Desk:
    """A study paid by an authorization."""
    await stores.feeds.apply_authorizations([authorization()])
    desk = await a_desk(stores, a_submission("C1", AUTHORIZED), a_coverage_change(plan="HUDSON-MA"))
    assert [disposition for disposition, _ in await stores.rows(DECIDED)] == ["approved"]
    return desk


def authorization(
    version: int = 1, status: AuthorizationStatus = AuthorizationStatus.APPROVED, code: str = AUTHORIZED
) -> AuthorizationChangedV1:
    change = an_authorization_change(version, code=code, status=status)
    return change.model_copy(update={"plan_id": "HUDSON-MA"})


def coverage(version: int, **changed: object) -> CoverageChangedV1:
    return a_coverage_change(version, plan="HUDSON-MA").model_copy(update=changed)


async def raised(stores: Stores) -> list[tuple[str, str]]:
    return [(each.reason.value, each.cause) for each in await newest_reopenings(stores.engine, 10)]


async def test_coverage_reinstated_after_a_denial_asks_for_the_claim_to_be_adjudicated_again(stores: Stores) -> None:
    desk = await denied(stores)
    for _ in range(2):
        await stores.feeds.apply_coverage([a_coverage_change(2)])
    assert await raised(stores) == [("coverage-changed", "COV-1/2")]
    sent = [m for m in await stores.sent() if m.topic == REVIEW_TASKS and b"coverage-changed" in m.value]
    assert [ReopeningRaised.model_validate_json(m.value).data.claim_id for m in sent] == [desk.claim_id]
    assert await stores.rows(DECIDED) == [("denied", "eligibility.after_termination")], "nothing is decided by it"


LOST = {
    "ended before the service": {"ends": SERVICE_DATE},
    "began after the service": {"starts": SERVICE_DATE + DAY},
    "voided": {"voided": True},
    "another plan": {"plan_id": "HUDSON-COMM"},
    "another person of the subscriber": {"birth_date": date(2011, 1, 1)},
    "another member": {"member_id": "SYN-000009"},
    "another payer pays first": {
        "other_coverage": (OtherCoverageV1(payer_id="SYN-P2", starts=date(2025, 1, 1), order=PayerOrder.PRIMARY),)
    },
}


@pytest.mark.parametrize("changed", LOST.values(), ids=LOST)
async def test_coverage_that_was_relied_on_and_changed_raises_the_paid_claim(
    stores: Stores, changed: dict[str, object]
) -> None:
    await paid(stores)
    await stores.feeds.apply_coverage([coverage(2, **changed)])
    assert await raised(stores) == [("coverage-changed", "COV-1/2")]


KEPT = {
    "the same again": {},
    "ended the day after the service": {"ends": SERVICE_DATE + DAY},
    "began on the day of the service": {"starts": SERVICE_DATE},
    "known later": {"determined_on": date(2025, 12, 1)},
}


@pytest.mark.parametrize("changed", KEPT.values(), ids=KEPT)
async def test_a_change_that_leaves_the_day_of_service_as_it_was_raises_nothing(
    stores: Stores, changed: dict[str, object]
) -> None:
    await paid(stores)
    await stores.feeds.apply_coverage([coverage(2, **changed)])
    other = a_coverage_change(1, coverage_id="COV-2").model_copy(update={"starts": SERVICE_DATE + DAY})
    await stores.feeds.apply_coverage([other])
    assert await raised(stores) == []


async def test_a_second_span_over_the_day_of_service_raises_the_claim(stores: Stores) -> None:
    await paid(stores)
    await stores.feeds.apply_coverage([a_coverage_change(1, coverage_id="COV-2")])
    assert await raised(stores) == [("coverage-changed", "COV-2/1")]


GONE = {
    "denied": (authorization(2, AuthorizationStatus.DENIED), True),
    "cancelled": (authorization(2, AuthorizationStatus.CANCELLED), True),
    "for another code": (authorization(2, code="72148"), True),
    "the same again": (authorization(2), False),
    "a range that holds the code": (
        authorization(2).model_copy(
            update={
                "services": (authorization().services[0].model_copy(update={"code": "72141", "code_through": "72158"}),)
            }
        ),
        False,
    ),
}


@pytest.mark.parametrize(("change", "asks"), GONE.values(), ids=GONE)
async def test_an_approval_withdrawn_after_payment_raises_the_claim(
    stores: Stores, change: AuthorizationChangedV1, *, asks: bool
) -> None:
    await paid(stores)
    await stores.feeds.apply_authorizations([change])
    assert await raised(stores) == ([("authorization-withdrawn", "AUTH-1/2")] if asks else [])
    assert [disposition for disposition, _ in await stores.rows(DECIDED)] == ["approved"], "nothing is taken back by it"
