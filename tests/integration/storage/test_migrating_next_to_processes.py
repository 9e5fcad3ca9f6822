"""`claimwright migrate` while processes are at work: it waits for them, and they hardly for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import psycopg
import pytest
from sqlalchemy import make_url

from storage.migrate import behind, migrate
from storage.privileges.roles import OWNER
from tests.builders.servers.postgres import PostgresServer

pytestmark = pytest.mark.servers
BEFORE_CLAIMS_CHANGED = "0039"
"""The migration after it alters the table of claims."""
READS = 40


@pytest.fixture
def owner(postgres: PostgresServer) -> str:
    """A ledger that lacks the newest migrations."""
    dsn = postgres.as_role(postgres.migrated_database(), OWNER)
    migrate(dsn, BEFORE_CLAIMS_CHANGED, down=True)
    return dsn


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as running:
        yield running


def connect(dsn: str) -> psycopg.Connection[tuple[int]]:
    plain = make_url(dsn).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True, options="-c statement_timeout=60000")


def read_until(dsn: str, done: Future[None], seen: threading.Event) -> int:
    """Read claims as processes do, until the migration is over; say how often that worked meanwhile."""
    reads = 0
    with connect(dsn) as connection:
        while not done.done():
            connection.execute("SELECT count(*) FROM claims")
            reads += 1
            if reads >= READS:
                seen.set()
    return reads


def test_a_long_transaction_holds_up_the_migration_and_no_other_person(owner: str, pool: ThreadPoolExecutor) -> None:
    missing = behind(owner)
    assert missing > 0
    seen = threading.Event()
    with connect(owner) as long, long.transaction():
        long.execute("SELECT count(*) FROM claims")
        migrating = pool.submit(migrate, owner)
        reading = pool.submit(read_until, owner, migrating, seen)
        # The migration's turn to wait comes within these reads: each of its tries lasts far longer than one.
        assert seen.wait(240)
        while not waited(owner) and not migrating.done():
            pass
        before = reading.running()
        assert before
        assert not migrating.done()
        assert behind(owner) == missing
    migrating.result(timeout=240)
    assert reading.result(timeout=60) >= READS
    assert behind(owner) == 0


def waited(dsn: str) -> bool:
    """Whether some statement waits for a lock of a table now."""
    with connect(dsn) as connection:
        found = connection.execute("SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'relation'").fetchone()
    return found is not None


def test_several_that_migrate_at_once_wait_for_each_other(owner: str, pool: ThreadPoolExecutor) -> None:
    for each in [pool.submit(migrate, owner) for _ in range(3)]:
        each.result(timeout=240)
    assert behind(owner) == 0


def test_a_ledger_without_tables_lacks_every_migration(postgres: PostgresServer) -> None:
    empty = postgres.empty_database()
    missing = behind(empty)
    migrate(empty)
    assert missing > 40
    assert behind(empty) == 0
