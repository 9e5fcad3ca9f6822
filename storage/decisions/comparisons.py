"""Decisions that are not yet compared with what feeds committed while they were made.

A feed raises the decided claims that it finds. If it commits between the reading of a claim and its decision, it finds none.
So each commit notes its decisions, and they are compared after it: by the worker, or by the reconciler where the worker
ended first. The comparison raises reopenings and removes the note in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.model.determination import Pended
from adjudication.model.outcomes import LACKS_AUTHORIZATION, LACKS_DOCUMENTS
from adjudication.model.vocabulary import ClaimId
from contracts.records.decisions import DecidedBy, Publication
from storage.feeds.changed_coverage import raise_missed_coverage
from storage.feeds.late_authorizations import raise_missed, raise_missed_withdrawals
from storage.review.document_answers import raise_missed_documents

_NOTE: Final = text("""
    INSERT INTO decisions_to_compare (batch_id, claim_ids, read_at, snapshot) VALUES (:batch, CAST(:claims AS uuid[]), :read_at, :snapshot)
""")
_COMPARED: Final = text("""
    DELETE FROM decisions_to_compare WHERE batch_id = :batch AND claim_ids <@ CAST(:claims AS uuid[])
""")
_LEFT: Final = text("""
    SELECT note_id, claim_ids, read_at, snapshot, decided_at FROM decisions_to_compare
    WHERE decided_at < :older_than AND note_id > :after ORDER BY note_id LIMIT 1
""")
_REMOVE: Final = text("DELETE FROM decisions_to_compare WHERE note_id = :note RETURNING 1")
_RAISED: Final = text("SELECT count(*) FROM reopenings WHERE claim_id = ANY(:claims)")
_MEMBERS: Final = text("SELECT claim_id::text, member_id FROM claims WHERE claim_id = ANY(:claims)")


async def note_decisions(connection: AsyncConnection, batch_id: str, publications: Iterable[Publication]) -> None:
    """Note the decisions of a commit, in its transaction."""
    decided = [each.stored for each in publications if _decides(each)]
    readings = [(each.read_at, each.snapshot) for each in decided if each.read_at is not None]
    if readings:
        read_at, snapshot = min(readings, key=lambda each: each[0])
        claims = [each.claim.claim_id for each in decided if each.read_at is not None]
        note = {"batch": batch_id, "claims": claims, "read_at": read_at, "snapshot": snapshot}
        await connection.execute(_NOTE, note)


async def compare_decisions(connection: AsyncConnection, batch_id: str, decided: Sequence[DecidedBy]) -> None:
    """Raise reopenings for what feeds committed after these claims were read, and remove the notes of their decisions."""
    await _raise(connection, decided)
    await connection.execute(_COMPARED, {"batch": batch_id, "claims": [each.claim_id for each in decided]})


async def compare_left(engine: AsyncEngine, older_than: datetime) -> tuple[int, int, datetime | None]:
    """Compare the decisions noted before a time whose worker did not; return how many notes, how many reopenings, and the oldest time.

    What these claims were decided by is not kept, so each change counts; a reopening ends by itself where nothing changes.
    """
    notes = raised = after = 0
    since: datetime | None = None
    while True:
        async with engine.begin() as connection:
            left = (await connection.execute(_LEFT, {"older_than": older_than, "after": after})).first()
            if left is None:
                return notes, raised, since
            if await connection.scalar(_REMOVE, {"note": left.note_id}):
                notes, raised, since = (
                    notes + 1,
                    raised + await _compare_left(connection, left),
                    since or left.decided_at,
                )
        after = left.note_id


async def _compare_left(connection: AsyncConnection, left: Row[tuple[object, ...]]) -> int:
    """Compare the decisions of one note; return how many reopenings were raised."""
    keys = {"claims": left.claim_ids}
    before = await connection.scalar(_RAISED, keys)
    reasons = LACKS_AUTHORIZATION | LACKS_DOCUMENTS
    claims = (await connection.execute(_MEMBERS, keys)).all()
    decided = [
        DecidedBy(ClaimId(c), member, left.read_at, left.snapshot, None, reasons, authorized=True)
        for c, member in claims
    ]
    await _raise(connection, decided)
    return int(await connection.scalar(_RAISED, keys) or 0) - int(before or 0)


async def _raise(connection: AsyncConnection, decided: Sequence[DecidedBy]) -> None:
    if unauthorized := [each for each in decided if not each.denied_for.isdisjoint(LACKS_AUTHORIZATION)]:
        await raise_missed(connection, unauthorized)
    if authorized := [each for each in decided if each.authorized]:
        await raise_missed_withdrawals(connection, authorized)
    if undocumented := [each for each in decided if not each.denied_for.isdisjoint(LACKS_DOCUMENTS)]:
        await raise_missed_documents(connection, undocumented)
    if decided:
        await raise_missed_coverage(connection, decided)


def _decides(publication: Publication) -> bool:
    """Return whether lines of the claim are decided: all of them, or those that need not wait."""
    decision = publication.decision
    return not isinstance(decision, Pended) or decision.ready is not None
