"""Read side for people: what the command line (and later the console) shows. Never on the hot path."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

ClaimRecord = dict[str, list[dict[str, Any]]]
"""Everything stored about one claim: rows per table, column names as in the database."""

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
RELATED: Final = """
    SELECT CASE WHEN s.version IS NULL THEN 'is to replace or void' WHEN k.frequency = '7' THEN 'replaces'
           ELSE 'voids' END AS relation, o.control_number, o.claim_id::text, o.payer_claim_number, s.recorded_at
    FROM supersessions s JOIN claim_chain k ON k.claim_id = s.by_claim JOIN claims o ON o.claim_id = s.claim_id
    WHERE s.by_claim = :id
    UNION ALL
    SELECT 'names', o.control_number, o.claim_id::text, k.names, NULL
    FROM claim_chain k LEFT JOIN claims o ON o.payer_claim_number = k.names
    WHERE k.claim_id = :id AND NOT EXISTS (SELECT 1 FROM supersessions s WHERE s.by_claim = k.claim_id)
    UNION ALL
    SELECT CASE WHEN s.version IS NULL THEN 'reserved by' ELSE 'superseded by' END, r.control_number,
           r.claim_id::text, r.payer_claim_number, s.recorded_at
    FROM supersessions s JOIN claims r ON r.claim_id = s.by_claim WHERE s.claim_id = :id
    UNION ALL
    SELECT 'named by', r.control_number, r.claim_id::text, r.payer_claim_number, NULL
    FROM claims c JOIN claim_chain k ON k.names = c.payer_claim_number JOIN claims r ON r.claim_id = k.claim_id
    WHERE c.claim_id = :id
    AND NOT EXISTS (SELECT 1 FROM supersessions s WHERE s.claim_id = :id AND s.by_claim = k.claim_id)
    ORDER BY 1, 2
"""
"""The claims that a claim changes or is changed by, and how."""

_PARTS: Final = {
    "lines": "SELECT line, code, modifiers, units, charge, service_date FROM claim_lines WHERE claim_id = :id ORDER BY 1",
    "pends": "SELECT code, line, outcome, owner, due_at, round FROM pends WHERE claim_id = :id AND closed_at IS NULL "
    "ORDER BY priority, code, line",
    "traces": "SELECT round, policy_bundle, findings FROM traces WHERE claim_id = :id ORDER BY round",
    "clocks": "SELECT clock, says, at, told_at FROM clock_notices WHERE claim_id = :id ORDER BY told_at, at, clock, says",
    "uses": "SELECT number, code, line, units, released_at FROM authorization_uses WHERE claim_id = :id ORDER BY 1, 3",
    "chain": RELATED,
    "determinations": "SELECT version, decided_at, event::text AS event FROM determinations WHERE claim_id = :id ORDER BY version",
}


async def counts(engine: AsyncEngine) -> dict[str, int]:
    """Count what is where in the pipeline, and the open pends by code."""
    async with engine.connect() as connection:
        told = {name: int(await connection.scalar(text(query)) or 0) for name, query in _COUNTS.items()}
        waiting = (await connection.execute(_WAITING_FOR)).all()
    return {**told, **{f"waiting for {code}": count for code, count in waiting}}


async def claim_record(engine: AsyncEngine, claim_id: str) -> ClaimRecord:
    """Everything stored about one claim except its payload."""
    async with engine.connect() as connection:
        return {
            part: [dict(row) for row in (await connection.execute(text(query), {"id": UUID(claim_id)})).mappings()]
            for part, query in _PARTS.items()
        }
