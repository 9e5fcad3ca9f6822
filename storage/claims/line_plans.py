"""Reads the plan of each claim line and the provider's contract with it, as the last adjudication found them.

Legal deadlines, signing rules and screens depend on them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adjudication.model import outcomes
from adjudication.model.vocabulary import PlanId

LinePlans = tuple[tuple[int | None, PlanId], ...]


@dataclass(frozen=True, slots=True)
class PlansFound:
    """The plan of each line. `contracts`: whether the billing provider has a contract, by plan; absent where lines differ."""

    plans: LinePlans = ()
    contracts: Mapping[PlanId, bool] = field(default_factory=dict)


NO_PLANS: Final = PlansFound()

# A round that failed in an early step names no plan; the plans of the round before it still apply.
_PLANS: Final = text("""
    SELECT named.claim, named.line, named.plan, bool_or(named.contracted) AS contracted
    FROM (SELECT t.claim_id::text AS claim, CAST(f->>'line' AS integer) AS line, plan_of_finding(f::jsonb) AS plan,
                 CASE f->>'outcome' WHEN :contracted THEN true WHEN :not_contracted THEN false END AS contracted,
                 t.round, max(t.round) OVER (PARTITION BY t.claim_id) AS last
          FROM traces t, json_array_elements(t.findings) f
          WHERE t.claim_id = ANY(CAST(:ids AS uuid[])) AND plan_of_finding(f::jsonb) IS NOT NULL) named
    WHERE named.round = named.last GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
""")


async def plans_found(connection: AsyncConnection, claim_ids: Sequence[str]) -> dict[str, PlansFound]:
    """Return the known plans of each claim; a claim without a known plan is absent."""
    values = {
        "ids": list(claim_ids),
        "contracted": outcomes.PROVIDER_CONTRACTED,
        "not_contracted": outcomes.PROVIDER_NOT_CONTRACTED,
    }
    found: dict[str, list[Any]] = {}
    for row in (await connection.execute(_PLANS, values)).all():
        found.setdefault(row.claim, []).append(row)
    return {claim: _found(rows) for claim, rows in found.items()}


def _found(rows: Sequence[Any]) -> PlansFound:
    statuses: dict[PlanId, set[bool]] = {}
    for row in rows:
        if row.contracted is not None:
            statuses.setdefault(PlanId(row.plan), set()).add(row.contracted)
    contracts = {plan: next(iter(known)) for plan, known in statuses.items() if len(known) == 1}
    return PlansFound(tuple((row.line, PlanId(row.plan)) for row in rows), contracts)
