"""Authorizations and the units that claims use. Units are chosen and recorded under a row lock: none is used twice."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import orjson
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.model.authorizations import Authorization, AuthorizationStatus, AuthorizationUse, StudyPart
from adjudication.model.persons import Person
from adjudication.model.vocabulary import AuthorizationNumber, ClaimId, LineNumber, PlanId
from contracts.claim_intake.mapping import member_to_core
from contracts.events.claims import MemberV1
from contracts.events.feeds import AuthorizedServiceV1, PatientV1
from contracts.records.decisions import Allocate, AuthorizationLedger
from contracts.stored import read_stored

COLUMNS: Final = """
    number, member_id, plan_id, status, services::text AS services, issued_on, patient::text AS patient"""
"""The columns that `authorization_of` reads."""

# Ordered by number, so that two batches wait for each other and do not deadlock.
_LOCK: Final = text(f"""
    SELECT {COLUMNS} FROM authorizations
    WHERE member_id = ANY(:members) ORDER BY number FOR UPDATE
""")
_OF_MEMBER: Final = text(f"""
    SELECT {COLUMNS} FROM authorizations
    WHERE member_id = :member ORDER BY number
""")
_USE: Final = """
    SELECT u.number, u.code, u.claim_id::text AS claim_id, u.line, u.units, u.chain::text AS chain, u.part, u.service_date,
           c.patient::text AS patient
    FROM authorization_uses u LEFT JOIN claims c USING (claim_id)
    WHERE u.number = ANY(:numbers) AND u.released_at IS NULL"""
_IN_ORDER: Final = "ORDER BY u.number, u.code, u.claim_id, u.line"
_USES: Final = text(f"{_USE} {_IN_ORDER}")
# A dry run returns no units; it ignores units of undecided lines of the claims that are adjudicated again.
_USES_WITHOUT: Final = text(f"""{_USE}
      AND NOT (u.claim_id = ANY(CAST(:again AS uuid[]))
               AND NOT EXISTS (SELECT 1 FROM determination_lines d WHERE d.claim_id = u.claim_id AND d.line = u.line))
    {_IN_ORDER}
""")
_OF_MEMBERS: Final = text(f"""
    SELECT {COLUMNS} FROM authorizations
    WHERE member_id = ANY(:members) ORDER BY number
""")
_RETURN_UNITS: Final = text("""
    UPDATE authorization_uses u SET released_at = now()
    WHERE u.claim_id = ANY(CAST(:claims AS uuid[])) AND u.released_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM determination_lines d WHERE d.claim_id = u.claim_id AND d.line = u.line)
""")
_INSERT: Final = """
    INSERT INTO authorization_uses (number, code, claim_id, line, units, chain, part, service_date)
    SELECT * FROM unnest(CAST(:number AS text[]), CAST(:code AS text[]), CAST(:claim_id AS uuid[]),
                         CAST(:line AS integer[]), CAST(:units AS numeric[]), CAST(:chain AS uuid[]),
                         CAST(:part AS text[]), CAST(:service_date AS date[]))
        AS w(number, code, claim_id, line, units, chain, part, service_date)"""
_AGAIN: Final = """
    ON CONFLICT (number, code, claim_id, line) DO UPDATE
    SET released_at = NULL, units = EXCLUDED.units, chain = EXCLUDED.chain, part = EXCLUDED.part,
        service_date = EXCLUDED.service_date
    WHERE authorization_uses.released_at IS NOT NULL"""
# A worker that Temporal timed out may still allocate; it must not change the units of a decided line.
_RECORD: Final = text(f"""{_INSERT}
    WHERE NOT EXISTS (SELECT 1 FROM determination_lines d WHERE d.claim_id = w.claim_id AND d.line = w.line){_AGAIN}
""")
# Only a correction, which locks the claim and returns its units first, changes them.
_CORRECT: Final = text(f"{_INSERT} WHERE true {_AGAIN}")


class PostgresAuthorizations:
    """Allocates authorization units."""

    def __init__(self, engine: AsyncEngine, *, dry_run: bool = False) -> None:
        """With `dry_run`, units are chosen in the same way; nothing is locked or written, so that a reader may do it."""
        self._engine, self._dry_run = engine, dry_run

    async def allocate(self, member_ids: Sequence[str], decide: Allocate, again: Sequence[ClaimId] = ()) -> None:
        """Lock the members' authorizations, let `decide` choose the units to use, and record them, in one transaction.

        Claims in `again` are adjudicated again: units that their undecided lines used before are returned first.
        """
        if self._dry_run:
            await self._rehearse(member_ids, decide, again)
            return
        async with self._engine.begin() as connection:
            rows = (await connection.execute(_LOCK, {"members": list(member_ids)})).all()
            if again:
                await connection.execute(_RETURN_UNITS, {"claims": list(again)})
            # In a thread: for the lines of a whole batch it may take longer than a heartbeat should wait.
            uses = await asyncio.to_thread(decide, await _read(connection, rows))
            if uses:
                await connection.execute(_RECORD, _columns(uses))

    async def _rehearse(self, member_ids: Sequence[str], decide: Allocate, again: Sequence[ClaimId]) -> None:
        async with self._engine.connect() as connection:
            rows = (await connection.execute(_OF_MEMBERS, {"members": list(member_ids)})).all()
            await asyncio.to_thread(decide, await _read(connection, rows, again))


async def lock_ledger(connection: AsyncConnection, member_ids: Sequence[str]) -> AuthorizationLedger:
    """Lock the members' authorizations in the caller's transaction, and return them with their uses."""
    return await _read(connection, (await connection.execute(_LOCK, {"members": list(member_ids)})).all())


async def record_uses(connection: AsyncConnection, uses: Sequence[AuthorizationUse]) -> None:
    """Record the units that lines of a decided claim take by a correction; the caller holds the lock."""
    if uses:
        await connection.execute(_CORRECT, _columns(uses))


async def authorizations_of(engine: AsyncEngine, member_id: str) -> Sequence[Authorization]:
    """Return a member's authorizations in the newest version that the feed sent."""
    async with engine.connect() as connection:
        rows = (await connection.execute(_OF_MEMBER, {"member": member_id})).all()
    return [authorization_of(row) for row in rows]


async def _read(
    connection: AsyncConnection, rows: Sequence[Row[Any]], without: Sequence[ClaimId] = ()
) -> AuthorizationLedger:
    authorizations: dict[str, list[Authorization]] = {}
    member_of: dict[str, str] = {}
    for row in rows:
        member_of[row.number] = row.member_id
        authorizations.setdefault(row.member_id, []).append(authorization_of(row))
    uses: dict[str, list[AuthorizationUse]] = {}
    patients: dict[str, Person] = {}  # each text is read once, however many lines were for that patient
    if member_of:
        query, asked = (_USES_WITHOUT, {"again": list(without)}) if without else (_USES, {})
        for row in (await connection.execute(query, {"numbers": list(member_of), **asked})).all():
            use = AuthorizationUse(
                AuthorizationNumber(row.number),
                row.code,
                ClaimId(row.claim_id),
                LineNumber(row.line),
                row.units,
                None if row.chain is None else ClaimId(row.chain),
                StudyPart(row.part),
                row.service_date,
                _patient(row.patient, patients),
            )
            uses.setdefault(member_of[row.number], []).append(use)
    return AuthorizationLedger(authorizations, uses)


def _patient(stated: str | None, known: dict[str, Person]) -> Person | None:
    if stated is None:
        return None
    if stated not in known:
        known[stated] = member_to_core(read_stored(MemberV1, stated)).person
    return known[stated]


def authorization_of(row: Row[Any]) -> Authorization:
    """Return an authorization from its stored row."""
    parsed = (read_stored(AuthorizedServiceV1, orjson.dumps(service)) for service in orjson.loads(row.services))
    return Authorization(
        AuthorizationNumber(row.number),
        row.member_id,
        PlanId(row.plan_id),
        AuthorizationStatus(row.status),
        tuple(service.to_core() for service in parsed),
        row.issued_on,
        None if row.patient is None else read_stored(PatientV1, row.patient).person,
    )


def _columns(uses: Sequence[AuthorizationUse]) -> dict[str, list[Any]]:
    return {
        "number": [use.number for use in uses],
        "code": [use.code for use in uses],
        "claim_id": [use.claim_id for use in uses],
        "line": [use.line for use in uses],
        "units": [use.units for use in uses],
        "chain": [use.chain for use in uses],
        "part": [use.part.value for use in uses],
        "service_date": [use.service_date for use in uses],
    }
