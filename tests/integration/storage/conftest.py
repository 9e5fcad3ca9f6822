"""A database for each module, emptied before each test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.model.reference import ReferenceData
from rulebook.library import default_policies_dir, load_reference
from storage.engine import create_engine
from tests.builders.ledger.ledgers import Stores
from tests.builders.servers.postgres import PostgresServer, running_postgres

# Every table there is; the triggers stand aside, since the audit trail refuses to be emptied. Most tables are empty
# already: to delete their rows costs a tenth of truncating them, which makes new files for each.
_EMPTY = """
    SET session_replication_role = replica;
    DO $$ DECLARE held text; BEGIN
        FOR held IN SELECT quote_ident(tablename) FROM pg_tables
                    WHERE schemaname = 'public' AND tablename NOT LIKE 'alembic%' LOOP
            EXECUTE 'DELETE FROM ' || held;
        END LOOP;
        PERFORM setval(format('%I.%I', schemaname, sequencename), start_value, false)
        FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL;
    END $$;
"""


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    with running_postgres() as running:
        yield running


@pytest.fixture(scope="session")
def reference() -> ReferenceData:
    return load_reference(default_policies_dir())


@pytest.fixture(scope="module")
def database(server: PostgresServer) -> str:
    """DSN of the module's own database."""
    return server.migrated_database()


@pytest.fixture
async def engine(database: str) -> AsyncIterator[AsyncEngine]:
    """A pool on an empty ledger."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(_EMPTY)
    pool = create_engine(database, pool_size=6)
    yield pool
    await pool.dispose()


@pytest.fixture
def stores(engine: AsyncEngine, database: str, reference: ReferenceData) -> Stores:
    """Every adapter over one pool."""
    return Stores.over(engine, database, reference)
