"""Waiting claims that newly loaded policy data may release: a policy came into force, a table or a rate was loaded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.model.vocabulary import ClaimId

_OUTDATED: Final = text("""
    SELECT DISTINCT p.claim_id::text FROM pends p
    JOIN LATERAL (SELECT t.policy_bundle FROM traces t WHERE t.claim_id = p.claim_id ORDER BY t.round DESC LIMIT 1) t
        ON t.policy_bundle <> :bundle
    WHERE p.closed_at IS NULL AND p.code IN ('P-POLICY', 'P-PRICE')
    ORDER BY 1 LIMIT :limit
""")


async def waiting_for_data(engine: AsyncEngine, bundle: str, limit: int = 1000) -> Sequence[ClaimId]:
    """Return claims that wait for policy data and were last tried under other data than these."""
    async with engine.connect() as connection:
        found = await connection.scalars(_OUTDATED, {"bundle": bundle, "limit": limit})
        return [ClaimId(claim) for claim in found.all()]
