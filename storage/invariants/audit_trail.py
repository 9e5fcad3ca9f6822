"""Compares what the ledger stores with the audit trail: reviewers' decisions, signatures, policy releases and letters.

Letters and appeals are written from these rows, and a table's own checks cannot stop a person who can write the whole
row. Each row must be what its trail entry recorded, and no row and no entry may lack the other.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_SETTLED: Final = text("""
    WITH entries AS (
        SELECT action_id, subject, number, person_id, role, at, coalesce((content->>'line')::integer, 0) AS line,
               content->>'outcome' AS outcome, content->>'resolution' AS resolution, content->>'denies_as' AS denies_as,
               (content->>'allowed')::numeric AS allowed, content->>'rationale' AS rationale
        FROM audit_trail WHERE subject LIKE 'claim/%' AND content->>'action' = 'decide'),
    kept AS (
        SELECT s.action_id, 'claim/' || s.claim_id::text AS subject, s.person_id, s.role, s.settled_at AS at, s.line,
               s.outcome, s.resolution, s.denies_as, s.allowed, s.rationale, r.signature_id, r.reviewer_id,
               r.role AS signed_as, r.signed_at, r.rationale AS signed_for
        FROM settlements s LEFT JOIN reviewer_signatures r ON r.signature_id = s.signature_id)
    SELECT coalesce(entries.subject, kept.subject) AS subject, entries.number, kept.action_id IS NOT NULL AS is_kept
    FROM entries FULL JOIN kept USING (action_id)
    WHERE (entries.subject, entries.person_id, entries.role, entries.at, entries.line, entries.outcome, entries.resolution, entries.denies_as,
           entries.allowed, entries.rationale)
          IS DISTINCT FROM (kept.subject, kept.person_id, kept.role, kept.at, kept.line, kept.outcome, kept.resolution,
                            kept.denies_as, kept.allowed, kept.rationale)
       OR (kept.signature_id IS NOT NULL
           AND (kept.reviewer_id, kept.signed_as, kept.signed_at, kept.signed_for)
               IS DISTINCT FROM (entries.person_id, entries.role, entries.at, entries.rationale))
    ORDER BY 1, 2
""")
_DECIDED: Final = text("""
    WITH entries AS (
        SELECT action_id, subject, number, person_id, at, content->'asked'->>'rationale' AS rationale
        FROM audit_trail WHERE subject LIKE 'appeal/%' AND content->'asked'->>'action' = 'decide'),
    kept AS (
        SELECT d.action_id, 'appeal/' || d.appeal_id::text AS subject, d.person_id, d.decided_at AS at, d.rationale,
               r.signature_id, r.reviewer_id, r.rationale AS signed_for, d.consulted
        FROM appeal_decisions d LEFT JOIN reviewer_signatures r ON r.signature_id = d.signature_id)
    SELECT coalesce(entries.subject, kept.subject) AS subject, entries.number, kept.action_id IS NOT NULL AS is_kept
    FROM entries FULL JOIN kept USING (action_id)
    WHERE (entries.subject, entries.person_id, entries.at, entries.rationale)
          IS DISTINCT FROM (kept.subject, kept.person_id, kept.at, kept.rationale)
       OR (kept.signature_id IS NOT NULL
           AND (kept.signed_for IS DISTINCT FROM entries.rationale
                OR kept.reviewer_id NOT IN (entries.person_id, coalesce(kept.consulted, entries.person_id))))
    ORDER BY 1, 2
""")
# Bulk replays of dead letters have entries under `letters/...` too; they issue no letter.
_LETTERS: Final = text("""
    WITH entries AS (
        SELECT subject, number, content->>'sha256' AS digest, person_id, role, at,
               coalesce(content->>'appeal', '') AS appeal, content->>'kind' AS kind, content->>'audience' AS audience,
               content->>'step' AS step
        FROM audit_trail WHERE subject LIKE 'letters/%' AND content->>'action' = 'issued'),
    kept AS (
        SELECT 'letters/' || claim_id::text AS subject, encode(sha256(body), 'hex') AS digest, issued_by, role, issued_at,
               coalesce(appeal_id::text, '') AS appeal, kind, audience, step
        FROM issued_letters)
    SELECT subject, appeal, kind, audience, step, entries.number, entries.digest AS entry_digest, kept.digest AS kept_digest
    FROM entries FULL JOIN kept USING (subject, appeal, kind, audience, step)
    WHERE (entries.digest, entries.person_id, entries.role, entries.at)
          IS DISTINCT FROM (kept.digest, kept.issued_by, kept.role, kept.issued_at)
    ORDER BY subject, appeal, kind, audience, step, entries.number
""")

# Two entries of one release, or one entry of what the product shipped; a row without them was not written by a release.
_RELEASES: Final = text("""
    WITH entries AS (
        SELECT subject, content->>'version' AS version, content->>'action' = 'shipped' AS shipped, number, at,
               CASE content->>'action' WHEN 'approved' THEN person_id ELSE content->>'approver' END AS approver,
               content->>'author' AS author, content->>'content_hash' AS content_hash, content->>'reasons' AS reasons,
               EXISTS (SELECT 1 FROM audit_trail p WHERE p.subject = t.subject AND p.content->>'action' = 'proposed'
                       AND p.content->>'version' = t.content->>'version' AND p.person_id = t.content->>'author') AS proposed
        FROM audit_trail t WHERE subject LIKE 'policies/%' AND content->>'action' IN ('approved', 'shipped')),
    kept AS (SELECT 'policies/' || policy AS subject, * FROM policy_releases)
    SELECT subject, version, entries.number, kept.policy IS NOT NULL AS is_kept
    FROM entries FULL JOIN kept USING (subject, version)
    WHERE (entries.content_hash, entries.author, entries.approver, entries.reasons, entries.shipped, entries.at)
          IS DISTINCT FROM (kept.content_hash, kept.author, kept.approver, kept.reasons, kept.shipped, kept.recorded_at)
       OR NOT (entries.shipped OR entries.proposed)
    ORDER BY subject, version, entries.number
""")


async def differences_from_trail(connection: AsyncConnection) -> AsyncIterator[str]:
    """Describe every decision, signature, policy release and issued letter that differs from its trail entry; names ids only."""
    for query in (_SETTLED, _DECIDED):
        for row in (await connection.execute(query)).all():
            yield f"{row.subject}: {_wrong_decision(row)}"
    for row in (await connection.execute(_RELEASES)).all():
        yield f"{row.subject}: the release of version {row.version} {_wrong_release(row)}"
    for row in (await connection.execute(_LETTERS)).all():
        appeal = f", appeal {row.appeal}" if row.appeal else ""
        yield f"{row.subject}{appeal}: the letter {row.kind} to the {row.audience}, {row.step}, {_wrong_letter(row)}"


def _wrong_decision(row: Any) -> str:
    if row.number is None:
        return "a decision is stored, and the trail has no entry for it"
    if not row.is_kept:
        return f"entry {row.number} records a decision that is not stored"
    return f"the stored decision or signature is not the one that entry {row.number} records"


def _wrong_release(row: Any) -> str:
    if row.number is None:
        return "is stored, and the trail has no entry for it"
    if not row.is_kept:
        return f"is recorded by entry {row.number}, and is not stored"
    return f"is not stored as two people made it by entry {row.number}"


def _wrong_letter(row: Any) -> str:
    if row.number is None:
        return "is stored, and the trail has no entry that it was issued"
    if row.kept_digest is None:
        return f"was issued by entry {row.number}, and is not stored"
    if row.kept_digest != row.entry_digest:
        return f"is not the text with the hash of entry {row.number}"
    return f"is stored with another person, role or time than entry {row.number}"
