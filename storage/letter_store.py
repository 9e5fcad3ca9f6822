"""What people do with dead letters: open one, send one back. Each is in the audit trail or did not happen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.ids import name_based
from contracts.letter_reads import Acting, Original, Refused
from contracts.outgoing import ReplayedEvent
from contracts.topics import LARGEST_INCOMING
from storage import outbox
from storage.audit import Entry, append_locked

OVERHEAD: Final = 1024
"""Bytes around a record that count towards the topic's limit: one too large would hold back the whole outbox."""

_BYTES: Final = text("SELECT key, value FROM dead_letters WHERE letter_id = CAST(:letter AS uuid)")
# Locked in order of id, so that two who replay the same letters wait for each other instead of blocking.
_LETTERS: Final = text("""
    SELECT letter_id::text, topic, key, value, replayed_at FROM dead_letters
    WHERE letter_id = ANY(CAST(:letters AS uuid[])) ORDER BY letter_id FOR UPDATE
""")
_REPLAY: Final = text("""
    INSERT INTO dead_letter_replays (letter_id, replay_id, asked_by, asked_at, bulk_id)
    VALUES (CAST(:letter AS uuid), CAST(:replay AS uuid), :by, :at, CAST(:bulk AS uuid))
""")
_REPLAYED: Final = text("UPDATE dead_letters SET replayed_at = now() WHERE letter_id = ANY(CAST(:letters AS uuid[]))")


class PostgresLetters:
    """Opens and replays."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use a pool."""
        self._engine = engine

    async def open(self, letter_id: str, who: Acting) -> Original | None:
        """Return a letter's original bytes, after it is written to the trail who looked; None: no such letter."""
        async with self._engine.begin() as connection:
            row = (await connection.execute(_BYTES, {"letter": UUID(letter_id)})).first()
            if row is not None:
                await _record(connection, f"view/letter/{letter_id}", who, {"action": "viewed"})
        return None if row is None else Original(_bytes(row.key), _bytes(row.value))

    async def replay(self, letter_id: str, who: Acting) -> Refused | None:
        """Send a letter's key and bytes to its topic again, as they came; say why not, or None when it is queued.

        A letter is replayed once: refused again it is another letter, and that one is replayed.
        """
        async with self._engine.begin() as connection:
            row = (await connection.execute(_LETTERS, {"letters": [UUID(letter_id)]})).first()
            if row is None:
                return Refused.UNKNOWN
            if row.replayed_at is not None:
                return Refused.REPLAYED
            if too_large(row):
                return Refused.TOO_LARGE
            await _send_back(connection, [row], who, None)
        return None


async def replay_many(connection: AsyncConnection, letter_ids: Sequence[str], who: Acting, bulk_id: str) -> int:
    """Send those of the letters back that nobody did yet, within the caller's transaction; return how many."""
    rows = (await connection.execute(_LETTERS, {"letters": [UUID(one) for one in letter_ids]})).all()
    due = [row for row in rows if row.replayed_at is None and not too_large(row)]
    if due:
        await _send_back(connection, due, who, bulk_id)
    return len(due)


def too_large(row: Any) -> bool:
    """Say whether the topic might not take a record again, with what travels around it."""
    return len(row.key or b"") + len(row.value or b"") + OVERHEAD > LARGEST_INCOMING


async def _send_back(connection: AsyncConnection, rows: Sequence[Any], who: Acting, bulk_id: str | None) -> None:
    """Queue the bytes, remember the replay and record it, all or nothing."""
    events = [ReplayedEvent(row.topic, _bytes(row.key), _replay_id(row), _bytes(row.value)) for row in rows]
    told = [
        {"letter": row.letter_id, "replay": _replay_id(row), "by": who.person_id, "at": who.at, "bulk": bulk_id}
        for row in rows
    ]
    await connection.execute(_REPLAY, told)
    await connection.execute(_REPLAYED, {"letters": [UUID(row.letter_id) for row in rows]})
    for row in rows:
        content = {"action": "replayed", "replay": _replay_id(row)} | ({} if bulk_id is None else {"bulk": bulk_id})
        await _record(connection, f"letter/{row.letter_id}", who, content)
    await outbox.put_replays(connection, events)


async def _record(connection: AsyncConnection, subject: str, who: Acting, content: dict[str, Any]) -> None:
    entry = Entry(subject, who.at, who.person_id, who.role, None, orjson.dumps(content).decode())
    await append_locked(connection, entry)


def _replay_id(row: Any) -> str:
    return name_based(f"replay:{row.letter_id}")


def _bytes(stored: Any) -> bytes | None:
    return None if stored is None else bytes(stored)
