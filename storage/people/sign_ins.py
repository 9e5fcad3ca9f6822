"""Sign-ins that the identity provider has not answered yet. Each is answered once, by the browser that began it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.records.sessions import PendingSignIn

OF_ONE_BROWSER: Final = 5
"""Maximum concurrent sign-ins of one browser, as in several tabs; the oldest is dropped beyond it."""

AT_ALL: Final = 10_000
"""Maximum of unfinished sign-ins; no payer has that many people, so more are an attack. The oldest are deleted: were new
ones refused, a client that began this many would lock all users out until they expire."""

MAKES_ROOM: Final = 100
"""The number of oldest sign-ins that are dropped together, so that a flood does not need a sort per sign-in."""

_FORGET: Final = text("DELETE FROM sign_ins_pending WHERE expires_at <= :at")
_COUNT: Final = text("SELECT count(*) FROM sign_ins_pending")
_OLDEST: Final = text("""
    DELETE FROM sign_ins_pending WHERE state_hash IN (
        SELECT state_hash FROM sign_ins_pending ORDER BY expires_at LIMIT :most FOR UPDATE SKIP LOCKED)
""")
_GIVE_WAY: Final = text("""
    DELETE FROM sign_ins_pending WHERE state_hash IN (
        SELECT state_hash FROM sign_ins_pending WHERE browser_hash = :browser_hash
        ORDER BY started_at DESC OFFSET :kept)
""")
_BEGIN: Final = text("""
    INSERT INTO sign_ins_pending (state_hash, browser_hash, nonce, verifier, next, started_at, expires_at)
    VALUES (:state_hash, :browser_hash, :nonce, :verifier, :next, :started_at, :expires_at)
""")
_TAKE: Final = text("""
    DELETE FROM sign_ins_pending WHERE state_hash = :state_hash AND browser_hash = :browser_hash
    RETURNING nonce, verifier, next, started_at, expires_at
""")


class PendingSignIns:
    """Stores sign-ins under way."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use an engine, which pools connections."""
        self._engine = engine

    async def begin(self, state_hash: bytes, browser_hash: bytes, pending: PendingSignIn) -> None:
        """Store a sign-in; the oldest are dropped if there are too many."""
        row: dict[str, Any] = {
            "state_hash": state_hash,
            "browser_hash": browser_hash,
            "nonce": pending.nonce,
            "verifier": pending.verifier,
            "next": pending.next,
            "started_at": pending.started_at,
            "expires_at": pending.expires_at,
        }
        async with self._engine.begin() as connection:
            await connection.execute(_FORGET, {"at": pending.started_at})
            if (await connection.execute(_COUNT)).scalar_one() >= AT_ALL:
                await connection.execute(_OLDEST, {"most": min(MAKES_ROOM, AT_ALL)})
            await connection.execute(_GIVE_WAY, {"browser_hash": browser_hash, "kept": OF_ONE_BROWSER - 1})
            await connection.execute(_BEGIN, row)

    async def take(self, state_hash: bytes, browser_hash: bytes, at: datetime) -> PendingSignIn | None:
        """Return a sign-in of this browser and forget it: each is answered once."""
        asked = {"state_hash": state_hash, "browser_hash": browser_hash}
        async with self._engine.begin() as connection:
            row = (await connection.execute(_TAKE, asked)).mappings().first()
        return None if row is None or row["expires_at"] <= at else PendingSignIn(**row)
