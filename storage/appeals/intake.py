"""Stores filings of appeals: finds the determination, opens the appeal under the rules of its notice, queues its task.

Every filing is stored; only one for an unknown claim is refused. Newer
versions of a filing, and filings that continue an appeal, are only stored: the appeal's workflow applies them in order.
An appeal that no rule opened has no workflow: its withdrawal is processed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.appeals.filing import FilingOutcome, FilingResult
from adjudication.appeals.rules import Matter
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId, LineNumber
from contracts.event_builders.appeals import appeal_opened, opened_message, pathless
from contracts.events.appeals import AppealFiledV1
from contracts.ids import appeal_id as id_of
from contracts.records.appeals import AppealTaken
from storage.appeals.appealed_claim import read_before
from storage.appeals.effects import write_place
from storage.appeals.event_history import OPENING, AppealTrailEntry, PathGoneError, append_entry, read_appeal
from storage.appeals.filing import Known, answer_of, held_under, lines_asked, opening_of
from storage.appeals.follow_on_filings import (
    LOCK_APPEALS,
    Continuation,
    goes_with,
    keep,
    read_earlier,
    received_otherwise,
)
from storage.appeals.withdrawals import close_withdrawn
from storage.claims.identity import ONE_CLAIM
from storage.feeds.roster import read_status
from storage.outbox import queue
from storage.retry import DEADLOCK_DETECTED, SERIALIZATION_FAILURE, UNIQUE_VIOLATION, again_after
from storage.unstorable import unstorable_data

_RACES: Final = frozenset({DEADLOCK_DETECTED, SERIALIZATION_FAILURE, UNIQUE_VIOLATION})
_CLAIM: Final = text(f"""
    SELECT claim_id::text FROM claims c
    WHERE (CAST(:number AS text) IS NULL OR payer_claim_number = :number)
      AND (CAST(:control AS text) IS NULL OR (submitter = :submitter AND control_number = :control AND {ONE_CLAIM.format("c")}))
    ORDER BY revision DESC, sequence DESC LIMIT 1
""")
LOCK_CLAIM: Final = text("SELECT 1 FROM claims WHERE claim_id = CAST(:claim AS uuid) FOR UPDATE")
_APPEAL: Final = text("SELECT path FROM appeals WHERE appeal_id = CAST(:appeal AS uuid)")
_UNDER_APPEAL: Final = text("SELECT unnest(lines) FROM appeals WHERE claim_id = CAST(:claim AS uuid) AND NOT closed")
_OPEN: Final = text("""
    INSERT INTO appeals (appeal_id, claim_id, submitter, appeal_reference, version, path, lines, clinical, opening,
                         filed_at, due_at, gap_under)
    VALUES (CAST(:appeal AS uuid), CAST(:claim AS uuid), :submitter, :reference, :version, :path,
            CAST(:lines AS integer[]), :clinical, CAST(:opening AS json), :filed_at,
            CASE WHEN CAST(:path AS text) IS NULL THEN CAST(:filed_at AS timestamptz) END,  -- no rule: at once
            CASE WHEN CAST(:path AS text) IS NULL THEN CAST(:bundle AS text) END)
""")
_FILE: Final = text("""
    INSERT INTO appeal_filings (appeal_id, version, content)
    VALUES (CAST(:appeal AS uuid), :version, CAST(:content AS json)) ON CONFLICT DO NOTHING
""")
# Every person who had any part in the claim: who signed, acted on it in review, corrected it, or decided another appeal of it.
INVOLVED: Final = text("""
    INSERT INTO appeal_involved (appeal_id, person_id, part)
    SELECT CAST(:appeal AS uuid), person_id, part FROM (
        SELECT reviewer_id AS person_id, 'signed' AS part FROM reviewer_signatures WHERE claim_id = CAST(:claim AS uuid)
        UNION SELECT person_id, 'review ' || (content ->> 'action') FROM review_actions
              WHERE claim_id = CAST(:claim AS uuid) AND accepted
        UNION SELECT person_id, 'decided an appeal' FROM appeal_decisions WHERE claim_id = CAST(:claim AS uuid)
        UNION SELECT consulted, 'consulted on an appeal' FROM appeal_decisions
              WHERE claim_id = CAST(:claim AS uuid) AND consulted IS NOT NULL
        UNION SELECT a.person_id, 'correction ' || (a.content ->> 'action') FROM correction_actions a
              JOIN readjudications USING (readjudication_id)
              WHERE claim_id = CAST(:claim AS uuid) AND a.accepted AND a.content ->> 'action' <> 'again'
    ) AS took_part ON CONFLICT DO NOTHING
""")


class PostgresAppealIntake:
    """Takes filings in."""

    def __init__(self, engine: AsyncEngine, reference: ReferenceData) -> None:
        """Use a pool, and the rules of appeals."""
        self._engine = engine
        self._reference = reference

    async def file(self, filed: AppealFiledV1) -> AppealTaken | None:
        """Open an appeal, or keep a newer version of one; the same again changes nothing. None: unknown claim."""

        async def attempt() -> AppealTaken | None:
            async with self._engine.begin() as connection:
                return await self._file(connection, filed)

        with unstorable_data():
            return await again_after(_RACES, attempt)

    async def _file(self, connection: AsyncConnection, filed: AppealFiledV1) -> AppealTaken | None:
        appeal = id_of(filed.submitter, filed.appeal_reference)
        if await received_otherwise(connection, appeal, filed):
            return AppealTaken(appeal, held=False, conflict=True)
        held = (await connection.execute(_APPEAL, {"appeal": appeal})).first()
        content = {"appeal": appeal, "version": filed.version, "content": filed.model_dump_json(exclude_none=True)}
        if held is not None:
            await connection.execute(_FILE, content)
            await close_withdrawn(connection, appeal, filed, self._reference)
            held = (await connection.execute(_APPEAL, {"appeal": appeal})).one()  # a rule may have opened it since
        followed = await goes_with(connection, filed)
        if held is not None:
            if followed is not None:
                await keep(connection, followed, Continuation(filed, None))
            return AppealTaken(appeal, held=held.path is not None, also=followed)
        if followed is not None:
            await keep(connection, followed, Continuation(filed, None))
            return AppealTaken(followed, held=True)
        named = filed.claim
        keys = {
            "number": named.payer_claim_number,
            "submitter": named.submitter,
            "control": named.claim_control_number,
        }
        claim = (await connection.scalars(_CLAIM, keys)).first()
        if claim is None:
            return None
        await connection.execute(LOCK_APPEALS, {"claim": claim})
        await connection.execute(LOCK_CLAIM, {"claim": claim})
        known = await self._known(connection, ClaimId(claim))
        answer = await self._answer(connection, filed, known, (appeal, ClaimId(claim)))
        if answer.continues is not None:
            await keep(connection, answer.continues.appeal_id, Continuation(filed, answer.continues.opens))
            return AppealTaken(answer.continues.appeal_id, held=True)
        await self._open(connection, filed, known, answer, (appeal, ClaimId(claim)))
        await connection.execute(_FILE, content)
        await self._publish(connection, filed, answer, appeal, ClaimId(claim))
        await close_withdrawn(connection, appeal, filed, self._reference)
        return AppealTaken(appeal, held=answer.path is not None)

    async def _known(self, connection: AsyncConnection, claim: ClaimId) -> Known:
        before = await read_before(connection, claim, self._reference)
        under: Sequence[int] = (await connection.scalars(_UNDER_APPEAL, {"claim": claim})).all()
        known = Known.of(before, frozenset(LineNumber(line) for line in under), self._reference)
        return known if before is None else replace(known, roster=await read_status(connection, before))

    async def _answer(
        self, connection: AsyncConnection, filed: AppealFiledV1, known: Known, ids: tuple[str, ClaimId]
    ) -> FilingResult:
        """Answer by the filing's own path first: that names the appeals it could continue."""
        answer = answer_of(filed, known, self._reference)
        if answer.path is None:
            return answer
        try:
            earlier = await read_earlier(connection, ids, answer.path.name, self._reference)
        except PathGoneError as gone:
            return FilingResult(
                FilingOutcome.NO_RULE, f"It is not known whether it continues an earlier appeal: {gone}."
            )
        return answer_of(filed, replace(known, existing_appeals=earlier), self._reference)

    async def _open(
        self,
        connection: AsyncConnection,
        filed: AppealFiledV1,
        known: Known,
        answer: FilingResult,
        ids: tuple[str, ClaimId],
    ) -> None:
        appeal, claim = ids
        lines = answer.lines or lines_asked(filed, known)
        row = {
            "appeal": appeal,
            "claim": claim,
            "submitter": filed.submitter,
            "reference": filed.appeal_reference,
            # A filing that arrives as withdrawn is opened first, and then withdrawn like any other.
            "version": filed.version - 1 if filed.withdrawn else filed.version,
            "path": None if answer.path is None else answer.path.name,
            "lines": sorted(lines),
            "clinical": known.matter(lines) is Matter.CLINICAL,
            "opening": OPENING.dump_json(opening_of(filed, known, answer, self._reference)).decode(),
            "filed_at": filed.received_at,
            "bundle": held_under(known, self._reference),
        }
        await connection.execute(_OPEN, row)
        await connection.execute(INVOLVED, {"appeal": appeal, "claim": claim})

    async def _publish(
        self, connection: AsyncConnection, filed: AppealFiledV1, answer: FilingResult, appeal: str, claim: ClaimId
    ) -> None:
        """Begin the trail, and queue the task for the worklist."""
        bundle, at = self._reference.content_hash, filed.received_at
        asked = f'{{"versions":[{filed.version}]}}'
        recorded = await read_appeal(connection, appeal, self._reference)
        await append_entry(connection, appeal, AppealTrailEntry(at, (), asked=asked))
        if recorded is None or recorded.state is None:
            task = pathless(filed, (appeal, claim), at, answer.words, bundle)
        else:
            await write_place(connection, recorded.state, (), closed=False, bundle=bundle)
            task = appeal_opened(recorded.state, filed, at, answer.outcome, answer.words, bundle)
            task = task.model_copy(update={"window": () if answer.window is None else answer.window.lines})
        await queue.put(connection, [opened_message(task, 1)])
