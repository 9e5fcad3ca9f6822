"""A publisher killed between sending, marking and removing: nothing is lost, and `verify` stays a real check.

The database holds the process still at the moment in question, by a lock the test has; the process itself is the product's.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.events.topics import DETERMINATIONS
from rulebook.library import default_policies_dir, load_reference
from storage.invariants.ledger import violations
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.submissions import a_submission
from tests.builders.servers.kafka import KafkaServer, eventually
from tests.builders.streams.running import Child

pytestmark = pytest.mark.servers
CLAIMS = 4


class Bench:
    """A ledger of decided claims whose events wait in the outbox, and publishers that can be killed."""

    def __init__(self, kafka: KafkaServer, engine: AsyncEngine, dsn: str, log: Path) -> None:
        self.kafka, self.engine, self.dsn, self.log = kafka, engine, dsn, log
        self.stores = Stores.over(engine, dsn, load_reference(default_policies_dir()))

    async def decide_claims(self) -> None:
        for number in range(CLAIMS):
            batch, [one] = await self.stores.accept(a_submission(f"C{number}"))
            await self.stores.decisions.commit(batch.batch_id, [self.stores.determined(one)])

    def publisher(self) -> Child:
        module = "tests.builders.streams.whole_publisher_process"
        return Child(module, self.kafka.bootstrap, self.dsn, log=self.log)

    @asynccontextmanager
    async def held_at(self, lock: str, statement: str) -> AsyncIterator[None]:
        """Run a publisher until it stands before a lock with a statement; kill it there."""
        async with self.engine.connect() as holder:
            await holder.execute(text(lock))
            with self.publisher() as child:

                async def stands() -> bool:
                    child.wrote("")
                    return await self._waiting(statement) > 0

                await eventually(stands, f"no publisher came to {statement}")
                yield
                child.kill()

    async def _waiting(self, statement: str) -> int:
        [(count,)] = await self.stores.rows(
            """SELECT count(*) FROM pg_stat_activity
               WHERE wait_event_type = 'Lock' AND datname = current_database() AND query LIKE :statement""",
            statement=f"%{statement}%",
        )
        return int(count)

    async def count(self, query: str) -> int:
        [(count,)] = await self.stores.rows(query)
        return int(count)

    async def everything_is_removed(self) -> None:
        with self.publisher() as child:

            async def nothing_left() -> bool:
                child.wrote("")
                return await self.count("SELECT count(*) FROM outbox") == 0

            await eventually(nothing_left, "rows that were published stay")
            assert child.terminate() in {0, -15}


@pytest.fixture
def bench(kafka: KafkaServer, engine: AsyncEngine, database: str, tmp_path: Path) -> Bench:
    return Bench(kafka, engine, database, tmp_path / "log")


async def test_killed_between_publishing_and_marking_nothing_is_removed_and_all_is_sent_again(bench: Bench) -> None:
    since = await bench.kafka.ends(DETERMINATIONS)
    await bench.decide_claims()
    rows = await bench.count("SELECT count(*) FROM outbox")
    async with bench.held_at("SELECT 1 FROM outbox FOR UPDATE", "UPDATE outbox"):
        first = await bench.kafka.read(DETERMINATIONS, since, CLAIMS)
    assert await bench.count("SELECT count(*) FROM outbox WHERE published_at IS NULL") == rows
    assert await bench.count("SELECT count(*) FROM outbox_digests") == 0
    await bench.everything_is_removed()
    both = await bench.kafka.read(DETERMINATIONS, since, 2 * CLAIMS)
    assert {(each.key, each.value) for each in both} == {(each.key, each.value) for each in first}
    assert await violations(bench.engine) == []


async def test_killed_between_removing_and_committing_the_rows_are_still_there_and_go_later(bench: Bench) -> None:
    since = await bench.kafka.ends(DETERMINATIONS)
    await bench.decide_claims()
    async with bench.held_at("LOCK TABLE outbox_digests IN SHARE MODE", "INSERT INTO outbox_digests"):
        assert await bench.count("SELECT count(*) FROM outbox WHERE published_at IS NOT NULL") > 0
    assert await bench.count("SELECT count(*) FROM outbox WHERE published_at IS NOT NULL") > 0
    assert await bench.count("SELECT count(*) FROM outbox_digests") == 0
    assert await violations(bench.engine) == []
    await bench.everything_is_removed()
    assert await violations(bench.engine) == []
    assert len(await bench.kafka.read(DETERMINATIONS, since, CLAIMS)) == CLAIMS


async def test_a_removed_determination_that_no_person_kept_a_digest_of_is_named(bench: Bench) -> None:
    """The check is real on a ledger that lived through the whole way: without what was kept, it fails."""
    await bench.decide_claims()
    await bench.everything_is_removed()
    assert await violations(bench.engine) == []
    await bench.stores.execute("DELETE FROM outbox_digests WHERE block_id = (SELECT max(block_id) FROM outbox_digests)")
    [found] = await violations(bench.engine)
    assert found.invariant == "a determination is in the outbox once, byte for byte"
