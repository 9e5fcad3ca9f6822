"""Issued letters beside the audit trail: each is the bytes, person and time that its entry says, and none lacks the other.

The table's own check ties a letter to a hash in the same row, which whoever can write the row can write too.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# `letters/...` is also where bulk replays of dead letters are told; they issue nothing.
_DIFFERING: Final = text("""
    WITH told AS (
        SELECT subject, number, content->>'sha256' AS digest, person_id, role, at,
               coalesce(content->>'appeal', '') AS appeal, content->>'kind' AS kind, content->>'audience' AS audience,
               content->>'step' AS step
        FROM audit_trail WHERE subject LIKE 'letters/%' AND content->>'action' = 'issued'),
    kept AS (
        SELECT 'letters/' || claim_id::text AS subject, encode(sha256(body), 'hex') AS digest, issued_by, role, issued_at,
               coalesce(appeal_id::text, '') AS appeal, kind, audience, step
        FROM issued_letters)
    SELECT subject, appeal, kind, audience, step, told.number, told.digest AS told_digest, kept.digest AS kept_digest
    FROM told FULL JOIN kept USING (subject, appeal, kind, audience, step)
    WHERE (told.digest, told.person_id, told.role, told.at)
          IS DISTINCT FROM (kept.digest, kept.issued_by, kept.role, kept.issued_at)
    ORDER BY subject, appeal, kind, audience, step, told.number
""")


async def letters_not_as_told(connection: AsyncConnection) -> AsyncIterator[str]:
    """Yield every issued letter that is not what the trail says of it, in words and by ids alone."""
    for row in (await connection.execute(_DIFFERING)).all():
        appeal = f", appeal {row.appeal}" if row.appeal else ""
        yield f"{row.subject}{appeal}: the letter {row.kind} to the {row.audience}, {row.step}, {_wrong(row)}"


def _wrong(row: Any) -> str:
    if row.number is None:
        return "is kept, and no entry of the trail says that it was issued"
    if row.kept_digest is None:
        return f"was issued by entry {row.number}, and is not kept"
    if row.kept_digest != row.told_digest:
        return f"is not the text whose hash entry {row.number} tells"
    return f"is kept as issued by another, in another role or at another time than entry {row.number} tells"
