"""Each signature names the action that it was given with and the license as it stood then.

Before, a signature was a row that nothing had to refer to: one that was written directly looked like the others. Signatures of
an earlier version get their source from the settlement, appeal decision or appeal action that names them. What cannot be
found is marked with its reason, and the audit trail records which signatures were marked: a mark that is added later is found.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256

import orjson
from alembic import op
from sqlalchemy import Connection, text

revision = "0036"
down_revision = "0035"

SUBJECT = "ledger/signatures"

UPGRADE = """
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE reviewer_signatures ADD COLUMN action_id uuid, ADD COLUMN appeal_action_id uuid, ADD COLUMN license json,
    ADD COLUMN incomplete_because text CHECK (btrim(incomplete_because) <> '');
ALTER TABLE reviewer_signatures DISABLE TRIGGER reviewer_signatures_stand;
UPDATE reviewer_signatures r SET action_id = s.action_id FROM settlements s
    WHERE s.signature_id = r.signature_id AND s.claim_id = r.claim_id AND s.person_id = r.reviewer_id;
UPDATE reviewer_signatures r SET appeal_action_id = d.action_id FROM appeal_decisions d
    WHERE d.signature_id = r.signature_id AND d.claim_id = r.claim_id AND r.action_id IS NULL;
UPDATE reviewer_signatures r SET appeal_action_id = a.action_id FROM appeal_actions a
    WHERE a.signature_id = r.signature_id AND a.accepted AND r.action_id IS NULL AND r.appeal_action_id IS NULL;
UPDATE reviewer_signatures r SET license = (
    SELECT l.license FROM audit_trail t,
        json_array_elements(coalesce(t.content->'licenses', t.content->'licences')) AS l(license)
    WHERE t.subject = 'people/' || r.reviewer_id AND t.at <= r.signed_at
      AND l.license->>'number' = r.licence_number AND l.license->>'state' = r.licence_state
    ORDER BY t.number DESC LIMIT 1);
UPDATE reviewer_signatures SET incomplete_because = concat_ws('; ',
        CASE WHEN num_nonnulls(action_id, appeal_action_id) = 0 THEN 'no settlement, appeal decision or appeal action names it' END,
        CASE WHEN license IS NULL THEN 'the license as it stood was not recorded' END)
    WHERE num_nonnulls(action_id, appeal_action_id) = 0 OR license IS NULL;
ALTER TABLE reviewer_signatures ENABLE TRIGGER reviewer_signatures_stand;
"""

CONSTRAINTS = """
ALTER TABLE reviewer_signatures
    ADD CONSTRAINT signed_by_who_acted FOREIGN KEY (action_id, claim_id, reviewer_id)
        REFERENCES review_actions (action_id, claim_id, person_id),
    ADD CONSTRAINT signed_in_an_appeal_action FOREIGN KEY (appeal_action_id) REFERENCES appeal_actions,
    ADD CONSTRAINT signature_has_its_source CHECK (incomplete_because IS NOT NULL
        OR (num_nonnulls(action_id, appeal_action_id) = 1 AND license IS NOT NULL));
CREATE INDEX reviewer_signatures_claim ON reviewer_signatures (claim_id);
"""

DOWNGRADE = """
DROP INDEX reviewer_signatures_claim;
ALTER TABLE reviewer_signatures DROP CONSTRAINT signature_has_its_source, DROP CONSTRAINT signed_in_an_appeal_action,
    DROP CONSTRAINT signed_by_who_acted, DROP COLUMN incomplete_because, DROP COLUMN license, DROP COLUMN appeal_action_id,
    DROP COLUMN action_id;
"""

_INCOMPLETE = text("""
    SELECT signature_id::text, incomplete_because FROM reviewer_signatures WHERE incomplete_because IS NOT NULL ORDER BY 1
""")
_LAST = text("SELECT number, hash FROM audit_heads WHERE subject = :subject")
_APPEND = text("""
    INSERT INTO audit_trail (subject, number, at, person_id, role, content, previous, hash)
    VALUES (:subject, :number, :at, 'claimwright', 'system', CAST(:content AS json), :previous, :hash)
""")
_HEAD = text("""
    INSERT INTO audit_heads (subject, number, hash) VALUES (:subject, :number, :hash)
    ON CONFLICT (subject) DO UPDATE SET number = EXCLUDED.number, hash = EXCLUDED.hash
""")


def record_incomplete(connection: Connection) -> None:
    """Write into the audit trail which signatures were marked, with the reason of each."""
    marked = {row.signature_id: row.incomplete_because for row in connection.execute(_INCOMPLETE)}
    if not marked:
        return
    last = connection.execute(_LAST, {"subject": SUBJECT}).first()
    number, previous = (1, b"\x00" * 32) if last is None else (last.number + 1, bytes(last.hash))
    at = datetime.now(UTC)
    content = orjson.dumps({"action": "signatures-incomplete", "signatures": marked}).decode()
    fields = [SUBJECT, number, at.isoformat(), "claimwright", "system", None, content]
    hashed = sha256(previous + orjson.dumps(fields)).digest()
    row = {"subject": SUBJECT, "number": number, "at": at, "content": content, "previous": previous, "hash": hashed}
    connection.execute(_APPEND, row)
    connection.execute(_HEAD, {"subject": SUBJECT, "number": number, "hash": hashed})


def upgrade() -> None:
    """Add the columns, fill them from what is there, and require them from now on."""
    op.execute(UPGRADE)
    record_incomplete(op.get_bind())
    op.execute(CONSTRAINTS)


def downgrade() -> None:
    """Drop them; the entry of the trail stays."""
    op.execute(DOWNGRADE)
