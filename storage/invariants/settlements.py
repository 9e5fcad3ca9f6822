"""What people settled and signed beside the audit trail: each is what its entry says, and none lacks the other.

Letters and appeals are drawn from these rows; who rewrote a signed reason in them would otherwise be seen nowhere.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_SETTLED: Final = text("""
    WITH told AS (
        SELECT action_id, subject, number, person_id, role, at, coalesce((content->>'line')::integer, 0) AS line,
               content->>'outcome' AS outcome, content->>'resolution' AS resolution, content->>'denies_as' AS denies_as,
               (content->>'allowed')::numeric AS allowed, content->>'rationale' AS rationale
        FROM audit_trail WHERE subject LIKE 'claim/%' AND content->>'action' = 'decide'),
    kept AS (
        SELECT s.action_id, 'claim/' || s.claim_id::text AS subject, s.person_id, s.role, s.settled_at AS at, s.line,
               s.outcome, s.resolution, s.denies_as, s.allowed, s.rationale, r.signature_id, r.reviewer_id,
               r.role AS signed_as, r.signed_at, r.rationale AS signed_for
        FROM settlements s LEFT JOIN reviewer_signatures r ON r.signature_id = s.signature_id)
    SELECT coalesce(told.subject, kept.subject) AS subject, told.number, kept.action_id IS NOT NULL AS is_kept
    FROM told FULL JOIN kept USING (action_id)
    WHERE (told.subject, told.person_id, told.role, told.at, told.line, told.outcome, told.resolution, told.denies_as,
           told.allowed, told.rationale)
          IS DISTINCT FROM (kept.subject, kept.person_id, kept.role, kept.at, kept.line, kept.outcome, kept.resolution,
                            kept.denies_as, kept.allowed, kept.rationale)
       OR (kept.signature_id IS NOT NULL
           AND (kept.reviewer_id, kept.signed_as, kept.signed_at, kept.signed_for)
               IS DISTINCT FROM (told.person_id, told.role, told.at, told.rationale))
    ORDER BY 1, 2
""")
_DECIDED: Final = text("""
    WITH told AS (
        SELECT action_id, subject, number, person_id, at, content->'asked'->>'rationale' AS rationale
        FROM audit_trail WHERE subject LIKE 'appeal/%' AND content->'asked'->>'action' = 'decide'),
    kept AS (
        SELECT d.action_id, 'appeal/' || d.appeal_id::text AS subject, d.person_id, d.decided_at AS at, d.rationale,
               r.signature_id, r.reviewer_id, r.rationale AS signed_for, d.consulted
        FROM appeal_decisions d LEFT JOIN reviewer_signatures r ON r.signature_id = d.signature_id)
    SELECT coalesce(told.subject, kept.subject) AS subject, told.number, kept.action_id IS NOT NULL AS is_kept
    FROM told FULL JOIN kept USING (action_id)
    WHERE (told.subject, told.person_id, told.at, told.rationale)
          IS DISTINCT FROM (kept.subject, kept.person_id, kept.at, kept.rationale)
       OR (kept.signature_id IS NOT NULL
           AND (kept.signed_for IS DISTINCT FROM told.rationale
                OR kept.reviewer_id NOT IN (told.person_id, coalesce(kept.consulted, told.person_id))))
    ORDER BY 1, 2
""")


async def settlements_not_as_told(connection: AsyncConnection) -> AsyncIterator[str]:
    """Yield every settlement, appeal decision and signature that is not what the trail says, in words and by ids alone."""
    for found in (_SETTLED, _DECIDED):
        for row in (await connection.execute(found)).all():
            yield f"{row.subject}: {_wrong(row)}"


def _wrong(row: Any) -> str:
    if row.number is None:
        return "a decision is kept, and no entry of the trail says that it was made"
    if not row.is_kept:
        return f"entry {row.number} tells of a decision that is not kept"
    return f"the decision or signature kept is not the one that entry {row.number} tells"
