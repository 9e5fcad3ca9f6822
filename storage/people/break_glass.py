"""Claims opened by exception. The reason is in the audit trail before the claim is shown; a second person reviews it later."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.records.sessions import BrokenGlass
from storage.audit.trail import Entry, append_locked

_BREAK: Final = text("""
    INSERT INTO broken_glass (use_id, claim_id, person_id, reason, opened_at, expires_at)
    VALUES (CAST(:use_id AS uuid), CAST(:claim_id AS uuid), :person_id, :reason, :opened_at, :expires_at)
""")
_COLUMNS: Final = (
    "use_id::text, claim_id::text, person_id, reason, opened_at, expires_at, acknowledged_at, acknowledged_by"
)
_STANDING: Final = text(f"""
    SELECT {_COLUMNS} FROM broken_glass
    WHERE claim_id = CAST(:claim_id AS uuid) AND person_id = :person_id AND opened_at <= :at AND expires_at > :at
    ORDER BY expires_at DESC LIMIT 1
""")
_USES: Final = text(f"""
    SELECT {_COLUMNS} FROM broken_glass
    ORDER BY acknowledged_at IS NOT NULL, CASE WHEN acknowledged_at IS NULL THEN opened_at END, opened_at DESC
    LIMIT :limit
""")
_ACKNOWLEDGE: Final = text("""
    UPDATE broken_glass SET acknowledged_at = :at, acknowledged_by = :by
    WHERE use_id = CAST(:use_id AS uuid) AND acknowledged_at IS NULL AND person_id <> :by RETURNING claim_id::text
""")


class BreakGlassUses:
    """Stores uses of the exception, each with its entries in the trail."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use an engine, which pools connections."""
        self._engine = engine

    async def open(self, use: BrokenGlass, role: str) -> None:
        """Store a use and its reason in the trail, in one transaction."""
        row = {
            "use_id": use.use_id,
            "claim_id": use.claim_id,
            "person_id": use.person_id,
            "reason": use.reason,
            "opened_at": use.opened_at,
            "expires_at": use.expires_at,
        }
        content = {"action": "broke-glass", "use_id": use.use_id, "reason": use.reason, "until": use.expires_at}
        async with self._engine.begin() as connection:
            await connection.execute(_BREAK, row)
            await append_locked(connection, _entry(use.claim_id, use.opened_at, use.person_id, role, content))

    async def standing(self, claim_id: str, person_id: str, at: datetime) -> BrokenGlass | None:
        """Return the use by which a person may see a claim now."""
        asked = {"claim_id": claim_id, "person_id": person_id, "at": at}
        async with self._engine.connect() as connection:
            row = (await connection.execute(_STANDING, asked)).mappings().first()
        return None if row is None else _use(row)

    async def uses(self, limit: int) -> tuple[BrokenGlass, ...]:
        """Return uses: those not reviewed first, the oldest of these at the top."""
        async with self._engine.connect() as connection:
            return tuple(_use(row) for row in (await connection.execute(_USES, {"limit": limit})).mappings())

    async def acknowledge(self, use_id: str, by: str, role: str, at: datetime) -> bool:
        """Record that a second person reviewed a use; return False if there was none to review."""
        async with self._engine.begin() as connection:
            claim = await connection.scalar(_ACKNOWLEDGE, {"use_id": use_id, "by": by, "at": at})
            if claim is None:
                return False
            content = {"action": "acknowledged-glass", "use_id": use_id}
            await append_locked(connection, _entry(claim, at, by, role, content))
        return True


def _entry(claim_id: str, at: datetime, by: str, role: str, content: Mapping[str, Any]) -> Entry:
    return Entry(f"view/{claim_id}", at, by, role, None, orjson.dumps(content).decode())


def _use(row: Mapping[Any, Any]) -> BrokenGlass:
    return BrokenGlass(**row)
