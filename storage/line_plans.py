"""The plans of claims' lines, as adjudication last found them: what decides their clocks, signatures and screens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adjudication.vocabulary import PlanId

LinePlans = tuple[tuple[int | None, PlanId], ...]

# A try that got no further than a failing step names no plan; what the one before it found still holds.
_PLANS: Final = text("""
    SELECT DISTINCT named.claim, named.line, named.plan
    FROM (SELECT t.claim_id::text AS claim, CAST(f->>'line' AS integer) AS line, e->>'value' AS plan,
                 t.round, max(t.round) OVER (PARTITION BY t.claim_id) AS last
          FROM traces t, json_array_elements(t.findings) f, json_array_elements(f->'evidence') e
          WHERE t.claim_id = ANY(CAST(:ids AS uuid[])) AND e->>'name' = 'plan') named
    WHERE named.round = named.last ORDER BY 1, 2, 3
""")


async def line_plans(connection: AsyncConnection, claim_ids: Sequence[str]) -> dict[str, LinePlans]:
    """Return line and plan, by claim; a claim of which no plan is known is absent."""
    found: dict[str, LinePlans] = {}
    for row in (await connection.execute(_PLANS, {"ids": list(claim_ids)})).all():
        found[row.claim] = (*found.get(row.claim, ()), (row.line, PlanId(row.plan)))
    return found
