"""Checks for the usual faults, each with its remedy."""

from __future__ import annotations

import asyncio
import shutil
import socket
import sys
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import psycopg

from adjudication.policy.approval import Deciding
from cli.times import when
from contracts.records.reconciliation import Stuck
from deploy.local.java import OLDEST, version
from deploy.local.pipeline import Pipeline
from runtime import wiring
from runtime.database_access import role_dsn
from runtime.errors import StackError
from runtime.policy_releases import REMEDY, unrecorded
from runtime.settings import Settings
from storage.privileges.check import excess
from storage.privileges.roles import DatabaseRole
from storage.reconciliation.stuck import stuck_work

FREE_GIB = 2
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: its subject, whether it passed, and the remedy if not."""

    what: str
    ok: bool
    remedy: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Run every check; none stops the others."""
    checks = (_machine, _policies, _parts, _stuck, _releases, _roles)
    return [finding for check in checks for finding in check(settings)]


def _machine(settings: Settings) -> Iterator[Finding]:
    python = sys.version_info[:2]
    yield Finding(f"Python {python[0]}.{python[1]}", (3, 11) <= python <= (3, 13), "use Python 3.11, 3.12 or 3.13")
    java = shutil.which("java")
    found = version(java) if java else 0
    note = (
        f"Java {found} on the path" if found >= OLDEST else f"no Java {OLDEST}+ on the path; one from the index is used"
    )
    yield Finding(note, ok=True)
    folder = settings.state_dir if settings.state_dir.exists() else settings.state_dir.parent
    free = shutil.disk_usage(folder).free >> 30
    yield Finding(
        f"{free} GiB free for local data", free >= FREE_GIB, "free some disk space, or set CLAIMWRIGHT_STATE_DIR"
    )
    # Slow to import, and `up`, `down` and `status` import this module.
    from console.web.assets import load_assets  # noqa: PLC0415

    built = _passes(load_assets)
    yield Finding("the console's assets are built", built, "run `make setup`, or `python -m tools.assets`")
    yield Finding("loopback works", _passes(_loopback), "allow connections to 127.0.0.1")


def _loopback() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname(), timeout=2):
        pass


def _policies(settings: Settings) -> Iterator[Finding]:
    from rulebook.library import load_reference  # noqa: PLC0415 - as above

    loads = _passes(lambda: load_reference(settings.policies_dir))
    yield Finding("policies load", loads, "run `claimwright up` to see the message, then correct the file it names")


def _parts(settings: Settings) -> Iterator[Finding]:
    pipeline = Pipeline(settings)
    yield Finding("the process supervisor runs", pipeline.supervisor.answers(), "run `claimwright up`")
    for part in pipeline.status():
        what = f"{part.name} is ready" if part.ready else f"{part.name} is not ready ({part.state})"
        yield Finding(what, part.ready, f"run `claimwright up`; its log is {pipeline.process(part.name).log}")


def _stuck(settings: Settings) -> Iterator[Finding]:
    """Report stuck open work."""
    yield from _read(
        read_stuck(settings),
        "stuck work",
        lambda each: Finding(stuck_text(each), ok=False, remedy=each.remedy),
        "no work is stuck",
    )


def _read(
    reading: Coroutine[Any, Any, tuple[T, ...]], subject: str, problem: Callable[[T], Finding], none: str
) -> Iterator[Finding]:
    """Report each problem that the ledger holds, that there is none, or that it could not be read."""
    try:
        found = asyncio.run(reading)
    except Exception as error:  # noqa: BLE001 - a failed check is the answer
        remedy = "run `claimwright up`, then `claimwright doctor` again"
        yield Finding(f"{subject} could not be read ({type(error).__name__})", ok=False, remedy=remedy)
        return
    for each in found:
        yield problem(each)
    if not found:
        yield Finding(none, ok=True)


def stuck_text(stuck: Stuck) -> str:
    """Return the text about stuck work: how much, and since when."""
    since = "" if stuck.since is None else f" since {when(stuck.since)}"
    return f"{stuck.count} {stuck.what}{since}"


async def read_stuck(settings: Settings) -> tuple[Stuck, ...]:
    """Read the stuck work from the ledger."""
    engine = wiring.database(settings)
    try:
        return await stuck_work(engine, wiring.now())
    finally:
        await engine.dispose()


def _releases(settings: Settings) -> Iterator[Finding]:
    """Report policy versions that decide claims and that no two people released in this ledger."""
    yield from _read(
        read_unrecorded(settings),
        "policy releases",
        lambda each: Finding(unrecorded_text(each), ok=False, remedy=REMEDY.format(each)),
        "two people released every policy version that decides claims",
    )


def unrecorded_text(version: Deciding) -> str:
    """Say that a version has no recorded release."""
    return f"{version.policy} {version.version} decides claims, and the ledger records no release of it"


async def read_unrecorded(settings: Settings) -> tuple[Deciding, ...]:
    """Read which policy versions decide claims without a recorded release."""
    from rulebook.library import load_reference  # noqa: PLC0415 - as above

    catalog = load_reference(settings.policies_dir).catalog
    engine = wiring.database(settings)
    try:
        return await unrecorded(engine, catalog)
    finally:
        await engine.dispose()


def _roles(settings: Settings) -> Iterator[Finding]:
    """Report a process that connects to PostgreSQL with more rights than it needs, or that cannot connect."""
    for role in DatabaseRole:
        try:
            found = excess(role_dsn(settings, role))
        except (psycopg.Error, StackError) as error:
            found = f"cannot connect ({type(error).__name__})"
        what = f"{role.value} connects to PostgreSQL with no more power than it needs"
        remedy = f"it {found}; give it its own role (docs/operations/database-roles.md)"
        yield Finding(what, found is None, remedy)


def _passes(check: Callable[[], object]) -> bool:
    try:
        check()
    except Exception:  # noqa: BLE001 - a failed check is the answer
        return False
    return True
