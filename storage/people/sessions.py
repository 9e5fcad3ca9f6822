"""Sessions of the console, found by the hash of their cookie. Ended sessions stay as a record of who was signed in when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.records.sessions import EndedWhy, Session

_START: Final = text("""
    INSERT INTO console_sessions (session_id, cookie_hash, person_id, claimed_roles, started_at, seen_at, expires_at)
    VALUES (CAST(:session_id AS uuid), :cookie_hash, :person_id, CAST(:claimed AS json), :started_at, :seen_at, :expires_at)
""")
_REPLACE: Final = text("""
    UPDATE console_sessions SET ended_at = :at, ended_why = 'signed-in-again'
    WHERE cookie_hash = :cookie_hash AND ended_at IS NULL
""")
_COLUMNS: Final = "session_id::text, person_id, claimed_roles, started_at, seen_at, expires_at"
_ACTIVE: Final = "ended_at IS NULL AND expires_at > :at AND seen_at > :idle_since"
_FIND: Final = text(f"SELECT {_COLUMNS} FROM console_sessions WHERE cookie_hash = :cookie_hash AND {_ACTIVE}")
_OF: Final = text(f"""
    SELECT {_COLUMNS} FROM console_sessions WHERE person_id = :person_id AND {_ACTIVE} ORDER BY started_at DESC
""")
_ONE: Final = text(f"""
    SELECT EXISTS (SELECT 1 FROM console_sessions WHERE session_id = CAST(:session_id AS uuid) AND {_ACTIVE})
""")
_TOUCH: Final = text("""
    UPDATE console_sessions SET seen_at = :at WHERE session_id = CAST(:session_id AS uuid) AND seen_at < :at
""")
_END: Final = text("""
    UPDATE console_sessions SET ended_at = :at, ended_why = :why
    WHERE session_id = CAST(:session_id AS uuid) AND ended_at IS NULL
      AND (CAST(:person_id AS text) IS NULL OR person_id = :person_id)
""")


class Sessions:
    """Stores console sessions."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use an engine, which pools connections."""
        self._engine = engine

    async def start(self, cookie_hash: bytes, session: Session, replaces: bytes | None) -> None:
        """Store a new session, and end the one that the browser's cookie named."""
        claimed = None if session.claimed_roles is None else orjson.dumps(sorted(session.claimed_roles)).decode()
        row = {
            "session_id": session.session_id,
            "cookie_hash": cookie_hash,
            "person_id": session.person_id,
            "claimed": claimed,
            "started_at": session.started_at,
            "seen_at": session.seen_at,
            "expires_at": session.expires_at,
        }
        async with self._engine.begin() as connection:
            if replaces is not None:
                await connection.execute(_REPLACE, {"cookie_hash": replaces, "at": session.started_at})
            await connection.execute(_START, row)

    async def find(self, cookie_hash: bytes, at: datetime, idle: timedelta) -> Session | None:
        """Return an active session: not ended, not expired, not idle for too long."""
        asked = {"cookie_hash": cookie_hash, "at": at, "idle_since": at - idle}
        async with self._engine.connect() as connection:
            row = (await connection.execute(_FIND, asked)).mappings().first()
        return None if row is None else _session(row)

    async def touch(self, session_id: str, at: datetime) -> None:
        """Record that the session was used."""
        async with self._engine.begin() as connection:
            await connection.execute(_TOUCH, {"session_id": session_id, "at": at})

    async def end(self, session_id: str, person_id: str | None, why: EndedWhy, at: datetime) -> bool:
        """End an active session, only if it is that person's when one is named; return whether one was ended."""
        asked = {"session_id": session_id, "person_id": person_id, "why": why, "at": at}
        async with self._engine.begin() as connection:
            return (await connection.execute(_END, asked)).rowcount > 0

    async def goes_on(self, session_id: str, at: datetime, idle: timedelta) -> bool:
        """Return whether a session is active; long-lived responses ask again and again."""
        asked = {"session_id": session_id, "at": at, "idle_since": at - idle}
        async with self._engine.connect() as connection:
            return bool((await connection.execute(_ONE, asked)).scalar_one())

    async def of(self, person_id: str, at: datetime, idle: timedelta) -> tuple[Session, ...]:
        """Return a person's active sessions, latest first."""
        asked = {"person_id": person_id, "at": at, "idle_since": at - idle}
        async with self._engine.connect() as connection:
            return tuple(_session(row) for row in (await connection.execute(_OF, asked)).mappings())


def _session(row: Mapping[Any, Any]) -> Session:
    claimed = row["claimed_roles"]
    return Session(
        session_id=row["session_id"],
        person_id=row["person_id"],
        claimed_roles=None if claimed is None else frozenset(claimed),
        started_at=row["started_at"],
        seen_at=row["seen_at"],
        expires_at=row["expires_at"],
    )
