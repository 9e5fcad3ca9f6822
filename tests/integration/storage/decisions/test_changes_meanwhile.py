"""What feeds commit while a claim is decided: the claim is reopened or tried again, also if its worker was killed after the commit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from sqlalchemy import text

from adjudication.model.authorizations import AuthorizationStatus
from adjudication.model.vocabulary import ReleaseEvent
from contracts.events.documents import DocumentReceivedV1
from contracts.events.feeds import AuthorizationChangedV1
from contracts.ids import batch_id
from contracts.records.decisions import Awaited
from contracts.records.reconciliation import Missing, Work
from contracts.workflow_messages.claims import STEP_ORDER, ClaimBatch
from contracts.workflow_messages.readjudication import Looked
from storage.decisions.commit import PostgresDecisions
from storage.decisions.reopenings import newest_reopenings
from storage.privileges.roles import DatabaseRole
from storage.readjudication.store import Readjudications
from storage.reconciliation.open_work import OpenWorkQueries
from tests.builders.ledger.desks import RATIONALE, Desk, a_desk
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.reopened import reopened
from tests.builders.ledger.roles import in_role
from tests.builders.ledger.submissions import a_coverage_change, a_submission, an_authorization_change
from tests.builders.roster import CENTER, a_provider_change

pytestmark = pytest.mark.servers
AUTHORIZED = "72158"
NOTES = "SELECT count(*) FROM decisions_to_compare"


class Case(NamedTuple):
    """A claim that is about to be decided, what a feed commits meanwhile, and the reopening that it must have."""

    about_to_be_decided: Callable[[Stores], Awaitable[Desk]]
    meanwhile: Callable[[Desk], Awaitable[object]]
    raised: tuple[str, str]


async def without_coverage(stores: Stores) -> Desk:
    ended = a_coverage_change().model_copy(update={"ends": date(2025, 2, 1)})
    return await a_desk(stores, a_submission("C1", "72148"), ended, adjudicated=False)


async def without_authorization(stores: Stores) -> Desk:
    submission = a_submission("C1", AUTHORIZED)
    return await a_desk(stores, submission, a_coverage_change(plan="HUDSON-MA"), adjudicated=False)


async def authorized(stores: Stores) -> Desk:
    await stores.feeds.apply_authorizations([authorization(1)])
    return await without_authorization(stores)


async def without_documents(stores: Stores) -> Desk:
    """A claim whose requested documents did not come in time; a physician signed its denial."""
    desk = await a_desk(stores, a_submission("C1"))
    desk.now += timedelta(days=46)
    await desk.takes("physician")
    signed = {"denies_as": "necessity.records_not_received", "criteria": ["S4-G01"], "rationale": RATIONALE}
    assert await desk.decides("physician", 1, "necessity.facts_missing", resolution="denies", **signed) == "ok"
    return desk


def authorization(version: int, status: AuthorizationStatus = AuthorizationStatus.APPROVED) -> AuthorizationChangedV1:
    change = an_authorization_change(version, code=AUTHORIZED, status=status)
    return change.model_copy(update={"plan_id": "HUDSON-MA"})


async def the_requested_document_comes(desk: Desk) -> object:
    [(kind,)] = await desk.stores.rows("SELECT min(kind) FROM document_requests")
    document = DocumentReceivedV1(
        document_id="SYN-DOC-1", version=1, submitter="SYNTHETIC", claim_control_number="C1", kind=kind
    )
    return await desk.stores.feeds.apply_documents([(document, desk.now)])


CASES = {
    "coverage is reinstated": Case(
        without_coverage,
        lambda desk: desk.stores.feeds.apply_coverage([a_coverage_change(2)]),
        ("coverage-changed", "COV-1/2"),
    ),
    "an authorization is approved": Case(
        without_authorization,
        lambda desk: desk.stores.feeds.apply_authorizations([authorization(1)]),
        ("late-authorization", "AUTH-1/1"),
    ),
    "an authorization is withdrawn": Case(
        authorized,
        lambda desk: desk.stores.feeds.apply_authorizations([authorization(2, AuthorizationStatus.CANCELLED)]),
        ("authorization-withdrawn", "AUTH-1/2"),
    ),
    "a contract ended long ago": Case(
        authorized,
        lambda desk: desk.stores.feeds.apply_providers([a_provider_change(2)]),
        ("provider-changed", f"{CENTER}/2"),
    ),
    "a requested document comes": Case(without_documents, the_requested_document_comes, ("late-document", "SYN-DOC-1")),
}


async def decide(desk: Desk, meanwhile: Callable[[Desk], Awaitable[object]] | None = None) -> None:
    """Run the steps of one try, with `meanwhile` between the reading of the claim and the commit of its decision."""
    desk.rounds += 1
    batch = ClaimBatch(batch_id((desk.claim_id,)), [desk.claim_id], desk.rounds)
    for step in STEP_ORDER:
        if step == STEP_ORDER[-1] and meanwhile is not None:
            await meanwhile(desk)
        await desk.run(step, batch)


async def raised(stores: Stores) -> list[tuple[str, str]]:
    return [(each.reason.value, each.cause) for each in await newest_reopenings(stores.engine, 10)]


async def reconciled(stores: Stores) -> Missing:
    """Compare in the role of the reconciler what is left an hour later."""
    open_work = OpenWorkQueries(in_role(stores.engine, DatabaseRole.RECONCILER), stores.reference)
    return await open_work.missed_changes(datetime.now(UTC) + timedelta(hours=1))


def kill_after_commit(patched: pytest.MonkeyPatch) -> None:
    """Let workers end before they compare what they committed."""

    async def killed(*_: object) -> None:
        raise ConnectionError

    patched.setattr(PostgresDecisions, "compare", killed)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_what_a_feed_committed_while_a_claim_was_decided_reopens_it(stores: Stores, case: Case) -> None:
    desk = await case.about_to_be_decided(stores)
    await decide(desk, case.meanwhile)
    assert await raised(stores) == [case.raised]
    assert await stores.rows(NOTES) == [(0,)]
    assert await reconciled(stores) == Missing(Work.MISSED_CHANGES, 0)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_a_worker_that_is_killed_after_its_commit_leaves_no_claim_without_its_reopening(
    stores: Stores, case: Case
) -> None:
    """Temporal tries the step again, which finds the claim decided: only the reconciler knows what is left to compare."""
    desk = await case.about_to_be_decided(stores)
    with pytest.MonkeyPatch.context() as patched:
        kill_after_commit(patched)
        with pytest.raises(Exception, match="publish"):
            await decide(desk, case.meanwhile)
    await decide(desk)
    assert await raised(stores) == []
    assert await stores.rows("SELECT count(*) FROM determinations") == [(1,)]
    found = await reconciled(stores)
    assert (found.open, found.missing, found.started) == (1, 1, 1)
    assert await raised(stores) == [case.raised]
    assert (await reconciled(stores)).open == 0
    assert await stores.broken() == []


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_a_claim_that_read_the_change_is_not_reopened_for_it(stores: Stores, case: Case) -> None:
    desk = await case.about_to_be_decided(stores)
    await case.meanwhile(desk)
    await decide(desk)
    assert await raised(stores) == []
    assert await stores.rows(NOTES) == [(0,)]


async def test_the_reconciler_leaves_young_decisions_to_their_worker(stores: Stores) -> None:
    with pytest.MonkeyPatch.context() as patched:
        kill_after_commit(patched)
        with pytest.raises(Exception, match="publish"):
            await decide(await without_coverage(stores))
    open_work = OpenWorkQueries(stores.engine, stores.reference)
    assert (await open_work.missed_changes(datetime.now(UTC) - timedelta(minutes=1))).open == 0
    assert await stores.rows(NOTES) == [(1,)]


@pytest.mark.parametrize("committed", ["after the reading", "before the reading"])
async def test_a_feed_that_was_stopped_in_its_transaction_for_minutes_releases_the_claim(
    stores: Stores, committed: str
) -> None:
    """The row carries the time at which the transaction began. What the claim has read is no news, however young it is."""
    await stores.feeds.apply_coverage([a_coverage_change()])
    batch, [early] = await stores.accept(a_submission("C1"))
    async with stores.engine.begin() as feed:
        await feed.execute(text("UPDATE coverage SET version = 2, changed_at = now() - interval '3 minutes'"))
        [stored] = (await stores.claims.load([early.claim.claim_id])).values()
    if committed == "before the reading":
        await stores.execute("UPDATE coverage SET changed_at = now()")
        [stored] = (await stores.claims.load([early.claim.claim_id])).values()
    await stores.decisions.commit(batch.batch_id, [replace(stores.pended(stored, "P-ELIG"), stored=stored)])
    assert stored.read_at is not None
    events = frozenset({ReleaseEvent.COVERAGE_CHANGED})
    awaited = Awaited(stored.claim.claim_id, events, stored.read_at, stored.snapshot)
    expected = {stored.claim.claim_id} if committed == "after the reading" else set()
    assert await stores.decisions.changed_since([awaited]) == expected


async def test_what_a_feed_committed_while_a_reopening_ended_without_change_reopens_the_claim_again(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a reopening is open, feeds raise no second one for the same reason; it was adjudicated again by what was read before."""
    desk = await without_authorization(stores)
    await decide(desk)
    found = await reopened(desk)
    await stores.feeds.apply_authorizations([authorization(1)])
    await stores.feeds.apply_authorizations([authorization(2, AuthorizationStatus.CANCELLED)])
    keep = Readjudications.keep

    async def approved_meanwhile(*given: Any) -> Looked:
        await stores.feeds.apply_authorizations([authorization(3)])
        return await keep(*given)

    monkeypatch.setattr(Readjudications, "keep", approved_meanwhile)
    assert (await found.look()).result == "no-change"
    assert await raised(stores) == []
    assert (await reconciled(stores)).started == 1
    assert await raised(stores) == [("late-authorization", "AUTH-1/3")]
