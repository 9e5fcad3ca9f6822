"""What the feeds of a running pipeline have stored, so that a claim is sent after the coverage it needs."""

from __future__ import annotations

import asyncio
import time

from sqlalchemy import text

from runtime import wiring
from runtime.settings import Settings
from tests.builders.pipeline.pipeline import MAX_WAIT

_TABLES = ("coverage", "authorizations", "providers", "documents")
_ROWS = "SELECT " + " + ".join(f"(SELECT count(*) FROM {table})" for table in _TABLES)


def feed_rows(settings: Settings) -> int:
    """Count the stored coverages, authorizations, providers and documents."""

    async def counted() -> int:
        engine = wiring.database(settings)
        async with engine.connect() as connection:
            found = await connection.scalar(text(_ROWS))
        await engine.dispose()
        return int(found or 0)

    return asyncio.run(counted())


def await_feeds(settings: Settings, rows: int) -> None:
    """Return once at least so many rows are stored."""
    deadline = time.monotonic() + MAX_WAIT
    while (stored := feed_rows(settings)) < rows:
        assert time.monotonic() < deadline, f"the feeds stored {stored} of {rows} rows in {MAX_WAIT:.0f} seconds"
        time.sleep(0.3)
