"""A worker is killed with kill -9 while people's decisions are under way: each has one effect, and none is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from adjudication.model.vocabulary import ClaimId
from adjudication.people import Role, StaffMember
from console.ports import NotWaitingError, UnansweredError
from contracts.ids import review_workflow_id
from runtime.console.review_updates import TemporalReviewUpdates
from storage.audit import trail
from storage.review.actions import ReviewActionStore
from streams.temporal import TemporalStarter
from tests.builders.ledger.desks import DENIES, STAFF, decision
from tests.builders.ledger.ledgers import Stores, ids
from tests.builders.ledger.staff import put_people
from tests.builders.ledger.submissions import a_coverage_change, a_submission
from tests.builders.streams.running import Child
from tests.builders.workflows.running import small_history_server

pytestmark = [pytest.mark.servers, pytest.mark.resilience, pytest.mark.timeout(300)]

PROCESS = "tests.builders.resilience.review_worker"
CLAIMS = 3


async def until(child: Child, word: str, times: int = 1) -> None:
    async with asyncio.timeout(90):
        while child.wrote(word) < times:  # noqa: ASYNC110 - another process writes
            await asyncio.sleep(0.1)


class Desk:
    """A person at a screen: submits an action, sends it, and sends it again as long as no person answers."""

    def __init__(self, engine: AsyncEngine, client: Client) -> None:
        self.store, self.reviews = ReviewActionStore(engine), TemporalReviewUpdates(client)

    async def do(self, claim: ClaimId, **content: Any) -> str:
        action = str(uuid4())
        await self.store.submit(
            action, claim, StaffMember("SYN-physician", frozenset({Role.PHYSICIAN})), orjson.dumps(content)
        )
        async with asyncio.timeout(120):
            while True:
                try:
                    return (await self.reviews.act(claim, action)).code or "ok"
                except (UnansweredError, NotWaitingError):  # a pend is committed a moment before its review begins
                    await asyncio.sleep(0.5)


async def determined(client: Client, claims: Iterable[ClaimId]) -> None:
    async with asyncio.timeout(120):
        for claim in claims:
            await client.get_workflow_handle(review_workflow_id(claim)).result()


async def test_decisions_under_way_when_the_worker_is_killed_have_one_effect_each(
    stores: Stores, database: str, tmp_path: Path
) -> None:
    await put_people(stores.engine, STAFF)
    # Of different members: a component whose sibling was denied a moment before may be denied for that, without a signature.
    members = [f"SYN-20000{n}" for n in range(CLAIMS)]
    spans = [
        a_coverage_change(coverage_id=f"COV-{member}").model_copy(update={"member_id": member}) for member in members
    ]
    await stores.feeds.apply_coverage(spans)
    submissions = [a_submission(f"C-{member}", "0609T", member=member, offset=n) for n, member in enumerate(members)]
    batch, stored = await stores.accept(*submissions)
    claims = ids(stored)
    async with small_history_server() as environment:
        client, address = environment.client, environment.client.service_client.config.target_host
        desk = Desk(stores.engine, client)
        with Child(PROCESS, address, database, "stuck", log=tmp_path / "killed.log") as doomed:
            await until(doomed, "ready")
            await TemporalStarter(client).start(batch)
            async with asyncio.timeout(60):
                while len(await stores.rows("SELECT DISTINCT claim_id FROM pends")) < CLAIMS:  # noqa: ASYNC110 - the worker writes
                    await asyncio.sleep(0.2)
            assert [await desk.do(claim, action="take") for claim in claims] == ["ok"] * CLAIMS
            under_way = [asyncio.create_task(desk.do(claim, **decision(1, **DENIES))) for claim in claims]
            await until(doomed, "committed", CLAIMS)
            doomed.kill()
        with Child(PROCESS, address, database, log=tmp_path / "next.log") as following:
            await until(following, "ready")
            assert await asyncio.gather(*under_way) == ["ok"] * CLAIMS
            await determined(client, claims)
    shown = "SELECT count(*), count(DISTINCT action_id) FROM audit_trail WHERE content->>'action' = 'decide'"
    assert await stores.rows(shown) == [(CLAIMS, CLAIMS)]
    assert await stores.rows("SELECT count(*) FROM settlements") == [(CLAIMS,)]
    signed = "SELECT disposition, count(*) FROM determination_lines WHERE signature_id IS NOT NULL GROUP BY 1"
    assert await stores.rows(signed) == [("denied", CLAIMS)]
    assert await stores.broken() == []
    assert [words async for words in trail.broken(stores.engine)] == []
