"""Shared by all actions on dead letters: taking them under lock, and writing the person to the trail."""

from __future__ import annotations

from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.records.dead_letters import Acting
from storage.audit.trail import Entry, append_locked

# Locked in order of id, so that two people who act on the same letters wait for each other instead of blocking.
LOCKED: Final = text("""
    SELECT letter_id::text, topic, key, value, headers::text, whole, replayed_at, closed_at FROM dead_letters
    WHERE letter_id = ANY(CAST(:letters AS uuid[])) ORDER BY letter_id FOR UPDATE
""")


async def record(connection: AsyncConnection, subject: str, who: Acting, content: dict[str, Any]) -> None:
    """Append to the trail of a letter or of a bulk."""
    entry = Entry(subject, who.at, who.person_id, who.role, None, orjson.dumps(content).decode())
    await append_locked(connection, entry)
