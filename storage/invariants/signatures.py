"""Compares signatures and the staff list with their origin: an accepted action, a license, an entry of the trail.

Foreign keys refuse an orphan when it is written. These checks find rows that were written while foreign keys were disabled.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_SETTLED: Final = """
    SELECT 1 FROM review_actions a JOIN settlements s USING (action_id)
    WHERE a.action_id = r.action_id AND a.accepted AND (a.claim_id, a.person_id) = (r.claim_id, r.reviewer_id)
      AND (s.claim_id, s.signature_id) = (r.claim_id, r.signature_id)"""
_DECIDED: Final = """
    SELECT 1 FROM appeal_actions a JOIN appeal_decisions d USING (action_id)
    WHERE a.action_id = r.appeal_action_id AND a.accepted
      AND (d.claim_id, d.signature_id) = (r.claim_id, r.signature_id) AND r.reviewer_id IN (d.person_id, d.consulted)"""
_SETTLED_ON_APPEAL: Final = """
    SELECT 1 FROM appeal_actions a JOIN appeals p USING (appeal_id)
    WHERE a.action_id = r.appeal_action_id AND a.accepted
      AND a.content->>'action' = 'settle' AND a.content->>'denies_as' IS NOT NULL
      AND (p.claim_id, a.person_id, a.answered_at, a.content->>'rationale')
          = (r.claim_id, r.reviewer_id, r.signed_at, r.rationale)
      AND coalesce(a.signature_id, r.signature_id) = r.signature_id"""
_LICENSED: Final = """
    SELECT 1 FROM audit_trail t WHERE t.subject = 'people/' || r.reviewer_id
      AND coalesce(t.content->'licenses', t.content->'licences')::jsonb @> jsonb_build_array(r.license::jsonb)
      AND (r.license->>'number', r.license->>'state') = (r.licence_number, r.licence_state)"""
_MARKED: Final = """
    SELECT 1 FROM audit_trail t WHERE t.subject = 'ledger/signatures'
      AND t.content->'signatures'->>(r.signature_id::text) = r.incomplete_because"""
_SIGNATURES: Final = text(f"""
    SELECT * FROM (
        SELECT 'claim/' || r.claim_id::text AS subject, r.signature_id::text AS signature, CASE
            WHEN r.incomplete_because IS NOT NULL AND NOT EXISTS ({_MARKED})
                THEN 'is marked as older than its source, and the trail does not record the mark'
            WHEN r.action_id IS NOT NULL AND NOT EXISTS ({_SETTLED})
                THEN 'comes from no accepted action of its reviewer that settled a line with it'
            WHEN r.appeal_action_id IS NOT NULL AND NOT EXISTS ({_DECIDED}) AND NOT EXISTS ({_SETTLED_ON_APPEAL})
                THEN 'comes from no accepted appeal action that decided or settled with it'
            WHEN r.incomplete_because IS NULL AND num_nonnulls(r.action_id, r.appeal_action_id) <> 1
                THEN 'names no action that it was given with'
            WHEN r.incomplete_because IS NULL AND NOT EXISTS ({_LICENSED})
                THEN 'names a license that the staff list never had'
            END AS fault
        FROM reviewer_signatures r) AS each WHERE fault IS NOT NULL ORDER BY subject, signature
""")
_ORPHANS: Final = text("""
    SELECT subject, what FROM (
        SELECT 'claim/' || claim_id::text AS subject, 'a determination line' AS what, claim_id, signature_id
        FROM determination_lines
        UNION ALL SELECT 'claim/' || claim_id::text, 'a settlement', claim_id, signature_id FROM settlements
        UNION ALL SELECT 'appeal/' || appeal_id::text, 'an appeal decision', claim_id, signature_id FROM appeal_decisions
        UNION ALL SELECT 'appeal/' || a.appeal_id::text, 'an appeal action', p.claim_id, a.signature_id
        FROM appeal_actions a LEFT JOIN appeals p USING (appeal_id)) AS named
    WHERE signature_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM reviewer_signatures r WHERE (r.signature_id, r.claim_id) = (named.signature_id, named.claim_id))
    ORDER BY 1, 2
""")
_PEOPLE: Final = text("""
    SELECT coalesce(last.subject, 'people/' || p.person_id) AS subject, last.number, p.person_id FROM people p
    FULL JOIN (SELECT DISTINCT ON (subject) subject, number, content FROM audit_trail
               WHERE subject LIKE 'people/%' ORDER BY subject, number DESC) last ON last.subject = 'people/' || p.person_id
    WHERE p.person_id IS NULL OR last.subject IS NULL OR NOT records_person(last.content, p) ORDER BY 1
""")


async def unfounded(connection: AsyncConnection) -> AsyncIterator[str]:
    """Describe every signature, reference to one and person of the staff list that the records do not support; ids only."""
    for row in (await connection.execute(_SIGNATURES)).all():
        yield f"{row.subject}: the signature {row.signature} {row.fault}"
    for row in (await connection.execute(_ORPHANS)).all():
        yield f"{row.subject}: {row.what} names a signature of the claim that is not stored"
    for row in (await connection.execute(_PEOPLE)).all():
        yield f"{row.subject}: {_wrong_person(row.number, row.person_id)}"


def _wrong_person(number: int | None, person_id: str | None) -> str:
    if number is None:
        return "is on the staff list, and the trail has no entry that put them there"
    if person_id is None:
        return f"is recorded by entry {number}, and is not on the staff list"
    return f"has other roles, licenses or reporting lines than entry {number} records"
