"""Signatures that come from no action: a determination that a test writes by hand refers to one."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.model.determination import ReviewerSignature
from adjudication.model.vocabulary import ClaimId
from storage.audit.trail import Entry, append_locked
from storage.decisions.rows import signature_row

WHY = "made up by a test"
_KEEP = text("""
    INSERT INTO reviewer_signatures (signature_id, claim_id, reviewer_id, role, licence_number, licence_state, signed_at,
                                     rationale, incomplete_because)
    VALUES (CAST(:signature_id AS uuid), CAST(:claim_id AS uuid), :reviewer_id, :role, :licence_number, :licence_state,
            :signed_at, :rationale, :why) ON CONFLICT DO NOTHING RETURNING signature_id::text
""")


async def keep_made_up(engine: AsyncEngine, claim_id: ClaimId, signature: ReviewerSignature) -> None:
    """Keep a signature without an action, and record in the trail that it has none."""
    async with engine.begin() as connection:
        kept = await connection.scalar(_KEEP, signature_row(claim_id, signature) | {"why": WHY})
        if kept is not None:
            content = orjson.dumps({"action": "signatures-incomplete", "signatures": {kept: WHY}}).decode()
            at = datetime(2025, 1, 2, 9, 0, tzinfo=UTC)
            await append_locked(connection, Entry("ledger/signatures", at, "claimwright", "system", None, content))
