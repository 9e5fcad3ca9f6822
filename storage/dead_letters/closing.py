"""Closing dead letters without a replay, with a written reason; and removing the content of replayed and closed ones at the end of their retention."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.records.dead_letters import Acting
from storage.dead_letters.locking import LOCKED, record

MOST_AT_ONCE: Final = 50
"""The most dead letters whose content is removed at once; one may be as large as its topic allows."""

_CLOSE: Final = text("""
    UPDATE dead_letters SET closed_at = now(), closed_by = :by, closed_because = :reason,
        closed_with = CAST(:bulk AS uuid)
    WHERE letter_id = ANY(CAST(:letters AS uuid[]))
""")
# The content of a queued replay stays until it was sent.
_REMOVE: Final = text("""
    UPDATE dead_letters SET key = NULL, value = NULL, headers = NULL, removed_at = now() WHERE letter_id IN (
        SELECT l.letter_id FROM dead_letters l LEFT JOIN dead_letter_replays r USING (letter_id)
        WHERE l.removed_at IS NULL AND coalesce(l.replayed_at, l.closed_at) < now() - CAST(:keep AS interval)
        AND (l.closed_at IS NOT NULL OR r.sent_at IS NOT NULL)
        ORDER BY coalesce(l.replayed_at, l.closed_at) LIMIT :most FOR UPDATE OF l SKIP LOCKED)
""")


async def close_many(
    connection: AsyncConnection, letter_ids: Sequence[str], who: Acting, reason: str, bulk_id: str | None
) -> int:
    """Close those of the letters that are open, within the caller's transaction; return how many."""
    rows = (await connection.execute(LOCKED, {"letters": [UUID(one) for one in letter_ids]})).all()
    due = [row.letter_id for row in rows if row.replayed_at is None and row.closed_at is None]
    if not due:
        return 0
    values = {"letters": [UUID(one) for one in due], "by": who.person_id, "reason": reason, "bulk": bulk_id}
    await connection.execute(_CLOSE, values)
    content: dict[str, Any] = {"action": "closed", "reason": reason} | ({} if bulk_id is None else {"bulk": bulk_id})
    for letter_id in due:
        await record(connection, f"letter/{letter_id}", who, content)
    return len(due)


class DeadLetterRetention:
    """Removes the content of replayed and closed letters; the rows with the reason and the end stay."""

    def __init__(self, engine: AsyncEngine, keep: timedelta) -> None:
        """Use a pool; keep content for a time after a letter was replayed or closed."""
        self._engine, self._keep = engine, keep

    async def remove_some(self) -> int:
        """Remove the content of a few letters; return of how many."""
        async with self._engine.begin() as connection:
            done = await connection.execute(_REMOVE, {"keep": self._keep, "most": MOST_AT_ONCE})
        return int(done.rowcount)
