"""Records the adjudication of decided claims again: proposals and people's actions, each in one transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.model.reference import ReferenceData
from adjudication.people import StaffMember
from adjudication.readjudication.proposal import Result
from contracts.records.readjudications import (
    CorrectionFile,
    CorrectionJudge,
    CorrectionJudged,
    Prepared,
    ReadjudicationFile,
)
from contracts.workflow_messages.readjudication import CorrectionAct, CorrectionAnswer, Looked
from storage.people.accounts import find_acting
from storage.readjudication.reading import read_file, read_given, read_newest
from storage.readjudication.writing import carry_out, close, lock_unchanged, note_prepared, trail, write_proposal
from storage.retry import DEADLOCK_DETECTED, SERIALIZATION_FAILURE, again_after
from storage.review.actions import refusal_columns

_RACES: Final = frozenset({DEADLOCK_DETECTED, SERIALIZATION_FAILURE})
_CLOSED: Final = text("""
    SELECT outcome FROM reopenings_closed WHERE (claim_id, reason, cause) = (CAST(:claim AS uuid), :reason, :cause)
""")
_SUBMIT: Final = text("""
    INSERT INTO correction_actions (action_id, readjudication_id, person_id, content, roles)
    VALUES (CAST(:action AS uuid), CAST(:id AS uuid), :person, CAST(:content AS json), CAST(:roles AS json))
    ON CONFLICT DO NOTHING
""")
_ACTION: Final = text("""
    SELECT readjudication_id::text AS id, person_id, roles, content::text, accepted, refusal_code FROM correction_actions
    WHERE action_id = CAST(:action AS uuid) FOR UPDATE
""")
_ANSWER: Final = text("""
    UPDATE correction_actions SET accepted = :accepted, answered_at = :at, refusal_code = :code, refusal_words = :words,
           refusal_kind = :kind
    WHERE action_id = CAST(:action AS uuid)
""")
APPROVE: Final = text("""
    INSERT INTO correction_approvals (readjudication_id, number, person_id, role, ground, rationale, action_id, approved_at)
    VALUES (CAST(:id AS uuid), :number, :person, :role, :ground, :rationale, CAST(:action AS uuid), :at)
""")
_REPLACED: Final = "The claim was replaced or voided, so that nothing is left to correct."
_UNCHANGED: Final = "Adjudicated again with today's data: the decision is the same."


class Readjudications:
    """Reads reopenings, keeps proposals, and judges actions on them."""

    def __init__(self, engine: AsyncEngine, reference: ReferenceData) -> None:
        """Use a pool, and the rules by which reasons are answered."""
        self._engine, self._reference = engine, reference

    async def file(self, readjudication_id: str) -> ReadjudicationFile:
        """Return a reopening with its claim as decided now."""
        async with self._engine.connect() as connection:
            return await read_file(connection, readjudication_id, self._reference)

    async def submit(self, action_id: str, readjudication_id: str, acting: StaffMember, content: bytes) -> None:
        """Store an action, and the roles it is done in, before it is judged; the same id again changes nothing."""
        row = {"action": action_id, "id": readjudication_id, "person": acting.person_id, "content": content.decode()}
        row["roles"] = orjson.dumps(sorted(acting.roles)).decode()
        async with self._engine.begin() as connection:
            await connection.execute(_SUBMIT, row)

    async def keep(self, file: ReadjudicationFile, prepared: Prepared | None, now: datetime) -> Looked:
        """Store a proposal, close the reopening it answers, or carry out an automatic correction."""

        async def attempt() -> Looked:
            async with self._engine.begin() as connection:
                return await self._keep(connection, file, prepared, now)

        return await again_after(_RACES, attempt)

    async def record_action(
        self, act: CorrectionAct, file: ReadjudicationFile, prepared: Prepared | None, judge: CorrectionJudge
    ) -> CorrectionAnswer:
        """Judge a submitted action and write its effects; a repeated request gets the recorded answer."""

        async def attempt() -> CorrectionAnswer:
            async with self._engine.begin() as connection:
                return await _act(connection, act, file, prepared, judge)

        return await again_after(_RACES, attempt)

    async def _keep(
        self, connection: AsyncConnection, file: ReadjudicationFile, prepared: Prepared | None, now: datetime
    ) -> Looked:
        await lock_unchanged(connection, file, prepared)
        closed = await _closed(connection, file)
        if closed is not None:
            return Looked(over=True, result=closed)
        if prepared is None:
            await close(connection, file, "no-change", _REPLACED, None, now)
            return Looked(over=True, result="no-change")
        newest = await read_newest(connection, file.readjudication_id)
        number = 0 if newest is None else newest.number
        if newest is None or newest.digest != prepared.digest:
            number += 1
            await write_proposal(connection, file, prepared, number, now)
        result = prepared.proposal.result
        if prepared.terms.automatic and prepared.determination is not None:
            await carry_out(connection, file, prepared, number, now, automatic=True)
            return Looked(over=True, result="corrected")
        if result is Result.UNCHANGED and file.reason in self._reference.reopening.answered:
            await note_prepared(connection, file, prepared)
            await close(connection, file, "no-change", _UNCHANGED, None, now)
            return Looked(over=True, result="no-change")
        return Looked(over=False, result=result.value)


async def _act(
    connection: AsyncConnection,
    act: CorrectionAct,
    file: ReadjudicationFile,
    prepared: Prepared | None,
    judge: CorrectionJudge,
) -> CorrectionAnswer:
    await lock_unchanged(connection, file, prepared)
    submitted = (await connection.execute(_ACTION, {"action": act.action_id})).first()
    if submitted is None or submitted.id != act.readjudication_id:
        return CorrectionAnswer(accepted=False, code="unknown-action")
    closed = await _closed(connection, file) is not None
    if submitted.accepted is not None:
        return CorrectionAnswer(submitted.accepted, submitted.refusal_code or "", over=closed)
    newest = await read_newest(connection, act.readjudication_id)
    number = 0 if newest is None else newest.number
    judged = judge(
        CorrectionFile(
            submitted.content.encode(),
            await find_acting(connection, submitted.person_id, submitted.roles),
            number,
            b"" if newest is None else newest.digest,
            await read_given(connection, act.readjudication_id, number),
            closed,
            frozenset() if prepared is None else prepared.case.before.claim.npis,
        )
    )
    at = datetime.fromisoformat(act.at)
    columns = {"action": act.action_id, "accepted": judged.refusal is None, "at": at}
    await connection.execute(_ANSWER, columns | refusal_columns(judged.refusal))
    if judged.refusal is not None:
        return CorrectionAnswer(accepted=False, code=judged.refusal.code, over=closed, again=judged.again)
    return await _write(connection, act, file, prepared, (submitted, judged, number), at)


async def _write(
    connection: AsyncConnection,
    act: CorrectionAct,
    file: ReadjudicationFile,
    prepared: Prepared | None,
    accepted: tuple[Any, CorrectionJudged, int],
    at: datetime,
) -> CorrectionAnswer:
    """Write the effects of an accepted action, with its entry in the trail."""
    submitted, judged, number = accepted
    by = (submitted.person_id, judged.role)
    await trail(connection, file, by, act.action_id, {"asked": orjson.loads(submitted.content), "number": number}, at)
    if judged.leaves:
        await close(connection, file, "left-as-is", judged.rationale, by, at)
    if judged.approves is not None and prepared is not None:
        row = {"id": act.readjudication_id, "number": number, "person": by[0], "role": by[1], "at": at}
        row |= {"ground": judged.approves.value, "rationale": judged.rationale, "action": act.action_id}
        await connection.execute(APPROVE, row)
        if judged.completes:
            await carry_out(connection, file, prepared, number, at, automatic=False)
    return CorrectionAnswer(accepted=True, over=judged.leaves or judged.completes, again=judged.again)


async def _closed(connection: AsyncConnection, file: ReadjudicationFile) -> str | None:
    row = {"claim": file.claim_id, "reason": file.reason, "cause": file.cause}
    closed: str | None = await connection.scalar(_CLOSED, row)
    return closed
