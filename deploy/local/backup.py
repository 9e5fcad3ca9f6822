"""Back up and restore the local stack: the ledger as PostgreSQL dumps it, Temporal's file, keys, and the positions of the topics.

Kafka's own files are not part of it: `claimwright recover` reads events from the topics that the backup lacks.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import orjson
import psycopg
from psycopg import sql

from contracts.events.topics import TOPICS
from deploy.local.pipeline import Pipeline
from deploy.local.postgres import program, system_user
from deploy.local.processes import Report
from deploy.local.stack import STOP_SIGNALS
from runtime import wiring
from runtime.addresses import Ports, load_ports
from runtime.errors import StackError
from runtime.processes.services import SERVICES
from runtime.recovery.topics import reader
from runtime.settings import Settings

LEDGER: Final = "ledger.dump"
TEMPORAL: Final = "temporal.db"
MANIFEST: Final = "manifest.json"
KEYS: Final = ("payload.key", "token.key")


def back_up(settings: Settings, folder: Path, report: Report) -> None:
    """Write a backup into a new folder while everything runs. It holds member data and keys: protect it like the ledger itself."""
    _own_servers_only(settings)
    if folder.exists() and any(folder.iterdir()):
        raise StackError(f"{folder} is not empty; name a new folder for the backup")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.umask(0o077)
    state = settings.state_dir.resolve()
    # The positions first: later records are in the topics, and recovery reads them again.
    positions = asyncio.run(_positions(settings))
    report("ledger", "dumping")
    _run(
        settings,
        [program("pg_dump"), "--format=custom", f"--dbname={_dsn(settings, 'claimwright')}"],
        output=folder / LEDGER,
    )
    report("temporal", "copying")
    source = sqlite3.connect(f"file:{state / 'temporal' / 'temporal.db'}?mode=ro", uri=True)
    target = sqlite3.connect(folder / TEMPORAL)
    with source, target:
        source.backup(target)
    source.close()
    target.close()
    for key in KEYS:
        if (state / key).exists():
            shutil.copy2(state / key, folder / key)
    manifest = {"at": datetime.now(UTC).isoformat(), "ends": positions}
    (folder / MANIFEST).write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2))


def restore(settings: Settings, folder: Path, report: Report, *, with_temporal: bool = False) -> None:
    """Replace the stopped stack's ledger, and Temporal's data on request, with a backup. Recover afterwards."""
    _own_servers_only(settings)
    if not (folder / LEDGER).exists():
        raise StackError(f"{folder} holds no {LEDGER}; name the folder of a backup")
    pipeline = Pipeline(settings)
    _refuse_while_running([part.name for part in pipeline.status() if part.pid is not None])
    state = settings.state_dir.resolve()
    if with_temporal:
        for old in (state / "temporal").glob("temporal.db*"):
            old.unlink()
        shutil.copy2(folder / TEMPORAL, state / "temporal" / TEMPORAL)
    for key in KEYS:
        if (folder / key).exists() and not (state / key).exists():
            shutil.copy2(folder / key, state / key)
    pipeline.stack.up(report, only=("postgres",))
    report("ledger", "restoring")
    _restore_ledger(settings, folder)
    # `up` starts it under its supervisor.
    pipeline.stack.process("postgres").stop(sign=STOP_SIGNALS["postgres"])


def _restore_ledger(settings: Settings, folder: Path) -> None:
    with psycopg.connect(
        _dsn(settings, "postgres"), password=_ports(settings).postgres_password, autocommit=True
    ) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS claimwright WITH (FORCE)"))
        connection.execute(sql.SQL("CREATE DATABASE claimwright"))
    _run(
        settings,
        [program("pg_restore"), "--exit-on-error", f"--dbname={_dsn(settings, 'claimwright')}"],
        read=folder / LEDGER,
    )


def stopped(settings: Settings) -> None:
    """Raise StackError while a process of ours runs: nothing else may write to the ledger and topics during recovery."""
    pipeline = Pipeline(settings)
    _refuse_while_running([part.name for part in pipeline.status() if part.name in SERVICES and part.pid is not None])


def _refuse_while_running(running: Sequence[str]) -> None:
    if running:
        raise StackError(f"{', '.join(running)} still running; run `claimwright down` first")


async def _positions(settings: Settings) -> dict[str, int]:
    """Return the end of every partition of every topic."""
    kafka = wiring.kafka(settings)
    async with reader(kafka) as consumer:
        ends = await consumer.end_offsets(await kafka.partitions(consumer, [topic.name for topic in TOPICS]))
    return {f"{kafka.topic(each.topic)}/{each.partition}": end for each, end in sorted(ends.items())}


def _own_servers_only(settings: Settings) -> None:
    own = wiring.own_servers(settings)
    if not all(own.values()) or load_ports(settings.state_dir.resolve()) is None:
        raise StackError(
            "this works on the local stack that `claimwright up` started; see docs/operations/restore.md for other servers"
        )


def _ports(settings: Settings) -> Ports:
    ports = load_ports(settings.state_dir.resolve())
    if ports is None:
        raise StackError("there is no local stack here; run `claimwright up` first")
    return ports


def _dsn(settings: Settings, database: str) -> str:
    """Return where a database is, without the password: every user of this computer can read a command line."""
    return f"postgresql://postgres@127.0.0.1:{_ports(settings).postgres}/{database}"


def _run(settings: Settings, command: Sequence[str], *, output: Path | None = None, read: Path | None = None) -> None:
    nothing = Path(os.devnull)
    with (output or nothing).open("wb") as out, (read or nothing).open("rb") as source:
        done = subprocess.run(
            command,
            stdin=source,
            stdout=out,
            stderr=subprocess.PIPE,
            check=False,
            user=system_user(),
            cwd="/",
            env={**os.environ, "PGPASSWORD": _ports(settings).postgres_password},
        )
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()[-400:]
        raise StackError(f"{Path(command[0]).name} failed: {said}")
