"""Counts how many claims are at each stage of the pipeline, for `claimwright status`."""

from __future__ import annotations

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

_COUNTS: Final = {
    "claims accepted": "SELECT count(*) FROM claims",
    "claims determined": "SELECT count(*) FROM determinations WHERE decides",
    "claims waiting": "SELECT count(DISTINCT claim_id) FROM pends WHERE closed_at IS NULL",
    "conflicts": "SELECT count(*) FROM conflicts",
    "batches in flight": "SELECT count(*) FROM batches WHERE finished_at IS NULL",
    "outbox backlog (entries)": "SELECT count(*) FROM outbox WHERE published_at IS NULL",
}
_OPEN_PENDS: Final = text("""
    SELECT code, count(DISTINCT claim_id) FROM pends WHERE closed_at IS NULL GROUP BY code ORDER BY code
""")


async def counts(engine: AsyncEngine) -> dict[str, int]:
    """Count the claims at each stage, and the claims with an open pend by pend code."""
    async with engine.connect() as connection:
        found = {name: int(await connection.scalar(text(query)) or 0) for name, query in _COUNTS.items()}
        pended = (await connection.execute(_OPEN_PENDS)).all()
    return {**found, **{f"waiting for {code}": count for code, count in pended}}
