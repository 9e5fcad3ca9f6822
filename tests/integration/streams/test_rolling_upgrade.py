"""One version replaces another as docs/operations/upgrade.md says, while claims come in: both are at work next to each other.

Here both have the code of this tree and differ by their name only. `make test-upgrade BASE=revision` takes the version before from a revision.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from adjudication.model.vocabulary import ClaimId
from benchmarks.guard import other_tree
from benchmarks.load import coverage_events, straight_through_claims
from contracts.events.topics import COVERAGE_CHANGED
from contracts.ids import adjudication_workflow_id, review_workflow_id
from runtime import wiring
from runtime.clients.worker_versions import promote
from runtime.errors import StackError
from runtime.settings import REPOSITORY, Settings
from storage.engine import create_engine
from storage.invariants.ledger import violations
from storage.migrate import migrate
from storage.privileges.roles import OWNER, DatabaseRole
from streams.temporal import TemporalResumer
from tests.builders.servers.environment import Flow, Keyed, own_settings
from tests.builders.servers.kafka import KafkaServer, eventually
from tests.builders.servers.postgres import PostgresServer
from tests.builders.servers.processes import Process, Processes
from tests.builders.servers.temporal import running_temporal

pytestmark = [pytest.mark.servers, pytest.mark.timeout(900)]
NAME, BEFORE, AFTER = "claimwright-upgrade", "before", "after"
MEMBERS, LATE = 200, 6
"""`LATE`: members whose coverage comes after the upgrade, so that the version before pends their claims and the next decides them."""


@pytest.fixture(scope="module")
def place_before() -> Iterator[Path]:
    """The tree of the version before: this one, or a revision in a separate folder."""
    base = os.environ.get("UPGRADE_BASE")
    if base is None:
        yield REPOSITORY
    else:
        with other_tree(base, lambda name, what: print(f"{name}: {what}", file=sys.stderr)) as tree:
            yield tree


class Site:
    """One environment, whose processes connect in their roles, and the two versions of its processes."""

    def __init__(
        self, place_before: Path, processes: Processes, client: Client, engine: AsyncEngine, owner: str
    ) -> None:
        self._place, self.processes, self.client = place_before, processes, client
        self.engine, self.owner = engine, owner

    async def start(self, version: str, *names: str) -> None:
        place = self._place if version == BEFORE else REPOSITORY
        settings = {"CLAIMWRIGHT_TEMPORAL_DEPLOYMENT": NAME, "CLAIMWRIGHT_TEMPORAL_BUILD_ID": version}
        await asyncio.to_thread(lambda: self.processes.start(*names, place=place, **settings))

    async def end_the_first(self, name: str) -> None:
        """End the process of the version before, which lets it finish what it has in hand."""
        assert await asyncio.to_thread(self.processes.of(name)[0].end) == 0

    async def rows(self, query: str) -> list[str]:
        """The first column of a query of the ledger, as text."""
        async with self.engine.connect() as connection:
            return [str(value) for value in (await connection.scalars(text(query))).all()]

    async def ran_on(self, workflow_ids: Iterable[str]) -> Sequence[str]:
        """The version on which each workflow ran last; empty for one that has not run yet."""
        return [await self._ran_on(each) for each in workflow_ids]

    async def _ran_on(self, workflow_id: str) -> str:
        try:
            found = await self.client.get_workflow_handle(workflow_id).describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:  # registered, and about to be started
                return ""
            raise
        build: str = found.raw_description.workflow_execution_info.versioning_info.deployment_version.build_id
        return build

    async def reviews_ran_on(self) -> Sequence[str]:
        pended = await self.rows("SELECT DISTINCT claim_id FROM pends")
        return await self.ran_on(review_workflow_id(ClaimId(claim)) for claim in pended)

    async def batches_ran_on(self, which: str = "") -> set[str]:
        batches = await self.rows(f"SELECT batch_id FROM batches {which}")
        return set(await self.ran_on(adjudication_workflow_id(batch) for batch in batches))

    async def wake_reviews(self) -> None:
        pended = [ClaimId(claim) for claim in await self.rows("SELECT DISTINCT claim_id FROM pends")]
        await TemporalResumer(self.client).resume_waiting(pended, "document-received")


@pytest.fixture
async def site(kafka: KafkaServer, postgres: PostgresServer, place_before: Path, tmp_path: Path) -> AsyncIterator[Site]:
    """A ledger on the schema of the version before; no process runs yet."""
    with running_temporal() as temporal:
        if place_before == REPOSITORY:
            dsn = postgres.migrated_database()
            owner = postgres.as_role(dsn, OWNER)
        else:
            owner = dsn = postgres.empty_database()
        dsns = {role.value: postgres.as_role(dsn, role.database_name) for role in DatabaseRole}
        settings = {**await own_settings(kafka, temporal, dsn), "CLAIMWRIGHT_POSTGRES_DSNS": json.dumps(dsns)}
        engine = create_engine(dsn, pool_size=1)
        with Processes(tmp_path, settings) as processes:
            if place_before != REPOSITORY:
                processes.command("migrate", place=place_before, CLAIMWRIGHT_POSTGRES_OWNER_DSN=owner)
            ours = Settings(
                temporal_address=temporal,
                temporal_task_queue=settings["CLAIMWRIGHT_TEMPORAL_TASK_QUEUE"],
                payload_keys_file=tmp_path / "payload.key",
            )
            yield Site(place_before, processes, await wiring.temporal(ours), engine, owner)
        await engine.dispose()


async def test_nothing_is_lost_or_decided_twice_while_one_version_replaces_another(
    kafka: KafkaServer, site: Site
) -> None:
    flow, over = await Flow.begin(kafka), asyncio.Event()
    coverage = [value for _, value in coverage_events(MEMBERS + LATE)]
    await site.start(BEFORE, "publisher", "streams", "worker")
    await kafka.send(COVERAGE_CHANGED, coverage[:MEMBERS])
    await eventually(lambda: promoted(site.client, BEFORE), "the worker of the version before does not poll")
    await eventually(lambda: holds(site, "SELECT 1 FROM coverage", MEMBERS), "the coverage is not stored")
    await site.start(BEFORE, "intake")
    await flow.send(list(straight_through_claims(LATE, 7, LATE, first=MEMBERS)))
    await eventually(lambda: holds(site, "SELECT DISTINCT claim_id FROM pends", LATE), "the late claims do not pend")
    await site.wake_reviews()
    await eventually(lambda: ran(site, BEFORE), "the version before does not begin the reviews")
    load = asyncio.create_task(sent_until(over, flow, list(straight_through_claims(5000, 8, MEMBERS))))
    await asyncio.to_thread(migrate, site.owner)
    await site.start(AFTER, "publisher")
    await site.end_the_first("publisher")
    await site.start(AFTER, "intake", "streams", "worker")
    await both_take_part(site.processes.of("intake"))
    await eventually(lambda: promoted(site.client, AFTER), "the worker of the next version does not poll")
    for name in ("intake", "streams"):
        await site.end_the_first(name)
    await kafka.send(COVERAGE_CHANGED, coverage[MEMBERS:])
    await eventually(lambda: ran(site, AFTER), "the reviews do not go on with the next version")
    await eventually(lambda: drained(site), "a batch of the version before does not end")
    await site.end_the_first("worker")
    assert not load.done(), "the claims ended before the upgrade did"
    over.set()
    await load
    await flow.everything_is_decided()
    await flow.assert_once_and_in_order()
    assert await site.batches_ran_on() == {BEFORE, AFTER}
    assert [each.invariant for each in await violations(site.engine)] == []


async def promoted(client: Client, version: str) -> bool:
    """Temporal knows a version a moment after its worker is ready."""
    try:
        await promote(client, NAME, version)
    except StackError:
        return False
    return True


async def holds(site: Site, query: str, rows: int) -> bool:
    return len(await site.rows(query)) == rows


async def ran(site: Site, version: str) -> bool:
    return await site.reviews_ran_on() == [version] * LATE


async def drained(site: Site) -> bool:
    return BEFORE not in await site.batches_ran_on("WHERE finished_at IS NULL")


async def sent_until(over: asyncio.Event, flow: Flow, claims: Keyed) -> None:
    """Send claims one after the other, some fifteen per second, until the upgrade is over."""
    for claim in claims:
        await flow.send([claim])
        if over.is_set():
            return
        await asyncio.sleep(0.05)


async def both_take_part(intakes: Sequence[Process]) -> None:
    """Return once the intakes of both versions have started batches since now."""
    name = "claimwright_batches_started_total"
    before = [each.metric(name) for each in intakes]
    await eventually(
        lambda: all(each.metric(name) > known for each, known in zip(intakes, before, strict=True)),
        "the two intakes do not share the claims",
    )
