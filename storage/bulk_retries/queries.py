"""Reads bulk retries and the results of their claims."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adjudication.model.vocabulary import ClaimId
from adjudication.review.bulk_retry import Mode, Proposal, Stage
from contracts.actions.bulk_retries import SelectionV1
from contracts.records.bulk_retries import BulkRetryCounts, BulkRetryPage, BulkRetryRecord, RetriedClaim
from contracts.stored import read_stored

_COLUMNS = """
    SELECT b.release_id::text, b.selection::text, b.mode, b.per_second, b.purpose, b.claims, b.billed, b.proposed_by,
           b.proposed_at, b.stage, b.approved_by, b.approved_at, b.ended_by, b.ended_at, b.paused_because
    FROM bulk_releases b
"""
_ONE: Final = text(f"{_COLUMNS} WHERE b.release_id = CAST(:release AS uuid)")
_NEWEST: Final = text(f"{_COLUMNS} ORDER BY b.proposed_at DESC, b.release_id LIMIT :size")
_COUNTS: Final = text("""
    SELECT r.release_id::text AS release, r.skipped,
           count(*) AS claims,
           count(*) FILTER (WHERE r.asked_at IS NOT NULL) AS asked,
           count(*) FILTER (WHERE r.tried_at IS NOT NULL) AS tried,
           count(*) FILTER (WHERE r.result = 'decided') AS decided,
           count(*) FILTER (WHERE r.result = 'waits') AS waiting,
           count(*) FILTER (WHERE r.result = 'failed') AS failed,
           coalesce(sum(d.paid) FILTER (WHERE r.result = 'decided'), 0) AS paid
    FROM bulk_release_claims r
    LEFT JOIN determinations d ON d.claim_id = r.claim_id AND d.decides AND r.result = 'decided'
    WHERE r.release_id = ANY(CAST(:releases AS uuid[])) GROUP BY r.release_id, r.skipped
""")
_CLAIMS: Final = text("""
    SELECT place, claim_id::text AS claim_id, billed, asked_at, tried_at, round, result, skipped
    FROM bulk_release_claims WHERE release_id = CAST(:release AS uuid) AND place > :after ORDER BY place LIMIT :size
""")


async def read_one(connection: AsyncConnection, release_id: str, at: datetime) -> BulkRetryRecord | None:
    """Return a bulk retry as of a time."""
    row = (await connection.execute(_ONE, {"release": release_id})).mappings().first()
    if row is None:
        return None
    counts = await _counts(connection, [release_id])
    return _seen(dict(row), counts.get(release_id, BulkRetryCounts()), at)


async def read_newest(connection: AsyncConnection, at: datetime, size: int) -> tuple[BulkRetryRecord, ...]:
    """Return bulk retries, newest first."""
    rows = (await connection.execute(_NEWEST, {"size": size})).mappings().all()
    counts = await _counts(connection, [row["release_id"] for row in rows])
    return tuple(_seen(dict(row), counts.get(row["release_id"], BulkRetryCounts()), at) for row in rows)


async def read_claims(connection: AsyncConnection, release_id: str, after: int, size: int) -> BulkRetryPage:
    """Return a page of a bulk retry's claims."""
    values = {"release": release_id, "after": after, "size": size + 1}
    rows = (await connection.execute(_CLAIMS, values)).mappings().all()
    claims = tuple(
        RetriedClaim(
            place=row["place"],
            claim_id=ClaimId(row["claim_id"]),
            billed=row["billed"],
            asked_at=row["asked_at"],
            tried_at=row["tried_at"],
            round=row["round"],
            result=row["result"],
            skipped=row["skipped"],
        )
        for row in rows[:size]
    )
    return BulkRetryPage(claims, rows[size - 1]["place"] if len(rows) > size else None)


async def _counts(connection: AsyncConnection, release_ids: list[str]) -> dict[str, BulkRetryCounts]:
    found: dict[str, BulkRetryCounts] = {}
    if not release_ids:
        return found
    for row in (await connection.execute(_COUNTS, {"releases": release_ids})).all():
        so_far = found.get(row.release, BulkRetryCounts())
        skipped = dict(so_far.skipped)
        if row.skipped is not None:
            skipped[row.skipped] = row.claims
        found[row.release] = BulkRetryCounts(
            asked=so_far.asked + row.asked,
            tried=so_far.tried + row.tried,
            decided=so_far.decided + row.decided,
            waiting=so_far.waiting + row.waiting,
            failed=so_far.failed + row.failed,
            paid=so_far.paid + Decimal(row.paid),
            skipped=skipped,
        )
    return found


def _seen(row: Mapping[str, Any], counts: BulkRetryCounts, at: datetime) -> BulkRetryRecord:
    proposal = Proposal(row["proposed_by"], row["proposed_at"], row["claims"], row["billed"])
    stage = Stage(row["stage"])
    return BulkRetryRecord(
        release_id=row["release_id"],
        selection=read_stored(SelectionV1, row["selection"]),
        mode=Mode(row["mode"]),
        per_second=row["per_second"],
        purpose=row["purpose"],
        stage=Stage.EXPIRED if stage is Stage.PROPOSED and proposal.expired(at) else stage,
        proposal=proposal,
        approved_by=row["approved_by"],
        approved_at=row["approved_at"],
        ended_by=row["ended_by"],
        ended_at=row["ended_at"],
        paused_because=row["paused_because"],
        counts=counts,
    )
