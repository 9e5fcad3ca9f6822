"""Queries of the appeal screens: the list by deadline, one appeal with its claim, the answer to an action. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.appeals.independence import DECIDING
from adjudication.appeals.waiting import WaitingLine
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId
from contracts.actions.submitted import SubmittedAction
from contracts.events.appeals import AppealFiledV1
from contracts.ids import payer_claim_number
from contracts.records.appeal_queries import (
    AppealEntry,
    AppealQuery,
    FiledVersion,
    HeldAppeal,
    OpenedAppeal,
    Version,
)
from contracts.stored import read_stored
from storage.appeals.appealed_claim import read_before
from storage.appeals.effects import read_pends
from storage.appeals.event_history import Recorded, happened_in, read_appeals, subject_of
from storage.decisions.decided_lines import read_lines
from storage.people.accounts import people_with_roles, reporting_lines
from storage.review.actions import refusal_of

_CANDIDATES: Final = text("""
    SELECT appeal_id::text, coalesce(due_at, 'infinity'::timestamptz)::text AS due_at FROM appeals
    WHERE (CAST(:after_due AS text) IS NULL OR (coalesce(due_at, 'infinity'::timestamptz), appeal_id)
           > (CAST(:after_due AS timestamptz), CAST(:after_appeal AS uuid)))
      AND (CAST(:closed AS boolean) IS NULL OR closed = CAST(:closed AS boolean))
      AND (CAST(:level AS text) IS NULL OR level = :level)
      AND (CAST(:path AS text) IS NULL OR path = :path)
      AND (CAST(:forum AS text) IS NULL OR forum = :forum)
      AND (CAST(:due_before AS timestamptz) IS NULL OR due_at < CAST(:due_before AS timestamptz))
    ORDER BY coalesce(due_at, 'infinity'::timestamptz), appeal_id LIMIT :size
""")
_PLACE: Final = text("""
    SELECT coalesce(due_at, 'infinity'::timestamptz)::text FROM appeals WHERE appeal_id = CAST(:appeal AS uuid)
""")
_TAKEN: Final = text("""
    SELECT claim_id::text, by_claim::text FROM supersessions
    WHERE claim_id = ANY(CAST(:claims AS uuid[])) AND version IS NOT NULL
""")
_PUBLISHED: Final = text("SELECT level, version FROM appeal_determinations WHERE appeal_id = CAST(:appeal AS uuid)")
_VERSIONS: Final = text("""
    SELECT version, decided_at, event::text FROM determinations WHERE claim_id = CAST(:claim AS uuid) ORDER BY version
""")
_RATIONALES: Final = text("SELECT level, rationale FROM appeal_decisions WHERE appeal_id = CAST(:appeal AS uuid)")
_FILINGS: Final = text("""
    SELECT content::text, recorded_at FROM (
        SELECT content, recorded_at, version, false AS goes_on FROM appeal_filings
        WHERE appeal_id = CAST(:appeal AS uuid)
        UNION ALL SELECT content, recorded_at, version, true FROM appeal_continuations
        WHERE appeal_id = CAST(:appeal AS uuid)) filings
    ORDER BY goes_on, CASE WHEN goes_on THEN recorded_at END, version
""")
_TRAIL: Final = text("""
    SELECT at, person_id, role, content::text FROM audit_trail WHERE subject = :subject ORDER BY number
""")
_UNMAILED: Final = text("""
    SELECT sent_at IS NULL AND NOT superseded FROM notices_due WHERE appeal_id = CAST(:appeal AS uuid)
    ORDER BY version DESC LIMIT 1
""")
_ACTION: Final = text("""
    SELECT action_id::text, appeal_id::text, person_id, content::text, accepted, refusal_code, refusal_words, refusal_kind
    FROM appeal_actions WHERE action_id = CAST(:action AS uuid)
""")


class AppealQueries:
    """Reads for screens."""

    def __init__(self, engine: AsyncEngine, reference: ReferenceData) -> None:
        """Use a pool, and the rules appeals are folded by."""
        self._engine, self._reference = engine, reference

    async def candidates(self, query: AppealQuery) -> tuple[HeldAppeal, ...]:
        """Return candidate appeals by deadline; the fold of each decides who may work on it."""
        due, appeal = query.after or (None, None)
        values = {
            "after_due": due,
            "after_appeal": appeal,
            "closed": query.closed,
            "level": query.level,
            "path": query.path,
            "forum": query.forum,
            "due_before": query.due_before,
            "size": query.size,
        }
        async with self._engine.connect() as connection:
            rows = (await connection.execute(_CANDIDATES, values)).all()
            return await self._held(connection, [(row.due_at, row.appeal_id) for row in rows])

    async def held(self, appeal_id: str) -> HeldAppeal | None:
        """Return one appeal as it is now."""
        async with self._engine.connect() as connection:
            return await self._one(connection, appeal_id)

    async def opened(self, appeal_id: str) -> OpenedAppeal | None:
        """Return one appeal with everything needed to work on it."""
        key = {"appeal": appeal_id}
        async with self._engine.connect() as connection:
            held = await self._one(connection, appeal_id)
            if held is None:
                return None
            published = {row.level: row.version for row in (await connection.execute(_PUBLISHED, key)).all()}
            first, newest = await _versions(connection, held.claim.claim_id, published)
            written = (await connection.execute(_RATIONALES, key)).all()
            return OpenedAppeal(
                held=held,
                before=await read_before(connection, held.claim.claim_id, self._reference),
                first=first,
                newest=newest,
                published_in=published,
                rationales={row.level: row.rationale for row in written},
                filings=await _filings(connection, appeal_id),
                trail=await _trail(connection, appeal_id),
                staff=await people_with_roles(connection, DECIDING),
                reports_to=await reporting_lines(connection),
                unmailed=bool(await connection.scalar(_UNMAILED, key)),
            )

    async def action(self, action_id: str) -> SubmittedAction | None:
        """Return an action and its answer."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(_ACTION, {"action": action_id})).one_or_none()
        if row is None:
            return None
        return SubmittedAction(
            row.action_id, row.appeal_id, row.person_id, row.content, accepted=row.accepted, refusal=refusal_of(row)
        )

    async def _one(self, connection: AsyncConnection, appeal_id: str) -> HeldAppeal | None:
        due = (await connection.scalars(_PLACE, {"appeal": appeal_id})).first()
        return None if due is None else (await self._held(connection, [(due, appeal_id)]))[0]

    async def _held(self, connection: AsyncConnection, places: Sequence[tuple[str, str]]) -> tuple[HeldAppeal, ...]:
        ids = [appeal for _, appeal in places]
        found = await read_appeals(connection, ids, self._reference)
        pends = await read_pends(connection, ids)
        claims = {"claims": [each.claim_id for each in found.values()]}
        taken = {row.claim_id: ClaimId(row.by_claim) for row in (await connection.execute(_TAKEN, claims)).all()}
        return tuple(
            _held(found[place[1]], pends.get(place[1], ()), taken.get(found[place[1]].claim_id), place)
            for place in places
        )


def _held(
    recorded: Recorded, pends: tuple[WaitingLine, ...], taken_by: ClaimId | None, place: tuple[str, str]
) -> HeldAppeal:
    opening = recorded.opening
    return HeldAppeal(
        appeal_id=recorded.appeal_id,
        claim=recorded.claim,
        payer_claim_number=payer_claim_number(recorded.claim_id),
        filed=recorded.filed,
        disposal=opening.disposal,
        words=opening.words,
        notice_on=opening.on,
        plans=opening.plans,
        state=recorded.state,
        pends=pends,
        closed=recorded.closed,
        superseded_by=taken_by,
        place=place,
    )


async def _versions(
    connection: AsyncConnection, claim_id: ClaimId, published: dict[str, int]
) -> tuple[Version | None, Version | None]:
    """Return the determination under appeal, the version before the first that publishes a ruling of the appeal, and the present one."""
    rows = (await connection.execute(_VERSIONS, {"claim": claim_id})).all()
    if not rows:
        return None, None
    before = min(published.values()) - 1 if published else rows[-1].version
    first = next((row for row in rows if row.version == before), rows[0])
    read = [Version(r.version, r.decided_at, await read_lines(connection, claim_id, r)) for r in (first, rows[-1])]
    return read[0], read[1]


async def _filings(connection: AsyncConnection, appeal_id: str) -> tuple[FiledVersion, ...]:
    rows = (await connection.execute(_FILINGS, {"appeal": appeal_id})).all()
    return tuple(FiledVersion(read_stored(AppealFiledV1, row.content), row.recorded_at) for row in rows)


async def _trail(connection: AsyncConnection, appeal_id: str) -> tuple[AppealEntry, ...]:
    rows = (await connection.execute(_TRAIL, {"subject": subject_of(appeal_id)})).all()
    return tuple(_entry(row) for row in rows)


def _entry(row: Any) -> AppealEntry:
    asked = orjson.loads(row.content)["asked"]
    named = str(asked.get("action") or ("filed" if asked.get("versions") else "clock"))
    why = str(asked.get("why_longer") or "") if named == "extend" else ""
    return AppealEntry(row.at, row.person_id, row.role, named, happened_in(row.content), why)
