"""A database for each module of letters: some replace the function that says since when mailing is recorded."""

from __future__ import annotations

import pytest

from tests.builders.servers.postgres import PostgresServer


@pytest.fixture(scope="module")
def database(postgres: PostgresServer) -> str:
    """DSN of the module's own database."""
    return postgres.migrated_database()
