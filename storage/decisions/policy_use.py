"""Counts how often each rule of a policy decided, over the newest claims: read from the stored parts of their reviews."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

NEWEST: Final = 5000
"""The number of newest claims that are counted; the traces are JSON, and a page must not read all of them."""

_USE: Final = text("""
    SELECT leg->>'version' AS version, coalesce(leg->>'rule', '') AS rule, leg->>'result' AS result,
           count(DISTINCT t.claim_id) AS claims, count(*) AS lines
    FROM (SELECT DISTINCT ON (p.claim_id) p.claim_id, p.lines FROM policy_traces p
          JOIN (SELECT claim_id FROM claims ORDER BY sequence DESC LIMIT :newest) c USING (claim_id)
          ORDER BY p.claim_id, p.round DESC) t,
         json_array_elements(t.lines) AS line, json_array_elements(line->'legs') AS leg
    WHERE leg->>'policy' = :policy
    GROUP BY 1, 2, 3 ORDER BY 1, 4 DESC, 2, 3
""")


@dataclass(frozen=True, slots=True)
class RuleUse:
    """The number of the newest claims, and of their lines, that one rule of a version decided, with which result."""

    version: str
    rule: str
    result: str
    claims: int
    lines: int


async def rule_use(engine: AsyncEngine, policy: str) -> tuple[RuleUse, ...]:
    """Count the rules of a policy that decided lines of the newest claims; an empty rule: no rule decided."""
    async with engine.connect() as connection:
        rows = (await connection.execute(_USE, {"policy": policy, "newest": NEWEST})).all()
    return tuple(RuleUse(*row) for row in rows)
