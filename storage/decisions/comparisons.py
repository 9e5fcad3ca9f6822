"""Decisions that are not yet compared with what feeds committed while they were made.

A feed raises the decided claims that it finds. If it commits between the reading of a claim and its decision, it finds none.
So each commit notes its decisions, and they are compared after it: by the worker, or by the reconciler where the worker
ended first. A feed raises no claim whose reopening for the same reason is open: one that ends by adjudicating again is
noted too, and left to the reconciler. The comparison raises reopenings and removes the note in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.model.determination import Pended
from adjudication.model.outcomes import LACKS_AUTHORIZATION, LACKS_DOCUMENTS
from adjudication.model.vocabulary import ClaimId
from contracts.records.decisions import DecidedBy, Publication
from storage.feeds.changed_coverage import raise_missed_coverage
from storage.feeds.changed_providers import NPIS, raise_missed_providers
from storage.feeds.late_authorizations import raise_missed, raise_missed_withdrawals
from storage.review.document_answers import raise_missed_documents

_NOTE: Final = text("""
    INSERT INTO decisions_to_compare (batch_id, claim_ids, read_at, snapshot) VALUES (:batch, CAST(:claims AS uuid[]), :read_at, :snapshot)
""")
_COMPARED: Final = text("""
    DELETE FROM decisions_to_compare WHERE batch_id = :batch AND claim_ids <@ CAST(:claims AS uuid[])
""")
_TAKE: Final = text("""
    DELETE FROM decisions_to_compare WHERE note_id IN (
        SELECT note_id FROM decisions_to_compare WHERE decided_at < :older_than ORDER BY note_id LIMIT :limit)
    RETURNING claim_ids, read_at, snapshot, decided_at
""")
_AT_ONCE: Final = 50
"""Notes that are compared in one transaction; each has up to 256 claims."""

_RAISED: Final = text("SELECT count(*) FROM reopenings WHERE claim_id = ANY(:claims)")
_MEMBERS: Final = text(f"""
    SELECT claim_id, member_id, ARRAY(SELECT jsonb_array_elements_text({NPIS})) AS npis FROM claims c WHERE claim_id = ANY(:claims)
""")


async def note_decisions(connection: AsyncConnection, batch_id: str, publications: Iterable[Publication]) -> None:
    """Note the decisions of a commit, in its transaction."""
    decided = [each.stored for each in publications if _decides(each)]
    readings = [(each.read_at, each.snapshot) for each in decided if each.read_at is not None]
    if readings:
        claims = [each.claim.claim_id for each in decided if each.read_at is not None]
        await note_reading(connection, batch_id, claims, *min(readings, key=lambda each: each[0]))


async def note_reading(
    connection: AsyncConnection, key: str, claims: Sequence[str], read_at: datetime, snapshot: str | None
) -> None:
    """Note when the decided claims of a batch, or of a reopening that ends, were read; in the transaction that decides them."""
    note = {"batch": key, "claims": claims, "read_at": read_at, "snapshot": snapshot}
    await connection.execute(_NOTE, note)


async def compare_decisions(connection: AsyncConnection, batch_id: str, decided: Sequence[DecidedBy]) -> None:
    """Raise reopenings for what feeds committed after these claims were read, and remove the notes of their decisions."""
    await _raise(connection, decided)
    await connection.execute(_COMPARED, {"batch": batch_id, "claims": [each.claim_id for each in decided]})


async def compare_left(engine: AsyncEngine, older_than: datetime) -> tuple[int, int, datetime | None]:
    """Compare the decisions noted before a time whose worker did not; return how many notes, how many reopenings, and the oldest time.

    What these claims were decided by is not kept, so each change counts; a reopening ends by itself where nothing changes.
    """
    notes = raised = 0
    since: datetime | None = None
    while True:
        async with engine.begin() as connection:
            left = (await connection.execute(_TAKE, {"older_than": older_than, "limit": _AT_ONCE})).all()
            if not left:
                return notes, raised, since
            notes, raised = notes + len(left), raised + await _compare_left(connection, left)
        since = min(each.decided_at for each in left) if since is None else since


async def _compare_left(connection: AsyncConnection, left: Sequence[Row[Any]]) -> int:
    """Compare the decisions of some notes; return how many reopenings were raised."""
    keys = {"claims": sorted({claim for note in left for claim in note.claim_ids})}
    before = await connection.scalar(_RAISED, keys)
    reasons = LACKS_AUTHORIZATION | LACKS_DOCUMENTS
    members = {row.claim_id: row for row in (await connection.execute(_MEMBERS, keys)).all()}
    decided = [
        DecidedBy(
            ClaimId(str(claim)),
            members[claim].member_id,
            note.read_at,
            note.snapshot,
            None,
            reasons,
            True,
            frozenset(members[claim].npis),
            None,
        )
        for note in left
        for claim in note.claim_ids
        if claim in members
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
        await raise_missed_providers(connection, decided)


def _decides(publication: Publication) -> bool:
    """Return whether lines of the claim are decided: all of them, or those that need not wait."""
    decision = publication.decision
    return not isinstance(decision, Pended) or decision.ready is not None
