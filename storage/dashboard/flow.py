"""The flow of claims: the last minutes in short spans for rates and charts, latencies, and the outbox. Writes nothing.

Every query is bounded by time and uses block-range indexes, so that its cost depends on recent rows, not
on the size of the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.records.dashboard import (
    DeadLetterGroup,
    FlowPoint,
    Latency,
    OpenBatches,
    OutboxShard,
    PendingEntry,
    Publishing,
)

_BINS: Final = "date_bin(CAST(:step AS interval), {time}, timestamptz '2020-01-01')"
_RECEIVED: Final = text(f"""
    SELECT {_BINS.format(time="registered_at")} AS at, count(*) AS received FROM claims
    WHERE registered_at >= :since AND registered_at < :until GROUP BY 1
""")
# A claim was decided without a person when it never pended.
_DETERMINED: Final = text(f"""
    WITH decided AS (
        SELECT d.decided_at, d.claim_id, NOT EXISTS (SELECT 1 FROM pends p WHERE p.claim_id = d.claim_id) AS alone
        FROM determinations d WHERE d.decided_at >= :since AND d.decided_at < :until AND d.decides)
    SELECT {_BINS.format(time="d.decided_at")} AS at, count(*) AS determined,
           count(*) FILTER (WHERE alone) AS straight_through,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM d.decided_at - c.received_at))
               FILTER (WHERE alone) AS latency_p50,
           percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM d.decided_at - c.received_at))
               FILTER (WHERE alone) AS latency_p95
    FROM decided d JOIN claims c USING (claim_id) GROUP BY 1
""")
_PENDED: Final = text(f"""
    SELECT {_BINS.format(time="opened_at")} AS at, count(DISTINCT claim_id) AS pended FROM pends
    WHERE opened_at >= :since AND opened_at < :until AND round = 0 GROUP BY 1
""")
_APPEALED: Final = text(f"""
    SELECT {_BINS.format(time="recorded_at")} AS at, count(*) AS appealed FROM appeal_filings f
    WHERE recorded_at >= :since AND recorded_at < :until AND NOT EXISTS (
        SELECT 1 FROM appeal_filings e WHERE e.appeal_id = f.appeal_id AND e.version < f.version)
    GROUP BY 1
""")
_DEAD: Final = text(f"""
    SELECT {_BINS.format(time="kept_at")} AS at, count(*) AS dead_letters FROM dead_letters
    WHERE kept_at >= :since AND kept_at < :until GROUP BY 1
""")
_LATENCY: Final = text("""
    SELECT count(*) AS claims,
           percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY extract(epoch FROM d.decided_at - c.received_at))
               AS spread
    FROM determinations d JOIN claims c USING (claim_id)
    WHERE d.decided_at >= :since AND d.decided_at < :until AND d.decides
    AND NOT EXISTS (SELECT 1 FROM pends p WHERE p.claim_id = d.claim_id)
""")
_OUTBOX: Final = text("""
    SELECT shard, count(*) AS pending, min(created_at) AS oldest_at FROM outbox WHERE published_at IS NULL
    GROUP BY shard ORDER BY shard
""")
_BATCHES: Final = text(
    "SELECT count(*) AS batches, min(registered_at) AS oldest_at FROM batches WHERE finished_at IS NULL"
)
_PUBLISHED: Final = text("""
    SELECT count(*) AS claims, percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (
        ORDER BY extract(epoch FROM published_at - created_at)) AS spread
    FROM (SELECT created_at, published_at FROM outbox ORDER BY entry_id DESC LIMIT 200) recent
    WHERE published_at IS NOT NULL
""")
_LETTERS: Final = text("""
    SELECT topic, refusal, reason, count(*) AS letters, min(kept_at) AS oldest_at FROM dead_letters
    WHERE replayed_at IS NULL AND closed_at IS NULL GROUP BY topic, refusal, reason ORDER BY letters DESC, topic, refusal, reason
""")
_PENDING: Final = text("""
    SELECT entry_id, created_at, size FROM outbox WHERE published_at IS NULL ORDER BY entry_id LIMIT :size
""")
_LEDGER: Final = text("SELECT count(*) FROM claims")


class FlowQueries:
    """Reads of the flow."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use an engine, which pools connections."""
        self._engine = engine

    async def points(self, since: datetime, until: datetime, step: timedelta) -> tuple[FlowPoint, ...]:
        """Return one point per step from `since` on, also for steps without events."""
        asked = {"since": since, "until": until, "step": step}
        points = {at: FlowPoint(at) for at in _steps(since, until, step)}
        async with self._engine.connect() as connection:
            for query in (_RECEIVED, _DETERMINED, _PENDED, _APPEALED, _DEAD):
                for row in (await connection.execute(query, asked)).mappings():
                    counts = {name: value for name, value in row.items() if name != "at"}
                    points[row["at"]] = replace(points[row["at"]], **_floats(counts))
        return tuple(points.values())

    async def latency(self, since: datetime, until: datetime) -> Latency:
        """Return the time from receipt to decision of claims decided without a person."""
        async with self._engine.connect() as connection:
            return _latency((await connection.execute(_LATENCY, {"since": since, "until": until})).one())

    async def publishing(self) -> Publishing:
        """Return the backlog of the outbox by shard, and how long the last entries took."""
        async with self._engine.connect() as connection:
            waiting = (await connection.execute(_OUTBOX)).all()
            took = _latency((await connection.execute(_PUBLISHED)).one())
        return Publishing(tuple(OutboxShard(*row) for row in waiting), took)

    async def open_batches(self) -> OpenBatches:
        """Return the batches that their workflow has not committed yet, and since when the oldest is open."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(_BATCHES)).one()
        return OpenBatches(row.batches, row.oldest_at)

    async def pending_entries(self, size: int) -> tuple[PendingEntry, ...]:
        """Return the oldest entries that are not published, without their content."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(_PENDING, {"size": size})).all()
        return tuple(PendingEntry(*row) for row in rows)

    async def dead_letters(self) -> tuple[DeadLetterGroup, ...]:
        """Return the open dead letters by topic and reason."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(_LETTERS)).all()
        return tuple(DeadLetterGroup(*row) for row in rows)

    async def ledger_size(self) -> int:
        """Count all claims. The cost grows with the ledger, so call it rarely."""
        async with self._engine.connect() as connection:
            return int(await connection.scalar(_LEDGER) or 0)


def _steps(since: datetime, until: datetime, step: timedelta) -> Iterable[datetime]:
    at = since
    while at < until:
        yield at
        at += step


def _floats(counts: dict[str, Any]) -> dict[str, Any]:
    return {name: float(value) if value is not None and "latency" in name else value for name, value in counts.items()}


def _latency(row: Any) -> Latency:
    if row.spread is None:
        return Latency(row.claims)
    p50, p95, p99 = (float(each) for each in row.spread)
    return Latency(row.claims, p50, p95, p99)
