"""Read side for people: what the command line (and later the console) shows. Never on the hot path."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

_COUNTS: Final = {
    "claims accepted": "SELECT count(*) FROM claims",
    "claims determined": "SELECT count(DISTINCT claim_id) FROM determinations",
    "claims waiting": "SELECT count(DISTINCT claim_id) FROM pends WHERE closed_at IS NULL",
    "conflicts": "SELECT count(*) FROM conflicts",
    "batches in flight": "SELECT count(*) FROM batches WHERE finished_at IS NULL",
    "outbox backlog (entries)": "SELECT count(*) FROM outbox WHERE published_at IS NULL",
}
_WAITING_FOR: Final = text("""
    SELECT code, count(DISTINCT claim_id) FROM pends WHERE closed_at IS NULL GROUP BY code ORDER BY code
""")
_FIND: Final = text("""
    SELECT claim_id::text, submitter, control_number, revision, payer_claim_number, received_at, sequence
    FROM claims WHERE claim_id::text = :key OR payer_claim_number = :key OR control_number = :key
    OR submitter || '/' || control_number = :key OR submitter || '/' || control_number || '/' || revision = :key
    ORDER BY sequence DESC LIMIT 20
""")
_PARTS: Final = {
    "lines": "SELECT line, code, modifiers, units, charge, service_date FROM claim_lines WHERE claim_id = :id ORDER BY 1",
    "pends": "SELECT code, line, outcome, owner, due_at, round FROM pends WHERE claim_id = :id AND closed_at IS NULL "
    "ORDER BY priority, code, line",
    "traces": "SELECT round, policy_bundle, findings FROM traces WHERE claim_id = :id ORDER BY round",
    "uses": "SELECT number, code, line, units, released_at FROM authorization_uses WHERE claim_id = :id ORDER BY 1, 3",
    "determinations": "SELECT version, decided_at, event::text AS event FROM determinations WHERE claim_id = :id ORDER BY version",
}


async def counts(engine: AsyncEngine) -> dict[str, int]:
    """Count what is where in the pipeline, and the open pends by code."""
    async with engine.connect() as connection:
        told = {name: int(await connection.scalar(text(query)) or 0) for name, query in _COUNTS.items()}
        waiting = (await connection.execute(_WAITING_FOR)).all()
    return {**told, **{f"waiting for {code}": count for code, count in waiting}}


async def find_claims(engine: AsyncEngine, key: str) -> list[dict[str, Any]]:
    """Find claims, newest first, by claim id, payer claim number, claim control number or submitter/number[/revision].

    A control number is the submitter's own, so more than one claim may answer to it.
    """
    async with engine.connect() as connection:
        return [dict(row) for row in (await connection.execute(_FIND, {"key": key})).mappings()]


async def claim_record(engine: AsyncEngine, claim_id: str) -> dict[str, list[dict[str, Any]]]:
    """Everything stored about one claim except its payload."""
    async with engine.connect() as connection:
        return {
            part: [dict(row) for row in (await connection.execute(text(query), {"id": UUID(claim_id)})).mappings()]
            for part, query in _PARTS.items()
        }
