"""The reconciler's reads and writes of monitors: which run, the next decisions to judge, and the results of a page.

Decisions are read in the order of their stated time, some seconds after it; those committed even later are found by a
second query over the last minutes. The position and the key of its row ensure that a decision is judged once per run.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.model.vocabulary import ClaimId
from adjudication.readjudication.monitors import MonitoredLine
from contracts.records.monitors import DecidedClaim, JudgedDecision, Monitor, MonitorRun
from storage.audit.trail import Entry, append_locked
from storage.monitors.store import MONITOR, RUN, monitor_of, run_of

SETTLED: Final = timedelta(seconds=10)
"""The age from which decisions are judged: a decision is committed after the time that it states."""

OVERLAP: Final = timedelta(minutes=15)
_SWEEP_EVERY: Final = timedelta(minutes=5)
_SYSTEM: Final = "system"
_FIRST: Final = "00000000-0000-0000-0000-000000000000"

_RUNNING: Final = text(f"""
    {MONITOR} WHERE s.stopped_at IS NULL AND m.ends_on >= (CAST(:now AS timestamptz) AT TIME ZONE 'UTC')::date
    ORDER BY m.started_at, m.monitor_id
""")
_LATEST: Final = text(f"{RUN} WHERE monitor_id = CAST(:id AS uuid) ORDER BY run DESC LIMIT 1")
_LOCK_MONITOR: Final = text("SELECT 1 FROM monitors WHERE monitor_id = CAST(:id AS uuid) FOR UPDATE")
_BEGIN: Final = text("""
    INSERT INTO monitor_runs (monitor_id, run, draft_hash, in_force_hash, begun_at, position_at)
    VALUES (CAST(:id AS uuid), :run, :draft, :in_force, :now, :since)
""")
# The share is of claims, by their name-based ids: every monitor of the same share judges the same claims.
_FITS: Final = """
    FROM determinations d JOIN claims c USING (claim_id)
    WHERE EXISTS (SELECT 1 FROM determinations o WHERE o.claim_id = d.claim_id AND o.decides AND o.version <= d.version)
      AND NOT EXISTS (SELECT 1 FROM determinations n WHERE n.claim_id = d.claim_id AND n.version > d.version)
      AND ('x' || left(d.claim_id::text, 8))::bit(32)::bigint < CAST(:share AS numeric) * 4294967296
      AND (CAST(:codes AS text[]) IS NULL OR EXISTS (
          SELECT 1 FROM claim_lines l WHERE l.claim_id = d.claim_id AND l.code = ANY(CAST(:codes AS text[]))))"""
_COLUMNS: Final = "SELECT d.claim_id::text AS claim_id, d.version, d.decided_at, c.member_id"
_NEXT: Final = text(f"""
    {_COLUMNS} {_FITS} AND (d.decided_at, d.claim_id) > (:at, CAST(:claim AS uuid)) AND d.decided_at < :until
    ORDER BY d.decided_at, d.claim_id LIMIT :size
""")
_LATE: Final = text(f"""
    {_COLUMNS} {_FITS} AND d.decided_at >= :since AND (d.decided_at, d.claim_id) <= (:at, CAST(:claim AS uuid))
      AND NOT EXISTS (SELECT 1 FROM monitor_claims k WHERE (k.monitor_id, k.run, k.claim_id, k.version)
                      = (CAST(:id AS uuid), :run, d.claim_id, d.version))
    ORDER BY d.decided_at, d.claim_id LIMIT :size
""")
_CLAIMS: Final = text("""
    INSERT INTO monitor_claims (monitor_id, run, claim_id, version, lines, differing, judged_at)
    SELECT CAST(:id AS uuid), :run, t.claim_id, t.version, t.lines, t.differing, :now
    FROM json_to_recordset(CAST(:rows AS json)) AS t(claim_id uuid, version integer, lines integer, differing integer)
    ON CONFLICT DO NOTHING RETURNING claim_id::text, version
""")
_LINES: Final = text("""
    INSERT INTO monitor_lines (monitor_id, run, claim_id, version, line, code, plan, provider, served_on,
        recorded, recorded_paid, recorded_reason, before, before_paid, before_reason, after, after_paid, after_reason,
        before_rule, after_rule, direction, amount, confidence, decided_by, against)
    SELECT CAST(:id AS uuid), :run, t.* FROM json_to_recordset(CAST(:rows AS json)) AS t(
        claim_id uuid, version integer, line integer, code text, plan text, provider text, served_on date,
        recorded text, recorded_paid numeric, recorded_reason text, before text, before_paid numeric, before_reason text,
        after text, after_paid numeric, after_reason text, before_rule text, after_rule text, direction text,
        amount numeric, confidence text, decided_by text, against text)
""")
_COUNT: Final = text("""
    UPDATE monitor_runs SET claims = claims + :claims, lines = lines + :lines, differing = differing + :differing
    WHERE monitor_id = CAST(:id AS uuid) AND run = :run
""")
_MOVE: Final = text("""
    UPDATE monitor_runs SET position_at = :at, position_claim = CAST(:claim AS uuid)
    WHERE monitor_id = CAST(:id AS uuid) AND run = :run AND (position_at, position_claim) < (:at, CAST(:claim AS uuid))
""")
_SWEPT: Final = text("UPDATE monitor_runs SET swept_at = :now WHERE monitor_id = CAST(:id AS uuid) AND run = :run")
_LOOKED: Final = text("UPDATE monitors SET looked_at = :now, trouble = :trouble WHERE monitor_id = CAST(:id AS uuid)")


class MonitorJudging:
    """Gives decisions to a monitor's draft, page by page, and keeps the results."""

    def __init__(self, engine: AsyncEngine, settled: timedelta = SETTLED) -> None:
        """Use a pool; decisions younger than `settled` are left for later."""
        self._engine, self._settled = engine, settled

    async def running(self, now: datetime) -> tuple[Monitor, ...]:
        """Return the monitors that neither ended nor were stopped, the oldest first."""
        async with self._engine.connect() as connection:
            return tuple(monitor_of(row) for row in (await connection.execute(_RUNNING, {"now": now})).all())

    async def run_of(self, monitor: Monitor, texts: tuple[str, str], now: datetime) -> MonitorRun:
        """Return the run over these texts (the draft's hash, the one in force), begun if either changed since the last run.

        A run begins with the decisions since the monitor was started.
        """
        key = {"id": monitor.monitor_id}
        async with self._engine.begin() as connection:
            await connection.execute(_LOCK_MONITOR, key)
            last = (await connection.execute(_LATEST, key)).first()
            if last is not None and (last.draft_hash, last.in_force_hash) == texts:
                return run_of(last)
            number = 1 if last is None else last.run + 1
            row = {**key, "run": number, "draft": texts[0], "in_force": texts[1], "now": now}
            await connection.execute(_BEGIN, row | {"since": monitor.started_at})
            said = {"action": "judges", "run": number, "draft_hash": texts[0], "in_force_hash": texts[1]}
            entry = Entry(f"monitor/{monitor.monitor_id}", now, _SYSTEM, _SYSTEM, None, orjson.dumps(said).decode())
            await append_locked(connection, entry)
            return run_of((await connection.execute(_LATEST, key)).one())

    async def page(
        self, monitor: Monitor, run: MonitorRun, codes: frozenset[str] | None, size: int, now: datetime
    ) -> tuple[DecidedClaim, ...]:
        """Return the next decisions to judge; none: all are judged, and the position moves on to now.

        `codes`: of the lines that the draft concerns; None: every claim.
        """
        until = min(now - self._settled, monitor.ends_at)
        row: dict[str, Any] = {"share": monitor.share, "codes": None if codes is None else sorted(codes), "size": size}
        row |= {"id": run.monitor_id, "run": run.run, "at": run.position_at, "claim": run.position_claim}
        async with self._engine.begin() as connection:
            found = (await connection.execute(_NEXT, row | {"until": until})).all()
            if not found:
                await connection.execute(_MOVE, row | {"at": until, "claim": _FIRST})
                if run.swept_at is None or now - run.swept_at >= _SWEEP_EVERY:
                    since = max(monitor.started_at, run.position_at - OVERLAP)
                    found = (await connection.execute(_LATE, row | {"since": since})).all()
                    if len(found) < size:
                        await connection.execute(_SWEPT, row | {"now": now})
        return tuple(DecidedClaim(ClaimId(r.claim_id), r.version, r.decided_at, r.member_id) for r in found)

    async def keep(
        self, run: MonitorRun, page: Sequence[DecidedClaim], judged: Sequence[JudgedDecision], now: datetime
    ) -> int:
        """Store the results of a page and return how many are new: those that another process stored stay as they are."""
        key = {"id": run.monitor_id, "run": run.run}
        rows = [
            {"claim_id": each.claim_id, "version": each.version, "lines": each.lines, "differing": each.differing}
            for each in judged
        ]
        async with self._engine.begin() as connection:
            await connection.execute(_LOCK_MONITOR, key)
            new = {
                tuple(each)
                for each in (await connection.execute(_CLAIMS, key | {"rows": _json(rows), "now": now})).all()
            }
            kept = [each for each in judged if (each.claim_id, each.version) in new]
            lines = [line_row(each, line) for each in kept for line in each.found]
            if lines:
                await connection.execute(_LINES, key | {"rows": _json(lines)})
            sums = {name: sum(getattr(each, name) for each in kept) for name in ("lines", "differing")}
            await connection.execute(_COUNT, key | sums | {"claims": len(kept)})
            await connection.execute(_MOVE, key | {"at": page[-1].decided_at, "claim": page[-1].claim_id})
        return len(kept)

    async def looked(self, monitor: Monitor, now: datetime, trouble: str | None) -> None:
        """Record that the monitor ran, or why its draft could not judge."""
        async with self._engine.begin() as connection:
            await connection.execute(_LOOKED, {"id": monitor.monitor_id, "now": now, "trouble": trouble})


def line_row(judged: JudgedDecision, line: MonitoredLine) -> dict[str, Any]:
    """Return the row of one line, as it is stored; amounts are decimal strings in US dollars.

    Where both texts agree, the row is of a line that a person decided: `before` and `after` are the recorded decision, or
    what the draft answers without that person.
    """
    impact, draft = line.impact, line.draft_alone or line.recorded
    before, after = (line.recorded, draft) if impact is None else (impact.before, impact.after)
    row: dict[str, Any] = {
        "claim_id": judged.claim_id,
        "version": judged.version,
        "line": line.line,
        "code": line.code,
        "plan": line.plan,
        "provider": line.provider,
        "served_on": line.served_on.isoformat(),
        "before_rule": line.rules[0],
        "after_rule": line.rules[1],
        "direction": "none" if impact is None else impact.direction.value,
        "amount": "0" if impact is None else str(impact.amount),
        "confidence": "" if impact is None else impact.confidence.value,
        "decided_by": line.decided_by,
        "against": line.against,
    }
    for name, result in (("recorded", line.recorded), ("before", before), ("after", after)):
        row |= {name: result.disposition, f"{name}_paid": str(result.paid), f"{name}_reason": result.reason}
    return row


def _json(rows: Sequence[dict[str, Any]]) -> str:
    return orjson.dumps(rows).decode()
