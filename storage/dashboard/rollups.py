"""Counts per minute, computed from the ledger, so that the dashboard sums a day from at most 1,440 rows.

Counting a minute again replaces its counts, so nothing is counted twice, several consoles
may do it at once, and late commits are included when their minute is counted again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.records.dashboard import LineOutcome, PolicyOutcome, Totals
from storage.dashboard.lists import FIRST_TIME, OUTCOME

FILLED: Final = "filled"
_KEPT: Final = timedelta(days=35)
_FILL: Final = text(f"""
    INSERT INTO operations_minutes (minute, measure, key, count)
    SELECT date_trunc('minute', registered_at), 'received', '', count(*) FROM claims
    WHERE registered_at >= :since AND registered_at < :until GROUP BY 1
    UNION ALL
    SELECT date_trunc('minute', d.decided_at), CASE WHEN EXISTS (SELECT 1 FROM pends p WHERE p.claim_id = d.claim_id)
               THEN 'determined-after-waiting' ELSE 'straight-through' END, '', count(*)
    FROM determinations d WHERE d.decided_at >= :since AND d.decided_at < :until AND d.decides GROUP BY 1, 2
    UNION ALL
    SELECT date_trunc('minute', opened_at), 'pended', '', count(DISTINCT claim_id) FROM pends
    WHERE opened_at >= :since AND opened_at < :until AND round = 0 GROUP BY 1
    UNION ALL
    SELECT date_trunc('minute', recorded_at), 'appealed', '', count(*) FROM appeal_filings f
    WHERE recorded_at >= :since AND recorded_at < :until AND NOT EXISTS (
        SELECT 1 FROM appeal_filings e WHERE e.appeal_id = f.appeal_id AND e.version < f.version)
    GROUP BY 1
    UNION ALL
    SELECT date_trunc('minute', kept_at), 'dead-letter', '', count(*) FROM dead_letters
    WHERE kept_at >= :since AND kept_at < :until GROUP BY 1
    UNION ALL
    SELECT date_trunc('minute', d.decided_at), 'line',
           {OUTCOME}, count(*)
    FROM determinations d JOIN determination_lines l USING (claim_id, version)
    WHERE d.decided_at >= :since AND d.decided_at < :until AND l.disposition IN ('approved', 'denied') AND {FIRST_TIME}
    GROUP BY 1, 3
    UNION ALL
    SELECT date_trunc('minute', decided_at), 'policy', concat_ws('|', leg->>'policy', leg->>'version', leg->>'result'),
           count(*)
    FROM (SELECT DISTINCT ON (d.claim_id) d.decided_at, t.lines
          FROM determinations d JOIN policy_traces t USING (claim_id)
          WHERE d.decided_at >= :since AND d.decided_at < :until AND d.decides
          ORDER BY d.claim_id, t.round DESC) last,
         json_array_elements(last.lines) line, json_array_elements(line->'legs') leg
    WHERE leg->>'policy' IS NOT NULL GROUP BY 1, 3
    UNION ALL
    SELECT m, 'filled', '', 1 FROM generate_series(CAST(:since AS timestamptz), :last, interval '1 minute') AS m
    ORDER BY 1, 2, 3  -- two consoles take the rows in one order
    ON CONFLICT (minute, measure, key) DO UPDATE SET count = excluded.count
    WHERE operations_minutes.count <> excluded.count
""")
_LAST_FILLED: Final = text("SELECT max(minute) FROM operations_minutes WHERE measure = 'filled' AND minute >= :since")
_FIRST: Final = text("SELECT registered_at FROM claims ORDER BY sequence LIMIT 1")
_FORGET: Final = text("DELETE FROM operations_minutes WHERE minute < :before")
_SUMS: Final = text("""
    SELECT measure, key, sum(count)::bigint AS total FROM operations_minutes
    WHERE minute >= :since AND measure <> 'filled' GROUP BY measure, key
    ORDER BY total DESC, key
""")


class MinuteCounts:
    """Counts minutes and sums them."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use an engine, which pools connections."""
        self._engine = engine

    async def fill(self, since: datetime, until: datetime) -> None:
        """Count every minute from that of `since` through that of `until`."""
        start, last = _minute(since), _minute(until)
        asked = {"since": start, "until": last + timedelta(minutes=1), "last": last}
        async with self._engine.begin() as connection:
            await connection.execute(_FILL, asked)

    async def filled_until(self, since: datetime) -> datetime | None:
        """Return the newest minute that was counted, or None when none since a time was."""
        async with self._engine.connect() as connection:
            found: datetime | None = await connection.scalar(_LAST_FILLED, {"since": since})
        return found

    async def first_claim_at(self) -> datetime | None:
        """Return when the ledger's first claim was registered; None when it is empty."""
        async with self._engine.connect() as connection:
            found: datetime | None = await connection.scalar(_FIRST)
        return found

    async def forget_old(self, now: datetime) -> None:
        """Delete minutes older than any window."""
        async with self._engine.begin() as connection:
            await connection.execute(_FORGET, {"before": now - _KEPT})

    async def totals(self, since: datetime) -> Totals:
        """Sum the minutes since a time."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(_SUMS, {"since": since})).all()
        counts = {row.measure: row.total for row in rows if not row.key}
        lines = [(row.key.split("|"), row.total) for row in rows if row.measure == "line"]
        policies = [(row.key.split("|"), row.total) for row in rows if row.measure == "policy"]
        return Totals(
            since=since,
            received=counts.get("received", 0),
            determined=counts.get("straight-through", 0) + counts.get("determined-after-waiting", 0),
            straight_through=counts.get("straight-through", 0),
            pended=counts.get("pended", 0),
            appealed=counts.get("appealed", 0),
            dead_letters=counts.get("dead-letter", 0),
            lines=tuple(LineOutcome(n[0], n[1], n[2], total) for n, total in lines),
            policies=tuple(PolicyOutcome(n[0], n[1], n[2], total) for n, total in policies),
        )


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
