"""Finds a caller's claims for member or provider services; the search and each shown claim are recorded first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.model.vocabulary import ClaimId
from contracts.records.caller_search import CallerSearch
from storage.audit.trail import Entry, append_locked

MOST_FOUND: Final = 10
"""Claims shown of one search; more are counted, and a date of service narrows them."""

# A person is found by member id, or by birth date and family name: both have an index. The rest narrows.
_FIND: Final = text("""
    WITH people AS (
        SELECT DISTINCT member_id FROM persons
        WHERE CASE WHEN cardinality(CAST(:members AS text[])) > 0 THEN member_id = ANY(CAST(:members AS text[]))
                   ELSE birth_date = CAST(:born AS text) END LIMIT 2000),
    found AS (
        SELECT DISTINCT c.claim_id, c.sequence FROM people JOIN claim_lines l USING (member_id) JOIN claims c USING (claim_id)
        WHERE (CAST(:born AS text) IS NULL OR c.payload->'member'->>'birth_date' = CAST(:born AS text))
          AND (:family = '' OR lower(c.payload->'member'->>'family_name') = lower(:family))
          AND (:given = '' OR lower(c.payload->'member'->>'given_name') = lower(:given))
          AND (:npi = '' OR l.billing_npi = :npi)
          AND (CAST(:served AS date) IS NULL OR l.service_date = CAST(:served AS date))
          AND (CAST(:amount AS numeric) IS NULL OR l.charge = CAST(:amount AS numeric)
               OR (SELECT sum(charge) FROM claim_lines a WHERE a.claim_id = c.claim_id) = CAST(:amount AS numeric)))
    SELECT claim_id::text, count(*) OVER () AS found FROM found ORDER BY sequence DESC LIMIT :most
""")


class CallerSearches:
    """Finds claims, and records who found which and why."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use an engine, which pools connections."""
        self._engine = engine

    async def find(self, search: CallerSearch) -> tuple[tuple[ClaimId, ...], int]:
        """Return the newest claims that match, and how many match in all."""
        values: dict[str, Any] = {
            "members": list(search.member_ids),
            "born": None if search.born is None else search.born.isoformat(),
            "family": search.family_name.strip(),
            "given": search.given_name.strip(),
            "npi": search.npi,
            "served": search.served_on,
            "amount": search.amount,
            "most": MOST_FOUND,
        }
        async with self._engine.connect() as connection:
            rows = (await connection.execute(_FIND, values)).all()
        return tuple(ClaimId(row.claim_id) for row in rows), rows[0].found if rows else 0

    async def record(
        self, search: CallerSearch, why: str, claims: Sequence[ClaimId], by: tuple[str, str], at: datetime
    ) -> None:
        """Record a search with its reason, and the view of each claim shown; `by` is the person and their role.

        The trail names the kinds of details and the claims, never the caller's values.
        """
        person_id, role = by
        found = {"action": "found-for-caller", "why": why, "by": list(search.used), "claims": list(claims)}
        async with self._engine.begin() as connection:
            subject = f"caller/{uuid4()}"
            await append_locked(connection, Entry(subject, at, person_id, role, None, orjson.dumps(found).decode()))
            viewed = orjson.dumps({"action": "viewed-for-caller", "why": why}).decode()
            for claim_id in sorted(claims):
                await append_locked(connection, Entry(f"view/{claim_id}", at, person_id, role, None, viewed))
