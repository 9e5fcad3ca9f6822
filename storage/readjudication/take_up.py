"""Finds open reopenings whose claim was not adjudicated again yet, or was decided again since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.model.vocabulary import ClaimId
from contracts.ids import readjudication_id

_OPEN: Final = text("""
    SELECT r.claim_id::text AS claim, r.reason, r.cause, j.readjudication_id::text AS known, p.number, d.version
    FROM reopenings r
    LEFT JOIN reopenings_closed x USING (claim_id, reason, cause)
    LEFT JOIN readjudications j USING (claim_id, reason, cause)
    JOIN LATERAL (SELECT max(version) AS version FROM determinations d WHERE d.claim_id = r.claim_id) d
        ON d.version IS NOT NULL
    LEFT JOIN LATERAL (SELECT number, base_version, under_appeal FROM correction_proposals p
                       WHERE p.readjudication_id = j.readjudication_id ORDER BY number DESC LIMIT 1) p ON true
    WHERE x.claim_id IS NULL
      AND (p.base_version IS DISTINCT FROM d.version
           OR (cardinality(p.under_appeal) > 0
               AND NOT EXISTS (SELECT 1 FROM appeals a WHERE a.claim_id = r.claim_id AND NOT a.closed)))
    ORDER BY r.raised_at, r.claim_id, r.reason, r.cause LIMIT :limit
""")
TAKE_UP: Final = text("""
    INSERT INTO readjudications (readjudication_id, claim_id, reason, cause, taken_up_at)
    SELECT t.*, CAST(:at AS timestamptz) FROM json_to_recordset(CAST(:rows AS json)) AS t(
        readjudication_id uuid, claim_id uuid, reason text, cause text)
    ON CONFLICT DO NOTHING
""")


@dataclass(frozen=True, slots=True)
class TakenUp:
    """A reopening to adjudicate. `stale`: its workflow holds a proposal that rests on an earlier decision."""

    readjudication_id: str
    stale: bool


class ReadjudicationTakeUp:
    """Takes up reopenings, oldest first."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use a pool."""
        self._engine = engine

    async def take(self, limit: int, now: datetime) -> Sequence[TakenUp]:
        """Give each reopening that must be adjudicated its id, and return them; a repeated call returns the same until that is done."""
        async with self._engine.begin() as connection:
            found = (await connection.execute(_OPEN, {"limit": limit})).all()
            taken = [(row, row.known or readjudication_id(ClaimId(row.claim), row.reason, row.cause)) for row in found]
            rows = [
                {"readjudication_id": known, "claim_id": row.claim, "reason": row.reason, "cause": row.cause}
                for row, known in taken
                if row.known is None
            ]
            if rows:
                await connection.execute(TAKE_UP, {"rows": orjson.dumps(rows).decode(), "at": now})
        return [TakenUp(known, row.number is not None) for row, known in taken]
