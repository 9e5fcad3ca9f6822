"""Records who released a policy version: both people are checked against the staff list, and all rows are written or none.

The table has one row per version, the trail an entry per person. What the product ships is recorded once, when a ledger is
migrated for the first time: those people are of the publisher's staff list and not of this one (decision 0063).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.people import Role
from adjudication.policy.approval import Deciding, PolicyRelease, refusal
from storage.audit.trail import Entry, append_locked
from storage.people.accounts import find_person

MIGRATION: Final = "claimwright-migrate"
"""Audit name under which a migration enters the releases that the product ships."""

_ADD: Final = text("""
    INSERT INTO policy_releases (policy, version, content_hash, author, approver, reasons, released_on, shipped, recorded_at)
    VALUES (:policy, :version, :content_hash, :author, :approver, :reasons, :released_on, :shipped, :recorded_at)
    ON CONFLICT (policy, version) DO NOTHING
""")
_ALL: Final = text("""
    SELECT policy, version, content_hash, author, approver, reasons, released_on, shipped, recorded_at
    FROM policy_releases ORDER BY policy, version
""")
_CONTENT: Final = text("SELECT content_hash FROM policy_releases WHERE policy = :policy AND version = :version")
_EMPTY: Final = text("SELECT NOT EXISTS (SELECT 1 FROM policy_releases)")
_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('policy_releases', 0))")


class ReleaseRefusedError(ValueError):
    """The two people may not release the version; the text says why."""


@dataclass(frozen=True, slots=True)
class RecordedRelease:
    """One release as the ledger has it. `shipped`: it came with the product, released by its publisher's people."""

    release: PolicyRelease
    released_on: date
    shipped: bool
    recorded_at: datetime


async def record_release(
    engine: AsyncEngine,
    release: PolicyRelease,
    at: datetime,
    write: Callable[[], object],
    read_with: PolicyRelease | None = None,
) -> None:
    """Check both people, write the row, both entries of the trail and then the file; raises ReleaseRefusedError.

    `read_with`: what the version reads of shared tables, recorded with it unless the ledger has it already. The file is
    written before the transaction ends: without the file nothing is released, and the ledger must not record a release.
    """
    async with engine.begin() as connection:
        author = await find_person(connection, release.author)
        approver = await find_person(connection, release.approver)
        why = refusal(release, author, approver, at.date())
        if why is not None:
            raise ReleaseRefusedError(why)
        if not await _approve(connection, release, at):
            what = f"{release.policy} {release.version} is recorded as released already"
            raise ReleaseRefusedError(f"{what}; a correction is a new version (claimwright policy new)")
        if read_with is not None and not await _approve(connection, read_with, at):
            key = {"policy": read_with.policy, "version": read_with.version}
            if await connection.scalar(_CONTENT, key) != read_with.content_hash:
                what = f"{read_with.policy} {read_with.version} is recorded with another content"
                raise ReleaseRefusedError(
                    f"{what}; compare released.yaml with the one that this ledger was released from"
                )
        write()


async def _approve(connection: AsyncConnection, release: PolicyRelease, at: datetime) -> bool:
    """Enter a release and its two entries of the trail; False if the ledger has it already."""
    if not await _add(connection, RecordedRelease(release, at.date(), shipped=False, recorded_at=at)):
        return False
    await _enter(connection, release, "proposed", at, release.author, Role.POLICY_OWNER.value)
    await _enter(connection, release, "approved", at, release.approver, Role.MEDICAL_DIRECTOR.value)
    return True


async def record_shipped(
    engine: AsyncEngine, shipped: Sequence[tuple[PolicyRelease, date]], at: datetime
) -> tuple[PolicyRelease, ...]:
    """Enter the releases that came with the product, if the ledger has none yet; returns what was entered."""
    async with engine.begin() as connection:
        await connection.execute(_LOCK)
        if not await connection.scalar(_EMPTY):
            return ()
        for release, released_on in shipped:
            await _add(connection, RecordedRelease(release, released_on, shipped=True, recorded_at=at))
            await _enter(connection, release, "shipped", at, MIGRATION, "ops")
    return tuple(release for release, _ in shipped)


async def recorded_releases(engine: AsyncEngine) -> tuple[RecordedRelease, ...]:
    """Return every release that the ledger has."""
    async with engine.connect() as connection:
        rows = (await connection.execute(_ALL)).mappings().all()
    return tuple(
        RecordedRelease(
            PolicyRelease(*(row[name] for name in PolicyRelease.__dataclass_fields__)),
            row["released_on"],
            row["shipped"],
            row["recorded_at"],
        )
        for row in rows
    )


async def without_release(engine: AsyncEngine, versions: Iterable[Deciding]) -> tuple[Deciding, ...]:
    """Return the policy data without a release in the ledger of exactly this content."""
    recorded = [each.release for each in await recorded_releases(engine)]
    kept = {(each.policy, each.version, each.content_hash) for each in recorded}
    return tuple(each for each in versions if (each.policy, each.version, each.content_hash) not in kept)


async def _add(connection: AsyncConnection, recorded: RecordedRelease) -> bool:
    row: dict[str, Any] = {
        **asdict(recorded.release),
        "released_on": recorded.released_on,
        "shipped": recorded.shipped,
        "recorded_at": recorded.recorded_at,
    }
    return (await connection.execute(_ADD, row)).rowcount == 1


async def _enter(
    connection: AsyncConnection, release: PolicyRelease, action: str, at: datetime, person: str, role: str
) -> None:
    content = orjson.dumps({"action": action, **asdict(release)}).decode()
    await append_locked(connection, Entry(f"policies/{release.policy}", at, person, role, None, content))
