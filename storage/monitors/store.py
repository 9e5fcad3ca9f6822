"""Monitors as people see and change them: start, stop, the list, and the figures with the lines behind them."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.people import Refusal, StaffMember, invalid
from adjudication.readjudication.campaigns import acting_role
from adjudication.readjudication.monitors import STARTERS, WATCHERS, start_refusal, stop_refusal
from contracts.records.monitors import Monitor, MonitorFilter, MonitorRun, MonitorView, Row
from storage.audit.trail import Entry, append_locked

MONITOR: Final = """
    SELECT m.monitor_id::text AS monitor_id, m.policy, m.version, m.share, m.reason, m.ends_on, m.started_by, m.started_at,
           m.looked_at, m.trouble, s.stopped_by, s.stopped_at, s.reason AS stop_reason
    FROM monitors m LEFT JOIN monitor_stops s USING (monitor_id)"""
RUN: Final = """
    SELECT monitor_id::text AS monitor_id, run, draft_hash, in_force_hash, begun_at, position_at,
           position_claim::text AS position_claim, swept_at, claims, lines, differing FROM monitor_runs"""
_ONE: Final = text(f"{MONITOR} WHERE m.monitor_id = CAST(:id AS uuid)")
_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('monitors', 0))")
_NEWEST: Final = text(f"{MONITOR} ORDER BY m.started_at DESC, m.monitor_id LIMIT :size")
_RUNS: Final = text(f"{RUN} WHERE monitor_id = CAST(:id AS uuid) ORDER BY run DESC")
_OPEN: Final = text("""
    SELECT count(*) FROM monitors m WHERE NOT EXISTS (SELECT 1 FROM monitor_stops s WHERE s.monitor_id = m.monitor_id)
        AND m.ends_on >= (CAST(:now AS timestamptz) AT TIME ZONE 'UTC')::date
""")
_START: Final = text("""
    INSERT INTO monitors (monitor_id, policy, version, share, reason, ends_on, started_by, started_role, started_at)
    VALUES (CAST(:monitor_id AS uuid), :policy, :version, :share, :reason, :ends_on, :started_by, :role, :started_at)
""")
_STOP: Final = text("""
    INSERT INTO monitor_stops (monitor_id, reason, stopped_by, stopped_role, stopped_at)
    VALUES (CAST(:id AS uuid), :reason, :person, :role, :at)
""")
_CHOSEN: Final = """
    FROM monitor_lines WHERE monitor_id = CAST(:id AS uuid) AND run = :run
      AND (:direction = '' OR direction = :direction) AND (:plan = '' OR plan = :plan)
      AND (:provider = '' OR provider = :provider) AND (:against = '' OR against = :against)
      AND (:rule = '' OR before_rule = :rule OR after_rule = :rule)"""
_SUMS: Final = "count(*) AS lines, count(DISTINCT claim_id) AS claims, sum(amount) AS amount"
_BY: Final = {
    "directions": text(f"SELECT direction AS name, {_SUMS} {_CHOSEN} AND direction <> 'none' GROUP BY 1 ORDER BY 1"),
    "rules": text(
        f"SELECT before_rule AS before, after_rule AS name, direction, {_SUMS} {_CHOSEN} AND direction <> 'none' "
        "GROUP BY 1, 2, 3 ORDER BY lines DESC, 1, 2, 3 LIMIT 50"
    ),
    "plans": text(
        f"SELECT plan AS name, direction, {_SUMS} {_CHOSEN} AND direction <> 'none' GROUP BY 1, 2 ORDER BY 1, 2 LIMIT 200"
    ),
    "providers": text(
        f"SELECT provider AS name, direction, {_SUMS} {_CHOSEN} AND direction <> 'none' "
        "GROUP BY 1, 2 ORDER BY abs(sum(amount)) DESC, 1, 2 LIMIT 50"
    ),
    "people": text(
        f"SELECT decided_by AS name, recorded AS direction, against, {_SUMS} {_CHOSEN} AND against IS NOT NULL "
        "GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    ),
}
_LINES: Final = text(
    f"SELECT *, claim_id::text AS claim {_CHOSEN} ORDER BY abs(amount) DESC, claim_id, version, line LIMIT :size"
)
SHOWN: Final = 100
EXPORTED: Final = 20_000
_REUSED: Final = invalid("idempotency-key-reused", "this id was used for another monitor; send a new one")
_MONITOR_FIELDS: Final = tuple(each.name for each in fields(Monitor))


class Monitors:
    """Stores monitors and reads what they found."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use a pool."""
        self._engine = engine

    async def start(self, wanted: Monitor, person: StaffMember) -> Monitor | Refusal:
        """Store a monitor, which the reconciler then runs; the same id and content again is the same monitor."""
        row = asdict(wanted) | {"role": acting_role(person, STARTERS) if person.roles & STARTERS else ""}
        async with self._engine.begin() as connection:
            await connection.execute(_LOCK)
            kept = (await connection.execute(_ONE, {"id": wanted.monitor_id})).first()
            if kept is not None:
                return monitor_of(kept) if _asked(monitor_of(kept)) == _asked(wanted) else _REUSED
            running = int(await connection.scalar(_OPEN, {"now": wanted.started_at}) or 0)
            today = wanted.started_at.date()
            refusal = start_refusal(person, wanted.reason, wanted.share, wanted.ends_on, today, running)
            if refusal is not None:
                return refusal
            await connection.execute(_START, row)
            said = {"action": "started", "policy": wanted.policy, "version": wanted.version, "share": str(wanted.share)}
            said |= {"ends_on": wanted.ends_on.isoformat(), "reason": wanted.reason}
            await _trail(connection, wanted.monitor_id, (person.person_id, row["role"]), said, wanted.started_at)
        return wanted

    async def stop(self, monitor_id: str, person: StaffMember, reason: str, at: datetime) -> Monitor | Refusal | None:
        """Stop a monitor; its figures stay. None when there is none."""
        async with self._engine.begin() as connection:
            await connection.execute(_LOCK)
            row = (await connection.execute(_ONE, {"id": monitor_id})).first()
            if row is None:
                return None
            refusal = stop_refusal(person, reason, stopped=row.stopped_at is not None)
            if refusal is not None:
                return refusal
            role = acting_role(person, WATCHERS)
            values = {"id": monitor_id, "reason": reason, "person": person.person_id, "role": role, "at": at}
            await connection.execute(_STOP, values)
            await _trail(connection, monitor_id, (person.person_id, role), {"action": "stopped", "reason": reason}, at)
            return monitor_of((await connection.execute(_ONE, {"id": monitor_id})).one())

    async def newest(self, size: int = 50) -> tuple[MonitorView, ...]:
        """Return the newest monitors with the counts of their newest runs, newest first."""
        async with self._engine.connect() as connection:
            found = [monitor_of(row) for row in (await connection.execute(_NEWEST, {"size": size})).all()]
            return tuple([await _counted(connection, each) for each in found])

    async def view(self, monitor_id: str, chosen: MonitorFilter, size: int = SHOWN) -> MonitorView | None:
        """Return a monitor with the sums and lines of its newest run that fit a filter, largest amounts first."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(_ONE, {"id": monitor_id})).first()
            if row is None:
                return None
            found = await _counted(connection, monitor_of(row))
            if found.run is None:
                return found
            key = {"id": monitor_id, "run": found.run.run, **asdict(chosen)}
            sums = {name: await _rows(connection, query, key) for name, query in _BY.items()}
            lines = await _rows(connection, _LINES, key | {"size": size})
        return MonitorView(found.monitor, found.run, found.runs, lines=lines, **sums)

    async def exported(self, monitor_id: str, person: StaffMember, rows: int, at: datetime) -> None:
        """Record that a person took the lines of a monitor as a file."""
        async with self._engine.begin() as connection:
            by = (person.person_id, acting_role(person, WATCHERS))
            await _trail(connection, monitor_id, by, {"action": "exported", "rows": rows}, at)


async def _counted(connection: AsyncConnection, monitor: Monitor) -> MonitorView:
    runs = (await connection.execute(_RUNS, {"id": monitor.monitor_id})).all()
    return MonitorView(monitor, run_of(runs[0]) if runs else None, len(runs))


async def _rows(connection: AsyncConnection, query: Any, key: dict[str, Any]) -> tuple[Row, ...]:
    return tuple(dict(each) for each in (await connection.execute(query, key)).mappings().all())


async def _trail(
    connection: AsyncConnection, monitor_id: str, by: tuple[str, str], said: dict[str, Any], at: datetime
) -> None:
    entry = Entry(f"monitor/{monitor_id}", at, by[0], by[1], None, orjson.dumps(said).decode())
    await append_locked(connection, entry)


def _asked(monitor: Monitor) -> tuple[object, ...]:
    return monitor.policy, monitor.version, monitor.share, monitor.reason, monitor.ends_on, monitor.started_by


def monitor_of(row: Any) -> Monitor:
    """Return a monitor from its stored row."""
    return Monitor(**{name: getattr(row, name) for name in _MONITOR_FIELDS})


def run_of(row: Any) -> MonitorRun:
    """Return a run from its stored row."""
    return MonitorRun(**{each.name: getattr(row, each.name) for each in fields(MonitorRun)})
