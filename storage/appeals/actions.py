"""Judges actions on appeals and passed deadlines under lock, and writes each with its effects and its trail in one transaction.

Like storage/review/actions.py: an action is submitted first, with its content; the workflow judges it by id. Locks are
taken on the appeal, then on its claim, always in that order.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import orjson
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.appeals.deadlines import deadlines, next_gap_notice
from adjudication.appeals.events import Decided, Event
from adjudication.model.reference import ReferenceData
from adjudication.people import StaffMember, forbidden
from contracts.actions.appeals import APPEAL_ACTION
from contracts.event_builders.appeals import over
from contracts.events.appeals import AppealFiledV1
from contracts.records.appeals import AppealFile, AppealJudge, AppealJudged
from contracts.stored import read_stored, read_stored_by
from contracts.workflow_messages.appeals import AppealAct, AppealAnswer, AppealWatch, LookAtAppeal
from storage.appeals.appealed_claim import read_before
from storage.appeals.effects import (
    read_pends,
    write_determination,
    write_pends,
    write_place,
    write_ruling,
)
from storage.appeals.event_history import Acted, AppealTrailEntry, Recorded, append_entry, read_appeal
from storage.appeals.follow_on_filings import take, untaken
from storage.appeals.settlements import read_settlements
from storage.decisions.reopenings import raise_reopenings, unsettled_interest
from storage.decisions.signatures import sign
from storage.outbox import queue
from storage.people.accounts import find_acting, find_person, reporting_lines
from storage.retry import DEADLOCK_DETECTED, SERIALIZATION_FAILURE, again_after
from storage.review.actions import refusal_columns
from storage.review.deadlines import times_of

_RACES: Final = frozenset({DEADLOCK_DETECTED, SERIALIZATION_FAILURE})
_COMPONENT: Final = "component_approved_once"
_INDEPENDENT: Final = "appeal_decider_is_independent"
_INVOLVED: Final = forbidden("involved", "you took part in what is appealed; a colleague decides the appeal")

_SUBMIT: Final = text("""
    INSERT INTO appeal_actions (action_id, appeal_id, person_id, content, roles)
    VALUES (CAST(:action AS uuid), CAST(:appeal AS uuid), :person, CAST(:content AS json), CAST(:roles AS json))
    ON CONFLICT DO NOTHING
""")
_ACTION: Final = text("""
    SELECT appeal_id::text, person_id, roles, content::text, accepted, refusal_code FROM appeal_actions
    WHERE action_id = CAST(:action AS uuid) FOR UPDATE
""")
_ANSWER: Final = text("""
    UPDATE appeal_actions SET accepted = :accepted, answered_at = :at, refusal_code = :code, refusal_words = :words,
           refusal_kind = :kind, signature_id = CAST(:signature AS uuid)
    WHERE action_id = CAST(:action AS uuid)
""")
_LOCK_CLAIM: Final = text("SELECT 1 FROM claims WHERE claim_id = CAST(:claim AS uuid) FOR UPDATE")
_NEWER: Final = text("""
    SELECT version, content::text FROM appeal_filings
    WHERE appeal_id = CAST(:appeal AS uuid) AND version > :version ORDER BY version
""")
_VERSION: Final = text("UPDATE appeals SET version = :version WHERE appeal_id = CAST(:appeal AS uuid)")
_PUBLISHED: Final = text("SELECT level FROM appeal_determinations WHERE appeal_id = CAST(:appeal AS uuid)")


class UnknownAppealError(LookupError):
    """A workflow holds an appeal that the store does not have, or for which no rule is loaded."""


class AppealActionStore:
    """Submits and judges actions, and handles deadlines that passed."""

    def __init__(self, engine: AsyncEngine, reference: ReferenceData) -> None:
        """Use a pool, and the rules appeals are folded by."""
        self._engine = engine
        self._reference = reference

    async def submit(self, action_id: str, appeal_id: str, acting: StaffMember, content: bytes) -> None:
        """Store an action, and the roles it is done in, before it is judged; the same id again changes nothing."""
        row = {"action": action_id, "appeal": appeal_id, "person": acting.person_id, "content": content.decode()}
        row["roles"] = orjson.dumps(sorted(acting.roles)).decode()
        async with self._engine.begin() as connection:
            await connection.execute(_SUBMIT, row)

    async def record_action(self, act: AppealAct, judge: AppealJudge) -> AppealAnswer:
        """Judge a submitted action and write its effects; a repeated request gets the recorded answer."""

        async def attempt(*, collides: bool = False, barred: bool = False) -> AppealAnswer:
            async with self._engine.begin() as connection:
                return await self._act(connection, act, judge, collides=collides, barred=barred)

        try:
            return await again_after(_RACES, attempt)
        except DBAPIError as error:
            broken = _constraint(error)
            if broken not in (_COMPONENT, _INDEPENDENT):
                raise
            return await attempt(collides=broken == _COMPONENT, barred=broken == _INDEPENDENT)

    async def watch(self, look: LookAtAppeal, judge: AppealJudge) -> AppealWatch:
        """Apply newer filings and passed deadlines; return the time of the next check."""

        async def attempt(*, collides: bool = False) -> AppealWatch:
            async with self._engine.begin() as connection:
                return await self._watch(connection, look, judge, collides=collides)

        try:
            return await again_after(_RACES, attempt)
        except DBAPIError as error:
            if _constraint(error) != _COMPONENT:
                raise
            return await attempt(collides=True)

    async def _act(
        self, connection: AsyncConnection, act: AppealAct, judge: AppealJudge, *, collides: bool, barred: bool
    ) -> AppealAnswer:
        submitted = (await connection.execute(_ACTION, {"action": act.action_id})).first()
        if submitted is None or submitted.appeal_id != act.appeal_id:
            return AppealAnswer(accepted=False, code="unknown-action")
        if submitted.accepted is not None:
            return AppealAnswer(submitted.accepted, submitted.refusal_code or "")
        recorded, file = await self._file(connection, act.appeal_id)
        content = submitted.content.encode()
        actor = await find_acting(connection, submitted.person_id, submitted.roles)
        file = replace(file, actor=actor, sent=content, people=await _named(connection, content), collides=collides)
        judged = AppealJudged(refusal=_INVOLVED) if barred else judge(file)
        at = datetime.fromisoformat(act.at)
        refusal = judged.refusal
        # Written before the determination that refers to it.
        signed = await sign(connection, recorded.claim_id, judged.signature, appeal_action=act.action_id)
        if refusal is None:
            by = Acted(submitted.person_id, judged.role)
            entry = AppealTrailEntry(at, judged.events, by, act.action_id, submitted.content)
            await self._write(connection, recorded, file, judged, entry)
        answer: dict[str, Any] = {"action": act.action_id, "accepted": refusal is None, "at": at}
        words = refusal_columns(refusal)
        await connection.execute(_ANSWER, answer | words | {"signature": signed})
        return AppealAnswer(refusal is None, "" if refusal is None else refusal.code)

    async def _watch(
        self, connection: AsyncConnection, look: LookAtAppeal, judge: AppealJudge, *, collides: bool
    ) -> AppealWatch:
        recorded, file = await self._file(connection, look.appeal_id)
        rows = (await connection.execute(_NEWER, {"appeal": look.appeal_id, "version": recorded.version})).all()
        own = tuple(read_stored(AppealFiledV1, row.content) for row in rows)
        find_appeal_to_continue = await untaken(connection, look.appeal_id)
        newer = (*own, *(each.asking() for each in find_appeal_to_continue))
        judged = judge(replace(file, newer=newer, collides=collides))
        state = judged.state or file.state
        if judged.events or newer:
            newest = max((filed.version for filed in own), default=recorded.version)
            asked: dict[str, Any] = {"versions": [filed.version for filed in newer]}
            if find_appeal_to_continue:
                asked["filings"] = [each.name for each in find_appeal_to_continue]
            entry = AppealTrailEntry(datetime.fromisoformat(look.at), judged.events, asked=orjson.dumps(asked).decode())
            await take(connection, find_appeal_to_continue)
            await self._write(connection, replace(recorded, version=newest), file, judged, entry)
        pends = file.pends if judged.pends is None else judged.pends
        wakes = [each.passes_at for each in deadlines(state)[:1]]
        gap_at = next_gap_notice(state, datetime.fromisoformat(look.at))
        next_at = min(wakes if gap_at is None else [*wakes, gap_at], default=None)
        return AppealWatch(None if next_at is None else next_at.isoformat(), over=over(state, pends))

    async def _file(self, connection: AsyncConnection, appeal_id: str) -> tuple[Recorded, AppealFile]:
        recorded = await read_appeal(connection, appeal_id, self._reference)
        if recorded is None or recorded.state is None:
            msg = f"the appeal {appeal_id} is not in the store, or no rule is loaded for it; look at its filing"
            raise UnknownAppealError(msg)
        await connection.execute(_LOCK_CLAIM, {"claim": recorded.claim_id})
        before = await read_before(connection, recorded.claim_id, self._reference)
        lines = await reporting_lines(connection)
        settled = await read_settlements(connection, appeal_id, recorded.state.case.license_needed)
        pends = (await read_pends(connection, [appeal_id])).get(appeal_id, ())
        published = frozenset((await connection.scalars(_PUBLISHED, {"appeal": appeal_id})).all())
        times = (await times_of(connection, [recorded.claim_id])).get(recorded.claim_id)
        file = AppealFile(
            recorded.state,
            recorded.number,
            before,
            lines,
            {},
            settlements=settled,
            pends=pends,
            published_levels=published,
            times=times,
        )
        return recorded, file

    async def _write(
        self,
        connection: AsyncConnection,
        recorded: Recorded,
        file: AppealFile,
        judged: AppealJudged,
        entry: AppealTrailEntry,
    ) -> None:
        """Write the trail, the decision with its signature, the determination that replaces the old one, and the events."""
        state = judged.state or file.state
        await append_entry(connection, recorded.appeal_id, entry)
        decided = _decided(judged.events)
        if decided is not None and entry.action_id is not None:
            await write_ruling(connection, state, decided, judged.rationale, entry.action_id)
        determined = () if judged.determination is None else (judged.determination,)
        if judged.determination is not None and file.before is not None:
            await write_determination(connection, recorded.appeal_id, file.before.claim, judged)
        pends = file.pends if judged.pends is None else judged.pends
        if pends != file.pends:
            await write_pends(connection, recorded.appeal_id, recorded.number + 1, pends, entry.at)
        await connection.execute(_VERSION, {"appeal": recorded.appeal_id, "version": recorded.version})
        await write_place(connection, state, pends, closed=over(state, pends), bundle=self._reference.content_hash)
        raised = await raise_reopenings(connection, unsettled_interest(determined))
        await queue.put(connection, [*judged.messages, *raised])


def _decided(events: tuple[Event, ...]) -> Decided | None:
    return next((event for event in events if isinstance(event, Decided)), None)


def _constraint(error: DBAPIError) -> str | None:
    diagnosis = getattr(error.orig, "diag", None)
    name: str | None = getattr(diagnosis, "constraint_name", None)
    return name


async def _named(connection: AsyncConnection, content: bytes) -> dict[str, StaffMember]:
    """Look up the people an action names; an unreadable one names no one."""
    try:
        named = read_stored_by(APPEAL_ACTION, content).people()
    except ValidationError:
        return {}
    found = [await find_person(connection, person_id) for person_id in named]
    return {person.person_id: person for person in found if person is not None}
