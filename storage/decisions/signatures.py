"""Writes signatures, each with its action and the license at that time. No other module writes them.

A determination only refers to signatures: PostgreSQL refuses a reference to a signature that was not stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adjudication.model.determination import ReviewerSignature
from adjudication.model.vocabulary import ClaimId
from storage.decisions.rows import Row, rows_of, signature_row

_LICENSE: Final = """(
    SELECT l.license FROM people p, json_array_elements(p.licences) AS l(license)
    WHERE p.person_id = t.reviewer_id AND l.license->>'number' = t.licence_number
      AND l.license->>'state' = t.licence_state LIMIT 1)"""
_COLUMNS: Final = """signature_id, claim_id, reviewer_id, role, licence_number, licence_state, signed_at, rationale"""
_ROWS: Final = """json_to_recordset(CAST(:rows AS json)) AS t(
    signature_id uuid, claim_id uuid, reviewer_id text, role text, licence_number text, licence_state text,
    signed_at timestamptz, rationale text)"""
_SIGN: Final = text(f"""
    INSERT INTO reviewer_signatures ({_COLUMNS}, license, action_id, appeal_action_id)
    SELECT t.*, {_LICENSE}, CAST(:action AS uuid), CAST(:appeal_action AS uuid) FROM {_ROWS}
    ON CONFLICT (signature_id) DO NOTHING
""")
# An overturned line may have been settled before signatures were kept with the action (migration 0014): the signature then
# follows from that action, and from no other.
_SIGN_SETTLED: Final = text(f"""
    INSERT INTO reviewer_signatures ({_COLUMNS}, license, appeal_action_id)
    SELECT t.*, coalesce({_LICENSE}, json_build_object('number', t.licence_number, 'state', t.licence_state)), a.action_id
    FROM {_ROWS} JOIN appeal_actions a ON a.person_id = t.reviewer_id AND a.answered_at = t.signed_at
    WHERE a.appeal_id = CAST(:appeal AS uuid) AND a.accepted AND a.content->>'action' = 'settle'
    ON CONFLICT (signature_id) DO NOTHING
""")


async def sign(
    connection: AsyncConnection,
    claim_id: ClaimId,
    signature: ReviewerSignature | None,
    *,
    action: str | None = None,
    appeal_action: str | None = None,
) -> str | None:
    """Store a signature with the review or appeal action that it was given with; return its id, None without a signature."""
    if signature is None:
        return None
    row = signature_row(claim_id, signature)
    await connection.execute(_SIGN, rows_of([row]) | {"action": action, "appeal_action": appeal_action})
    return str(row["signature_id"])


async def sign_settled(connection: AsyncConnection, appeal_id: str, rows: Sequence[Row]) -> None:
    """Store the signatures of overturned lines that an earlier version resolved without storing a signature."""
    if rows:
        await connection.execute(_SIGN_SETTLED, rows_of(list(rows)) | {"appeal": appeal_id})
