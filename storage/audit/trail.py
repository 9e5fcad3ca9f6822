"""The audit trail: append-only, with one chain of hashes per subject that is verified from first entry to last.

The hash of an entry covers the hash before it, so an entry that is changed, removed or inserted breaks every later
hash. The head of a chain records where it ends, so entries removed from the end are noticed too. PostgreSQL refuses
updates and deletes; chain and head reveal what a person with the database password changed in spite of that. Heads
kept outside the database reveal a rewrite of both (storage/audit/heads.py).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.invariants.audit_trail import differences_from_trail
from storage.invariants.signatures import unfounded

FIRST: Final = b"\x00" * 32
"""The hash before the first entry of a subject."""

_LAST: Final = text("SELECT number, hash FROM audit_heads WHERE subject = :subject")
_HEAD: Final = text("""
    INSERT INTO audit_heads (subject, number, hash) VALUES (:subject, :number, :hash)
    ON CONFLICT (subject) DO UPDATE SET number = EXCLUDED.number, hash = EXCLUDED.hash
""")
_APPEND: Final = text("""
    INSERT INTO audit_trail (subject, number, at, person_id, role, action_id, content, previous, hash)
    VALUES (:subject, :number, :at, :person_id, :role, CAST(:action_id AS uuid), CAST(:content AS json), :previous, :hash)
""")
_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtextextended(:subject, 0))")
_ALL: Final = text("""
    SELECT subject, number, at, person_id, role, action_id::text, content::text, previous, hash FROM audit_trail
    ORDER BY subject, number
""")
_ENDS: Final = text("""
    SELECT subject, h.number AS head, h.hash AS head_hash, t.number, t.hash
    FROM audit_heads h FULL JOIN (
        SELECT DISTINCT ON (subject) subject, number, hash FROM audit_trail ORDER BY subject, number DESC) t USING (subject)
    WHERE (h.number, h.hash) IS DISTINCT FROM (t.number, t.hash) ORDER BY subject
""")
_MISSING: Final = text("""
    SELECT a.action_id::text FROM review_actions a LEFT JOIN audit_trail t USING (action_id)
    WHERE a.accepted AND t.entry IS NULL
""")
# No later hash covers the last entry of a subject: the action that it records must agree with it.
_FOREIGN: Final = text("""
    SELECT t.subject, t.number FROM audit_trail t LEFT JOIN review_actions a USING (action_id)
    WHERE t.subject LIKE 'claim/%' AND t.action_id IS NOT NULL
      AND (a.accepted IS NOT TRUE OR t.subject <> 'claim/' || a.claim_id::text OR t.person_id <> a.person_id
           OR t.content::text <> a.content::text)
    ORDER BY t.subject, t.number
""")

_MISSING_APPEALS: Final = text("""
    SELECT a.action_id::text FROM appeal_actions a LEFT JOIN audit_trail t USING (action_id)
    WHERE a.accepted AND t.entry IS NULL
""")
_FOREIGN_APPEALS: Final = text("""
    SELECT t.subject, t.number FROM audit_trail t LEFT JOIN appeal_actions a USING (action_id)
    WHERE t.subject LIKE 'appeal/%' AND t.action_id IS NOT NULL
      AND (a.accepted IS NOT TRUE OR t.subject <> 'appeal/' || a.appeal_id::text OR t.person_id <> a.person_id
           OR (t.content -> 'asked')::text <> a.content::text)
    ORDER BY t.subject, t.number
""")
_MISSING_CORRECTIONS: Final = text("""
    SELECT a.action_id::text FROM correction_actions a LEFT JOIN audit_trail t USING (action_id)
    WHERE a.accepted AND t.entry IS NULL
""")
_FOREIGN_CORRECTIONS: Final = text("""
    SELECT t.subject, t.number FROM audit_trail t LEFT JOIN correction_actions a USING (action_id)
    LEFT JOIN readjudications j USING (readjudication_id)
    WHERE t.subject LIKE 'reopening/%' AND t.action_id IS NOT NULL
      AND (a.accepted IS NOT TRUE OR t.subject <> 'reopening/' || j.claim_id::text OR t.person_id <> a.person_id
           OR (t.content -> 'asked')::jsonb <> a.content::jsonb)
    ORDER BY t.subject, t.number
""")


@dataclass(frozen=True, slots=True)
class Entry:
    """One action of a person: when, by whom, in which role, with its exact content."""

    subject: str
    at: datetime
    person_id: str
    role: str
    action_id: str | None
    content: str


def entry_hash(entry: Entry, number: int, previous: bytes) -> bytes:
    """Hash an entry with its place and the hash before it."""
    fields = [entry.subject, number, entry.at.astimezone(UTC).isoformat(), entry.person_id, entry.role]
    return sha256(previous + orjson.dumps([*fields, entry.action_id, entry.content])).digest()


async def append(connection: AsyncConnection, entry: Entry) -> None:
    """Append within the caller's transaction; the caller holds a lock on the subject."""
    last = (await connection.execute(_LAST, {"subject": entry.subject})).first()
    number, previous = (1, FIRST) if last is None else (last.number + 1, bytes(last.hash))
    row: dict[str, Any] = {
        "subject": entry.subject,
        "number": number,
        "at": entry.at,
        "person_id": entry.person_id,
        "role": entry.role,
        "action_id": entry.action_id,
        "content": entry.content,
        "previous": previous,
        "hash": entry_hash(entry, number, previous),
    }
    await connection.execute(_APPEND, row)
    await connection.execute(_HEAD, {"subject": entry.subject, "number": number, "hash": row["hash"]})


async def append_locked(connection: AsyncConnection, entry: Entry) -> None:
    """Append within the caller's transaction, and lock the subject until the transaction ends."""
    await connection.execute(_LOCK, {"subject": entry.subject})
    await append(connection, entry)


async def broken(engine: AsyncEngine) -> AsyncIterator[str]:
    """Describe every fault of the trail; yields nothing for a sound trail."""
    async with engine.connect() as connection:
        async for words in _links(connection):
            yield words
        for end in (await connection.execute(_ENDS)).all():
            yield f"{end.subject}: {_wrong_end(end)}"
        for missing in (_MISSING, _MISSING_APPEALS, _MISSING_CORRECTIONS):
            for action in await connection.scalars(missing):
                yield f"action {action} was accepted and is not in the trail"
        for foreign in (_FOREIGN, _FOREIGN_APPEALS, _FOREIGN_CORRECTIONS):
            for entry_of, place in (await connection.execute(foreign)).all():
                yield f"{entry_of}: entry {place} records no accepted action, or differs from the submitted action"
        async for words in differences_from_trail(connection):
            yield words
        async for words in unfounded(connection):
            yield words


async def _links(connection: AsyncConnection) -> AsyncIterator[str]:
    """Walk every chain and describe each broken link."""
    subject, number, previous = "", 0, FIRST
    async for row in await connection.stream(_ALL):
        if row.subject != subject:
            subject, number, previous = row.subject, 0, FIRST
        number += 1
        entry = Entry(row.subject, row.at, row.person_id, row.role, row.action_id, row.content)
        if row.number != number:
            yield f"{subject}: entry {number} is missing; the next one there is {row.number}"
            number = row.number
        if bytes(row.previous) != previous:
            yield f"{subject}: entry {row.number} does not follow the one before it"
        if bytes(row.hash) != entry_hash(entry, row.number, bytes(row.previous)):
            yield f"{subject}: entry {row.number} was changed after it was written"
        previous = bytes(row.hash)


def _wrong_end(end: Any) -> str:
    """Describe the difference between the last entry of a subject and its head."""
    if end.head is None:
        return f"its last entry is {end.number}, and no head records that the trail ends there"
    if end.number is None or end.number < end.head:
        kept = "none is left" if end.number is None else f"the last one there is {end.number}"
        return f"it ended with entry {end.head}; {kept}"
    if end.number > end.head:
        return f"entry {end.number} was added after the last one, {end.head}"
    return f"its last entry, {end.number}, is not the one that was written"
