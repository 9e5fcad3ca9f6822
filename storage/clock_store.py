"""What the clocks of waiting claims read, and what they said: each warning once, no deadline passed in silence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.review.deadlines import CaseTimes
from adjudication.vocabulary import PendCode, PlanId
from contracts.store_values import ClockNotice
from storage import outbox

_CLAIM: Final = text("""
    SELECT received_at, (SELECT min(decided_at) FROM determinations d WHERE d.claim_id = c.claim_id) AS decided_at
    FROM claims c WHERE claim_id = CAST(:claim AS uuid)
""")
_PENDS: Final = text("""
    SELECT code, min(due_at) AS due_at FROM pends WHERE claim_id = CAST(:claim AS uuid) AND closed_at IS NULL
    GROUP BY code ORDER BY code
""")
_PLANS: Final = text("""
    SELECT DISTINCT e->>'value' FROM traces t, json_array_elements(t.findings) f, json_array_elements(f->'evidence') e
    WHERE t.claim_id = CAST(:claim AS uuid) AND e->>'name' = 'plan'
""")
_ASKED: Final = text("""
    SELECT DISTINCT asked_at FROM document_requests WHERE claim_id = CAST(:claim AS uuid) ORDER BY asked_at
""")
_ANSWERED: Final = text("""
    SELECT d.received_at FROM documents d JOIN claims c ON d.submitter = c.submitter
    AND d.control_number = c.control_number WHERE c.claim_id = CAST(:claim AS uuid) ORDER BY d.received_at
""")
_TELL: Final = text("""
    INSERT INTO clock_notices (claim_id, clock, says, at, told_at)
    SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS t(
        claim_id uuid, clock text, says text, at timestamptz, told_at timestamptz)
    ON CONFLICT DO NOTHING RETURNING clock, says, at
""")


class PostgresClocks:
    """Reads and tells."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use a pool."""
        self._engine = engine

    async def times(self, claim_id: str) -> CaseTimes | None:
        """Return what happened to a claim; None when the ledger does not have it."""
        key = {"claim": claim_id}
        async with self._engine.connect() as connection:
            claim = (await connection.execute(_CLAIM, key)).first()
            if claim is None:
                return None
            pends = (await connection.execute(_PENDS, key)).all()
            plans = (await connection.scalars(_PLANS, key)).all()
            asked = (await connection.scalars(_ASKED, key)).all()
            answered = (await connection.scalars(_ANSWERED, key)).all()
        return CaseTimes(
            received_at=claim.received_at,
            plans=tuple(PlanId(plan) for plan in plans),
            pends=tuple((PendCode(row.code), row.due_at) for row in pends),
            asked=tuple(asked),
            answered=tuple(answered),
            decided_at=claim.decided_at,
        )

    async def tell(self, notices: Sequence[ClockNotice]) -> int:
        """Queue notices not told before, in one transaction; return how many are new."""
        rows = [
            {"claim_id": n.claim_id, "clock": n.clock, "says": n.says, "at": n.at, "told_at": n.told_at}
            for n in notices
        ]
        async with self._engine.begin() as connection:
            told = (await connection.execute(_TELL, {"rows": orjson.dumps(rows).decode()})).all()
            new = {(row.clock, row.says, row.at) for row in told}
            await outbox.put(connection, [n.message for n in notices if (n.clock, n.says, n.at) in new])
        return len(new)
