"""People's actions on dead letters: open one, send one back, close one. Each is recorded in the audit trail in the same transaction."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.events.headers import Headers, from_pairs
from contracts.events.outgoing import ReplayedEvent
from contracts.events.topics import LARGEST_INCOMING
from contracts.ids import name_based
from contracts.records.dead_letters import Acting, Original, Refused
from storage.dead_letters.closing import close_many
from storage.dead_letters.locking import LOCKED, record
from storage.outbox import queue

OVERHEAD: Final = 1024
"""Overhead in bytes per record that counts toward the topic's limit; a record above it would block the outbox."""

_BYTES: Final = text("""
    SELECT key, value, headers::text, headers_left_out, removed_at FROM dead_letters
    WHERE letter_id = CAST(:letter AS uuid)
""")
_REPLAY: Final = text("""
    INSERT INTO dead_letter_replays (letter_id, replay_id, asked_by, asked_at, bulk_id)
    VALUES (CAST(:letter AS uuid), CAST(:replay AS uuid), :by, :at, CAST(:bulk AS uuid))
""")
_REPLAYED: Final = text("UPDATE dead_letters SET replayed_at = now() WHERE letter_id = ANY(CAST(:letters AS uuid[]))")


class DeadLetterActions:
    """Opens, replays and closes."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use an engine, which pools connections."""
        self._engine = engine

    async def open(self, letter_id: str, who: Acting) -> Original | Refused:
        """Return a letter's content, after the trail records the viewer; or the reason of a refusal."""
        async with self._engine.begin() as connection:
            row = (await connection.execute(_BYTES, {"letter": UUID(letter_id)})).first()
            if row is None:
                return Refused.UNKNOWN
            if row.removed_at is not None:
                return Refused.REMOVED
            await record(connection, f"view/letter/{letter_id}", who, {"action": "viewed"})
        return Original(_bytes(row.key), _bytes(row.value), _headers(row), row.headers_left_out)

    async def replay(self, letter_id: str, who: Acting) -> Refused | None:
        """Queue a dead letter's original key, bytes and headers for its topic; return the reason of a refusal, or None.

        A dead letter is replayed once; if the event is refused again, that is a new dead letter.
        """
        async with self._engine.begin() as connection:
            row = (await connection.execute(LOCKED, {"letters": [UUID(letter_id)]})).first()
            refused = _ended(row) or await _unfit(row)
            if refused is None:
                await _send_back(connection, [row], who, None)
        return refused

    async def close(self, letter_id: str, who: Acting, reason: str) -> Refused | None:
        """Close a dead letter without a replay, for a written reason; return the reason of a refusal, or None."""
        async with self._engine.begin() as connection:
            row = (await connection.execute(LOCKED, {"letters": [UUID(letter_id)]})).first()
            refused = _ended(row)
            if refused is None:
                await close_many(connection, [letter_id], who, reason, None)
        return refused


async def replay_many(connection: AsyncConnection, letter_ids: Sequence[str], who: Acting, bulk_id: str) -> int:
    """Send the open ones of these dead letters to their topics, within the caller's transaction; return how many."""
    rows = (await connection.execute(LOCKED, {"letters": [UUID(one) for one in letter_ids]})).all()
    due = [row for row in rows if _ended(row) is None and row.whole and not too_large(row)]
    if due:
        await _send_back(connection, due, who, bulk_id)
    return len(due)


def too_large(row: Any) -> bool:
    """Return whether the topic might not take a record again as it is, with its key and headers."""
    return len(row.key or b"") + len(row.value or b"") + len(row.headers or "") + OVERHEAD > LARGEST_INCOMING


async def _unfit(row: Any) -> Refused | None:
    """Return why a record cannot be sent again, or None. A large record was compressed, and the publisher sends it compressed."""
    if not row.whole:
        return Refused.NOT_READ
    if not too_large(row):
        return None
    record = b"".join((row.key or b"", row.value or b"", (row.headers or "").encode()))
    packed = await asyncio.to_thread(gzip.compress, record)
    return Refused.TOO_LARGE if len(packed) + OVERHEAD > LARGEST_INCOMING else None


def _ended(row: Any) -> Refused | None:
    """Return why no action is possible: the dead letter does not exist, or is not open."""
    if row is None:
        return Refused.UNKNOWN
    if row.replayed_at is not None:
        return Refused.REPLAYED
    return None if row.closed_at is None else Refused.CLOSED


async def _send_back(connection: AsyncConnection, rows: Sequence[Any], who: Acting, bulk_id: str | None) -> None:
    """Queue the bytes and record the replay, in one transaction."""
    events = [
        ReplayedEvent(row.topic, _bytes(row.key), _replay_id(row), _bytes(row.value), _headers(row)) for row in rows
    ]
    replays = [
        {"letter": row.letter_id, "replay": _replay_id(row), "by": who.person_id, "at": who.at, "bulk": bulk_id}
        for row in rows
    ]
    await connection.execute(_REPLAY, replays)
    await connection.execute(_REPLAYED, {"letters": [UUID(row.letter_id) for row in rows]})
    for row in rows:
        content = {"action": "replayed", "replay": _replay_id(row)} | ({} if bulk_id is None else {"bulk": bulk_id})
        await record(connection, f"letter/{row.letter_id}", who, content)
    await queue.put_replays(connection, events)


def _replay_id(row: Any) -> str:
    return name_based(f"replay:{row.letter_id}")


def _bytes(stored: Any) -> bytes | None:
    return None if stored is None else bytes(stored)


def _headers(row: Any) -> Headers:
    return from_pairs(None if row.headers is None else orjson.loads(row.headers))
