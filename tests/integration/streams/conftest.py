"""A database for each stream test: streams write from several tasks at once, so that none is shared."""

from __future__ import annotations

import pytest

from tests.builders.servers.postgres import PostgresServer


@pytest.fixture
def database(postgres: PostgresServer) -> str:
    """DSN of the test's own database, on the current schema."""
    return postgres.migrated_database()
