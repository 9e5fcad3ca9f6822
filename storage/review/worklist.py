"""The findings of the last try on claims of a page, by step. Writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.model.vocabulary import ClaimId, Step

_FINDINGS: Final = text("""
    SELECT DISTINCT ON (claim_id) claim_id::text, findings::text FROM traces
    WHERE claim_id = ANY(CAST(:ids AS uuid[])) ORDER BY claim_id, round DESC
""")


async def outcomes_of(engine: AsyncEngine, claim_ids: Sequence[ClaimId], step: Step) -> Mapping[str, tuple[str, ...]]:
    """Return the outcomes one step found at last on each claim, each once."""
    async with engine.connect() as connection:
        rows = (await connection.execute(_FINDINGS, {"ids": list(claim_ids)})).all()
    return {
        claim: tuple(dict.fromkeys(each["outcome"] for each in orjson.loads(findings) if each["step"] == step))
        for claim, findings in rows
    }
