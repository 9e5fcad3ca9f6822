"""Bulk retries: dry run, proposal, approval by a second person, pause and cancel. Each change is in the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.people import Refusal, StaffMember, invalid
from adjudication.review.bulk_retry import (
    Approved,
    BulkRetryLimits,
    Selection,
    Stage,
    acting_role,
    agree,
    change,
    refuse_proposal,
    refuse_selection,
)
from contracts.records.bulk_retries import BulkRetryPage, BulkRetryRecord, Chosen, DryRun, NewBulkRetry
from storage.audit.trail import Entry, append_locked
from storage.bulk_retries.queries import read_claims, read_newest, read_one
from storage.bulk_retries.selection import choose, summed, total, without_held

_PROPOSE: Final = text("""
    INSERT INTO bulk_releases (release_id, selection, mode, per_second, purpose, claims, billed, proposed_by, proposed_at)
    VALUES (CAST(:release AS uuid), CAST(:selection AS json), :mode, :per_second, :purpose, :claims, :billed, :person, :at)
    ON CONFLICT (release_id) DO NOTHING RETURNING 1
""")
_CLAIMS: Final = text("""
    INSERT INTO bulk_release_claims (release_id, claim_id, place, billed)
    SELECT CAST(:release AS uuid), claim_id, place, billed
    FROM json_to_recordset(CAST(:rows AS json)) AS w(claim_id uuid, place integer, billed numeric)
""")
_LOCK: Final = text("SELECT 1 FROM bulk_releases WHERE release_id = CAST(:release AS uuid) FOR UPDATE")
_APPROVE: Final = text("""
    UPDATE bulk_releases SET stage = 'running', approved_by = :person, approved_at = :at, moved_at = now()
    WHERE release_id = CAST(:release AS uuid)
""")
_CHANGE: Final = text("""
    UPDATE bulk_releases SET stage = :stage, moved_at = now(), paused_because = :because, ended_at = :ended_at,
           ended_by = :ended_by
    WHERE release_id = CAST(:release AS uuid)
""")
_WAITING: Final = text(
    "SELECT code, count(DISTINCT claim_id) AS claims FROM pends WHERE closed_at IS NULL GROUP BY code"
)
_RUNNING: Final = text("SELECT release_id::text FROM bulk_releases WHERE stage IN ('running', 'paused') ORDER BY 1")
_BY_HAND: Final = "paused by a person; operations or a supervisor can continue it"
_REUSED: Final = invalid("idempotency-key-reused", "this id was used for another bulk retry; send a new one")


class BulkRetries:
    """Stores bulk retries, within this payer's limits."""

    def __init__(self, engine: AsyncEngine, limits: BulkRetryLimits) -> None:
        """Use an engine, which pools connections."""
        self._engine = engine
        self._limits = limits

    async def dry_run(self, selection: Selection, at: datetime) -> DryRun | Refusal:
        """Return the present size of a selection; stores nothing."""
        async with self._engine.connect() as connection:
            chosen = await self._chosen(connection, selection, at)
        return chosen if isinstance(chosen, Refusal) else summed(chosen, selection)

    async def propose(self, new: NewBulkRetry, person: StaffMember, at: datetime) -> BulkRetryRecord | Refusal:
        """Store a proposal with the claims that match the selection now; a repeated id returns the stored proposal."""
        async with self._engine.begin() as connection:
            kept = await read_one(connection, new.key, at)
            if kept is not None:
                return kept if _same(kept, new, person) else _REUSED
            selection = new.selection.to_core()
            chosen = await self._chosen(connection, selection, at)
            if isinstance(chosen, Refusal):
                return chosen
            chosen = without_held(chosen, selection)
            refusal = refuse_proposal(person, new.purpose, len(chosen), new.per_second, self._limits)
            if refusal is not None:
                return refusal
            await _keep(connection, new, chosen, person, at)
            kept = await read_one(connection, new.key, at)
        return _REUSED if kept is None or not _same(kept, new, person) else kept

    async def approve(self, release_id: str, person: StaffMember, at: datetime) -> BulkRetryRecord | Refusal | None:
        """Record an approval. A repeated approval by the same person changes nothing. None if there is no such bulk retry."""
        async with self._engine.begin() as connection:
            seen = await _locked(connection, release_id, at)
            if seen is None or (seen.approved_by == person.person_id and seen.ended_at is None):
                return seen
            answer = agree(seen.proposal, seen.stage, person, at, self._limits)
            if not isinstance(answer, Approved):
                return answer
            values = {"release": release_id, "person": answer.approved_by, "at": at}
            await connection.execute(_APPROVE, values)
            await _trail(connection, release_id, person, at, action="approved", claims=answer.proposal.claims)
            return await read_one(connection, release_id, at)

    async def change(
        self, release_id: str, to: Stage, person: StaffMember, at: datetime
    ) -> BulkRetryRecord | Refusal | None:
        """Cancel, pause or continue a bulk retry; no effect if it is in that stage already."""
        async with self._engine.begin() as connection:
            seen = await _locked(connection, release_id, at)
            if seen is None:
                return None
            stage = Stage.PROPOSED if seen.stage is Stage.EXPIRED else seen.stage
            refusal = change(stage, to, person)
            if refusal is not None:
                return seen if refusal.code == "not-now" and stage is to else refusal
            ends = to is Stage.CANCELLED
            values = {
                "release": release_id,
                "stage": to.value,
                "because": _BY_HAND if to is Stage.PAUSED else None,
                "ended_at": at if ends else None,
                "ended_by": person.person_id if ends else None,
            }
            await connection.execute(_CHANGE, values)
            await _trail(connection, release_id, person, at, action=_TRAIL_ACTIONS[to])
            return await read_one(connection, release_id, at)

    async def one(self, release_id: str, at: datetime) -> BulkRetryRecord | None:
        """Return a bulk retry with the results of its claims so far."""
        async with self._engine.connect() as connection:
            return await read_one(connection, release_id, at)

    async def newest(self, at: datetime, size: int = 50) -> tuple[BulkRetryRecord, ...]:
        """Return bulk retries, newest first."""
        async with self._engine.connect() as connection:
            return await read_newest(connection, at, size)

    async def claims(self, release_id: str, after: int, size: int = 100) -> BulkRetryPage:
        """Return a page of a bulk retry's claims in order."""
        async with self._engine.connect() as connection:
            return await read_claims(connection, release_id, after, size)

    async def waiting_by_code(self) -> Mapping[str, int]:
        """Count the claims that wait under each pend code."""
        async with self._engine.connect() as connection:
            return {row.code: row.claims for row in (await connection.execute(_WAITING)).all()}

    async def running(self) -> tuple[str, ...]:
        """Return the approved bulk retries that have not ended."""
        async with self._engine.connect() as connection:
            return tuple((await connection.scalars(_RUNNING)).all())

    async def _chosen(self, connection: AsyncConnection, selection: Selection, at: datetime) -> list[Chosen] | Refusal:
        refusal = refuse_selection(selection)
        if refusal is not None:
            return refusal
        most = self._limits.most_claims
        chosen = await choose(connection, selection, at, most)
        if len(chosen) > most:
            return Refusal(
                "too-many", f"more than {most} pended claims match; narrow the filters and retry them in parts"
            )
        return chosen


_TRAIL_ACTIONS: Final = {Stage.CANCELLED: "cancelled", Stage.PAUSED: "paused", Stage.RUNNING: "went-on"}


def _same(kept: BulkRetryRecord, new: NewBulkRetry, person: StaffMember) -> bool:
    asked = (new.selection, new.mode, new.per_second, new.purpose, person.person_id)
    return (kept.selection, kept.mode, kept.per_second, kept.purpose, kept.proposal.proposed_by) == asked


async def _keep(
    connection: AsyncConnection, new: NewBulkRetry, chosen: list[Chosen], person: StaffMember, at: datetime
) -> None:
    billed: Decimal = total(chosen)
    values: dict[str, Any] = {
        "release": new.key,
        "selection": new.selection.model_dump_json(exclude_defaults=True),
        "mode": new.mode.value,
        "per_second": new.per_second,
        "purpose": new.purpose,
        "claims": len(chosen),
        "billed": billed,
        "person": person.person_id,
        "at": at,
    }
    if (await connection.execute(_PROPOSE, values)).first() is None:
        return  # another transaction has inserted this id
    rows = [{"claim_id": one.claim_id, "place": n, "billed": str(one.billed)} for n, one in enumerate(chosen, 1)]
    await connection.execute(_CLAIMS, {"release": new.key, "rows": orjson.dumps(rows).decode()})
    content = {"mode": new.mode.value, "claims": len(chosen), "billed": str(billed), "purpose": new.purpose}
    await _trail(connection, new.key, person, at, action="proposed", **content)


async def _locked(connection: AsyncConnection, release_id: str, at: datetime) -> BulkRetryRecord | None:
    await connection.execute(_LOCK, {"release": release_id})
    return await read_one(connection, release_id, at)


async def _trail(
    connection: AsyncConnection, release_id: str, person: StaffMember, at: datetime, **content: object
) -> None:
    written = orjson.dumps(content).decode()
    entry = Entry(f"release/{release_id}", at, person.person_id, acting_role(person).value, None, written)
    await append_locked(connection, entry)
