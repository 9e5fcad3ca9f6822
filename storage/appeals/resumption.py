"""Appeals that waited for a rule, a year of holidays or a determination, resumed without a person after it was loaded.

An appeal is opened from its first filing and its day of receipt, under the rules in force on the day of its notice. It stays
marked until its workflow was signaled, so that a crash in between loses nothing; repeating it has no effect.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.appeals.deadlines import gaps
from adjudication.appeals.filing import FilingResult, result_for_stored_duplicate
from adjudication.appeals.rules import Matter
from adjudication.appeals.state import AppealState
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import LineNumber
from contracts.event_builders.appeals import appeal_opened, changed_message, opened_message
from contracts.events.appeals import AppealFiledV1
from contracts.stored import read_stored
from storage.appeals.appealed_claim import read_before
from storage.appeals.effects import read_pends, write_place
from storage.appeals.event_history import OPENING, AppealTrailEntry, Recorded, append_entry, read_appeal
from storage.appeals.filing import Known, answer_of, held_under, lines_asked, opening_of
from storage.appeals.follow_on_filings import LOCK_APPEALS, Continuation, goes_with, keep, read_earlier
from storage.appeals.intake import INVOLVED, LOCK_CLAIM
from storage.feeds.roster import read_status
from storage.outbox import queue

_WAITING: Final = text("""
    SELECT appeal_id::text FROM appeals WHERE gap_under IS NOT NULL AND gap_under <> :bundle
      AND (CAST(:after AS uuid) IS NULL OR appeal_id > CAST(:after AS uuid)) ORDER BY appeal_id LIMIT :limit
""")
_GAP: Final = text("SELECT gap_under FROM appeals WHERE appeal_id = CAST(:appeal AS uuid) FOR UPDATE")
_UNDER_APPEAL: Final = text("""
    SELECT unnest(o.lines) FROM appeals a JOIN appeals o USING (claim_id)
    WHERE a.appeal_id = CAST(:appeal AS uuid) AND NOT o.closed AND (o.filed_at, o.appeal_id) < (a.filed_at, a.appeal_id)
""")
_OPEN: Final = text("""
    UPDATE appeals SET path = :path, lines = CAST(:lines AS integer[]), clinical = :clinical,
           opening = CAST(:opening AS json), gap_under = :bundle
    WHERE appeal_id = CAST(:appeal AS uuid)
""")
_FILINGS: Final = text("""
    SELECT content::text FROM appeal_filings WHERE appeal_id = CAST(:appeal AS uuid) ORDER BY version
""")
_MARK: Final = text("UPDATE appeals SET gap_under = '' WHERE appeal_id = CAST(:appeal AS uuid)")
_SIGNALED: Final = text("""
    UPDATE appeals SET gap_under = :gap WHERE appeal_id = CAST(:appeal AS uuid) AND gap_under = ''
""")


@dataclass(frozen=True, slots=True)
class Resumed:
    """An appeal whose workflow is to be signaled. `gap`: the policy data in which a rule or calendar is still missing. `also`: the
    earlier appeal that it continues, whose workflow must apply its filings.
    """

    appeal_id: str
    gap: str | None
    also: str | None = None


class PostgresAppealResumption:
    """Tries appeals again under the policy data of this process."""

    def __init__(self, engine: AsyncEngine, reference: ReferenceData) -> None:
        """Use a pool, and the rules as they are now."""
        self._engine, self._reference = engine, reference

    async def waiting(self, after: str | None = None, limit: int = 500) -> Sequence[str]:
        """Return appeals that lacked something under other data than these, page by page."""
        asked = {"bundle": self._reference.content_hash, "after": after, "limit": limit}
        async with self._engine.connect() as connection:
            return (await connection.scalars(_WAITING, asked)).all()

    async def resume(self, appeal_id: str, at: datetime) -> Resumed | None:
        """Open an appeal that had no rule, or compute its deadlines again; None if no workflow must be signaled."""
        async with self._engine.begin() as connection:
            gap = (await connection.scalars(_GAP, {"appeal": appeal_id})).first()
            if gap is None or gap == self._reference.content_hash:
                return None
            recorded = await read_appeal(connection, appeal_id, self._reference)
            if recorded is None:
                return None
            if recorded.state is None:
                return await self._open(connection, recorded, at)
            return await self._count_again(connection, recorded, recorded.state, at, counted=gap == "")

    async def signaled(self, resumed: Resumed) -> None:
        """Record that the workflow was signaled; until then the appeal is resumed again."""
        async with self._engine.begin() as connection:
            await connection.execute(_SIGNALED, {"appeal": resumed.appeal_id, "gap": resumed.gap})

    async def _open(self, connection: AsyncConnection, recorded: Recorded, at: datetime) -> Resumed | None:
        filed, appeal = recorded.filed, {"appeal": recorded.appeal_id, "claim": recorded.claim_id}
        await connection.execute(LOCK_APPEALS, appeal)
        await connection.execute(LOCK_CLAIM, appeal)
        known = await self._known(connection, recorded, appeal)
        answer = answer_of(filed, known, self._reference)
        if answer.path is not None:
            ids = (recorded.appeal_id, recorded.claim_id)
            earlier = await read_earlier(connection, ids, answer.path.name, self._reference)
            known = replace(known, existing_appeals=earlier)
            answer = answer_of(filed, known, self._reference)
            await self._go_on(connection, recorded, answer)
            answer = result_for_stored_duplicate(answer)
        lines = answer.lines or lines_asked(filed, known)
        row = {
            "appeal": recorded.appeal_id,
            "path": None if answer.path is None else answer.path.name,
            "lines": sorted(lines),
            "clinical": known.matter(lines) is Matter.CLINICAL,
            "opening": OPENING.dump_json(opening_of(filed, known, answer, self._reference)).decode(),
            "bundle": held_under(known, self._reference),
        }
        await connection.execute(_OPEN, row)
        if answer.path is None:
            return None
        await connection.execute(INVOLVED, appeal)
        opened = await read_appeal(connection, recorded.appeal_id, self._reference)
        if opened is None or opened.state is None:
            return None
        await append_entry(connection, recorded.appeal_id, AppealTrailEntry(at, (), asked='{"action":"rule-loaded"}'))
        task = appeal_opened(opened.state, filed, at, answer.outcome, answer.words, self._reference.content_hash)
        task = task.model_copy(update={"window": () if answer.window is None else answer.window.lines})
        await queue.put(connection, [opened_message(task, opened.number + 1)])
        return await self._placed(connection, recorded, opened.state)

    async def _go_on(self, connection: AsyncConnection, recorded: Recorded, answer: FilingResult) -> None:
        """Store every earlier filing with the appeal that it continues, as intake does with later ones."""
        if answer.continues is None:
            return
        for content in (await connection.scalars(_FILINGS, {"appeal": recorded.appeal_id})).all():
            filed = read_stored(AppealFiledV1, content)
            opens = answer.continues.opens if filed.version == recorded.filed.version else None
            await keep(connection, answer.continues.appeal_id, Continuation(filed, opens))

    async def _known(self, connection: AsyncConnection, recorded: Recorded, appeal: dict[str, Any]) -> Known:
        """Return the known facts about the claim, with the appealed notice, which is not that of a later version."""
        before = await read_before(connection, recorded.claim_id, self._reference)
        under: Sequence[int] = (await connection.scalars(_UNDER_APPEAL, appeal)).all()
        known = Known.of(before, frozenset(LineNumber(line) for line in under), self._reference)
        if before is not None:
            known = replace(known, roster=await read_status(connection, before))
        first = before is None or before.version == 1
        return known if first else replace(known, notice_on=recorded.opening.on)

    async def _count_again(
        self, connection: AsyncConnection, recorded: Recorded, state: AppealState, at: datetime, *, counted: bool
    ) -> Resumed | None:
        """Store its present deadlines for the worklist; `counted`: they were known before, so nothing is published."""
        if not counted and not gaps(state):
            number = recorded.number + 1
            await append_entry(
                connection, recorded.appeal_id, AppealTrailEntry(at, (), asked='{"action":"calendar-loaded"}')
            )
            pends = (await read_pends(connection, [recorded.appeal_id])).get(recorded.appeal_id, ())
            await queue.put(connection, [changed_message(state, (), number, at, waiting=pends)])
        return await self._placed(connection, recorded, state)

    async def _placed(self, connection: AsyncConnection, recorded: Recorded, state: AppealState) -> Resumed | None:
        pends = (await read_pends(connection, [recorded.appeal_id])).get(recorded.appeal_id, ())
        bundle = self._reference.content_hash
        await write_place(connection, state, pends, closed=recorded.closed, bundle=bundle)
        if recorded.closed:
            return None
        await connection.execute(_MARK, {"appeal": recorded.appeal_id})
        also = await goes_with(connection, recorded.filed)
        return Resumed(recorded.appeal_id, bundle if gaps(state) else None, also)
