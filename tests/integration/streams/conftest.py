"""One broker for the session's stream tests, and one PostgreSQL for those whose point it is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.engine import create_engine
from tests.builders.servers.kafka import KafkaServer, running_kafka
from tests.builders.servers.postgres import PostgresServer, running_postgres


@pytest.fixture(scope="session")
def kafka() -> Iterator[KafkaServer]:
    with running_kafka() as running:
        yield running


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with running_postgres() as running:
        yield running


@pytest.fixture
def dsn(postgres: PostgresServer) -> str:
    """A migrated database of the test's own."""
    return postgres.migrated_database()


@pytest.fixture
async def engine(dsn: str) -> AsyncIterator[AsyncEngine]:
    pool = create_engine(dsn, pool_size=6)
    yield pool
    await pool.dispose()
