"""Removes outbox rows that were published long ago; the digests that `verify` needs stay, in the same transaction.

A row without `published_at` is never touched, so nothing that is still to be sent can be lost here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.outbox.digests import pack
from storage.outbox.queue import unpack

MOST_ROWS: Final = 64
MOST_MESSAGES: Final = 1_000
"""The most messages that one batch removes: a few megabytes, read in milliseconds while the publisher runs."""

# Only the oldest rows are looked at, by the primary key: rows are published in this order, so whatever comes after them
# is younger, and no index on the time is needed, which every mark as published would have to update.
_REMOVE: Final = text("""
    DELETE FROM outbox WHERE entry_id IN (
        SELECT entry_id FROM (
            SELECT entry_id, published_at, sum(size) OVER (ORDER BY entry_id) - size AS before
            FROM (SELECT entry_id, published_at, size FROM outbox ORDER BY entry_id LIMIT :rows) first) oldest
        WHERE published_at < now() - CAST(:keep AS interval) AND before < :messages)
    RETURNING entry_id, messages
""")
_KEEP: Final = text("INSERT INTO outbox_digests (last_entry, digests) VALUES (:last, :digests)")


class PostgresOutboxRetention:
    """Removes a batch at a time."""

    def __init__(self, engine: AsyncEngine, keep: timedelta) -> None:
        """Use a pool; keep rows for a time after they were published."""
        self._engine, self._keep = engine, keep

    async def remove_some(self) -> int:
        """Remove the oldest rows past their retention, a few at a time; return how many.

        Another process that does this at the same time waits for the rows and then finds them removed.
        """
        values = {"rows": MOST_ROWS, "messages": MOST_MESSAGES, "keep": self._keep}
        async with self._engine.begin() as connection:
            rows = (await connection.execute(_REMOVE, values)).all()
            if rows:
                digests = await asyncio.to_thread(_digests, rows)
                await connection.execute(_KEEP, {"last": max(row.entry_id for row in rows), "digests": digests})
        return len(rows)


def _digests(rows: Sequence[Any]) -> bytes:
    in_order = sorted(rows, key=lambda row: row.entry_id)
    return b"".join(pack(unpack(row.messages)) for row in in_order)
