"""The reports of processes about themselves, kept in the ledger: the console may run on another host than the others."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.records.dashboard import ProcessReport

FORGOTTEN_AFTER: Final = "1 hour"
"""The time for which a process that ended without withdrawing its report is listed."""

_KEEP: Final = text("""
    INSERT INTO process_reports (host, name, pid, version, started_at, ready, says, retries, paused, seen_at)
    VALUES (:host, :name, :pid, :version, :started_at, :ready, :says, :retries, :paused, now())
    ON CONFLICT (host, name, pid) DO UPDATE SET version = excluded.version, started_at = excluded.started_at,
        ready = excluded.ready, says = excluded.says, retries = excluded.retries, paused = excluded.paused, seen_at = now()
""")
_FORGET: Final = text(f"""
    DELETE FROM process_reports
    WHERE (host, name, pid) = (:host, :name, :pid) OR seen_at < now() - interval '{FORGOTTEN_AFTER}'
""")
# Ages use the database's clock, because the hosts' clocks may differ.
_ALL: Final = text("""
    SELECT host, name, pid, version, started_at, ready, says, retries, paused,
           extract(epoch FROM now() - seen_at)::double precision AS age_seconds
    FROM process_reports ORDER BY host, name, started_at, pid
""")


class ProcessReports:
    """Stores and reads the reports."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use an engine, which pools connections."""
        self._engine = engine

    async def keep(self, report: ProcessReport) -> None:
        """Replace the process's last report."""
        values = {name: value for name, value in asdict(report).items() if name != "age_seconds"}
        async with self._engine.begin() as connection:
            await connection.execute(_KEEP, values)

    async def forget(self, host: str, name: str, pid: int) -> None:
        """Remove the report of a process that ends, and old reports of processes that were killed."""
        async with self._engine.begin() as connection:
            await connection.execute(_FORGET, {"host": host, "name": name, "pid": pid})

    async def all(self) -> tuple[ProcessReport, ...]:
        """Return the last report of every process."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(_ALL)).mappings()
            return tuple(ProcessReport(**row) for row in rows)
