"""The read side of the ledger: claims as the core sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.vocabulary import ClaimId
from contracts.claim_mapping import to_core
from contracts.claims import ClaimSubmittedV1
from contracts.store_values import StoredClaim

_LOAD: Final = text("""
    SELECT c.claim_id::text, c.payload::text, c.received_at, c.sequence,
           EXISTS (SELECT 1 FROM determinations d WHERE d.claim_id = c.claim_id) AS determined
    FROM claims c WHERE c.claim_id = ANY(CAST(:ids AS uuid[]))
""")


class PostgresClaims:
    """Loads claims by id."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use a pool."""
        self._engine = engine

    async def load(self, claim_ids: Sequence[ClaimId]) -> Mapping[ClaimId, StoredClaim]:
        """Load claims; an id that is not in the ledger is absent from the answer."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(_LOAD, {"ids": list(claim_ids)})).all()
        loaded = {}
        for identity, payload, received_at, sequence, determined in rows:
            claim = to_core(ClaimSubmittedV1.model_validate_json(payload), ClaimId(identity), received_at)
            loaded[claim.claim_id] = StoredClaim(claim, sequence, determined)
        return loaded
