"""Pended claims that newly loaded policies may release: a policy came into force, a table or a rate was loaded."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.model.vocabulary import ClaimId

_OUTDATED: Final = text("""
    SELECT DISTINCT p.claim_id::text FROM pends p
    JOIN LATERAL (SELECT t.policy_bundle FROM traces t WHERE t.claim_id = p.claim_id ORDER BY t.round DESC LIMIT 1) t
        ON t.policy_bundle <> :bundle
    WHERE p.closed_at IS NULL AND p.code = ANY(:codes)
    ORDER BY 1 LIMIT :limit
""")


async def waiting_for_data(
    engine: AsyncEngine, bundle: str, codes: Collection[str], limit: int = 1000
) -> Sequence[ClaimId]:
    """Return claims that wait under some pend codes and were last tried under other policies than `bundle`."""
    async with engine.connect() as connection:
        found = await connection.scalars(_OUTDATED, {"bundle": bundle, "codes": sorted(codes), "limit": limit})
        return [ClaimId(claim) for claim in found.all()]
