"""Searches the audit trail. Of an entry's content it reads the name of the action only, because the rest may be health data."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.records.audit_search import TrailHit, TrailQuery
from storage.audit.trail import Entry, append_locked
from storage.claims.search import find_claims

_OF_CLAIMS: Final = ("claim", "view", "reopening", "letters")
_CONDITIONS: Final = {
    "person": "person_id = :person",
    "action": "content->>'action' = :action",
    "since": "at >= :since",
    "until": "at < :until",
    "before": "entry < :before",
}
_APPEALS: Final = text("SELECT 'appeal/' || appeal_id FROM appeals WHERE claim_id = ANY(CAST(:claims AS uuid[]))")


class AuditSearch:
    """Searches, and records who searched."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use a pool."""
        self._engine = engine

    async def find(self, query: TrailQuery, limit: int) -> tuple[TrailHit, ...]:
        """Return the entries that match, the newest first."""
        values: dict[str, Any] = {name: value for name, value in asdict(query).items() if value not in ("", None)}
        conditions = [condition for name, condition in _CONDITIONS.items() if name in values]
        if query.about:
            values["subjects"] = await self._subjects(query.about)
            conditions.append("subject = ANY(:subjects)")
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        statement = text(f"""
            SELECT entry, at, person_id, role, subject, coalesce(content->>'action', '') AS action FROM audit_trail
            {where} ORDER BY entry DESC LIMIT :limit
        """)
        values.pop("about", None)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(statement, {**values, "limit": limit})).mappings().all()
        return tuple(TrailHit(**row) for row in rows)

    async def record(self, query: TrailQuery, found: int, person_id: str, role: str, at: datetime) -> None:
        """Record an export of the trail before it is given out."""
        asked = {name: value for name, value in asdict(query).items() if value not in ("", None)}
        content = orjson.dumps({"action": "export-trail", "asked": asked, "entries": found}).decode()
        async with self._engine.begin() as connection:
            await append_locked(connection, Entry(f"audit/{person_id}", at, person_id, role, None, content))

    async def _subjects(self, about: str) -> list[str]:
        claims = [row["claim_id"] for row in await find_claims(self._engine, about)]
        async with self._engine.connect() as connection:
            appeals = (await connection.scalars(_APPEALS, {"claims": claims})).all() if claims else []
        return [about.strip(), *(f"{kind}/{claim}" for claim in claims for kind in _OF_CLAIMS), *appeals]
