"""Claims that wait: by reason and age, and the events of each for its legal deadlines. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.model.vocabulary import ClaimId
from contracts.records.dashboard import AGE_LIMITS, Waiting, WaitingReason, WaitingStamp, WaitingTimes
from storage.review.deadlines import times_of

_REASONS: Final = text("""
    WITH open AS (SELECT code, claim_id, min(opened_at) AS opened_at, min(due_at) AS due_at FROM pends
                  WHERE closed_at IS NULL GROUP BY code, claim_id)
    SELECT code, count(*) AS claims, min(opened_at) AS oldest_at, min(due_at) AS next_due_at,
           array_agg(opened_at) AS opened
    FROM open GROUP BY code ORDER BY count(*) DESC, code
""")
_CLAIMS: Final = text("SELECT count(DISTINCT claim_id) FROM pends WHERE closed_at IS NULL")
# Every event that moves a legal deadline makes a new round, requests documents, has a request mailed or closes a pend.
_STAMPS: Final = text("""
    SELECT p.claim_id::text, max(p.round) || '/' || count(*) || '/' || coalesce(max(r.asked)::text, '')
           || '/' || coalesce(max(m.mailed)::text, '') AS stamp
    FROM pends p LEFT JOIN (SELECT claim_id, max(asked_at) AS asked FROM document_requests GROUP BY claim_id) r
      USING (claim_id)
    LEFT JOIN (SELECT claim_id, max(sent_at) AS mailed FROM notices_due WHERE about = 'request' GROUP BY claim_id) m
      USING (claim_id)
    WHERE p.closed_at IS NULL GROUP BY p.claim_id
""")


class WaitingQueries:
    """Reads of waiting claims, many at once."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use an engine, which pools connections."""
        self._engine = engine

    async def waiting(self, now: datetime) -> Waiting:
        """Count claims that wait, by reason and by how long they have waited."""
        async with self._engine.connect() as connection:
            claims = int(await connection.scalar(_CLAIMS) or 0)
            rows = (await connection.execute(_REASONS)).all()
        reasons = (
            WaitingReason(row.code, row.claims, row.oldest_at, row.next_due_at, _ages(row.opened, now)) for row in rows
        )
        return Waiting(claims, tuple(reasons))

    async def stamps(self) -> tuple[WaitingStamp, ...]:
        """Return every pended claim with the values whose change may change its legal deadlines."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(_STAMPS)).all()
        return tuple(WaitingStamp(ClaimId(row.claim_id), row.stamp) for row in rows)

    async def times(self, claim_ids: Sequence[ClaimId]) -> tuple[WaitingTimes, ...]:
        """Return the events of these claims."""
        async with self._engine.connect() as connection:
            found = await times_of(connection, claim_ids)
        return tuple(WaitingTimes(claim_id, times) for claim_id, times in found.items())


def _ages(opened: Sequence[datetime], now: datetime) -> tuple[int, ...]:
    """Count by age: the limits bound each group above, the last group has no limit."""
    counts = [0] * (len(AGE_LIMITS) + 1)
    for at in opened:
        counts[sum(now - at >= limit for limit in AGE_LIMITS)] += 1
    return tuple(counts)
