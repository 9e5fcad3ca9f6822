"""The statements that write determinations, set-wise: of adjudicated claims, of superseded claims, and of appeals."""

from __future__ import annotations

from typing import Final

from sqlalchemy import text

from storage.json_sequences import SEQUENCE

# Rows are sent as one JSON document, and the events separately, because PostgreSQL would parse them several times.
INSERT_DETERMINATIONS: Final = text(f"""
    INSERT INTO determinations (claim_id, version, decided_at, policy_bundle, charge, paid, event_id,
                                pending_lines, follows_open, event)
    SELECT t.claim_id, t.version, t.decided_at, t.policy_bundle, t.charge, t.paid, t.event_id, t.pending_lines,
           t.follows_open, CAST(t.event AS json)
    FROM ROWS FROM (
        json_to_recordset(CAST(:rows AS json)) AS (
            claim_id uuid, version integer, decided_at timestamptz, policy_bundle text, charge numeric, paid numeric,
            event_id text, pending_lines integer[], follows_open boolean),
        {SEQUENCE.format("event")}
    ) AS t(claim_id, version, decided_at, policy_bundle, charge, paid, event_id, pending_lines, follows_open, event)
    ON CONFLICT (claim_id, version) DO NOTHING RETURNING claim_id::text
""")
INSERT_LINES: Final = text("""
    INSERT INTO determination_lines (claim_id, version, line, member_id, code, service_date, disposition, reason,
                                     group_code, carc, rarcs, charge, paid, clinical, signature_id, person_id)
    SELECT t.*, c.person_id FROM json_to_recordset(CAST(:rows AS json)) AS t(
        claim_id uuid, version integer, line integer, member_id text, code text, service_date date, disposition text,
        reason text, group_code text, carc text, rarcs text, charge numeric, paid numeric, clinical boolean,
        signature_id uuid)
    JOIN claims c USING (claim_id)
""")
RELEASE_UNITS: Final = text("""
    UPDATE authorization_uses u SET released_at = now()
    FROM unnest(CAST(:claim_id AS uuid[]), CAST(:line AS integer[])) AS d(claim_id, line)
    WHERE u.claim_id = d.claim_id AND u.line = d.line AND u.released_at IS NULL
""")
CLOSE_PENDS: Final = text("""
    WITH closed AS (
        UPDATE pends SET closed_at = now() WHERE claim_id = ANY(CAST(:ids AS uuid[])) AND closed_at IS NULL
        RETURNING claim_id)
    DELETE FROM review_due WHERE claim_id IN (SELECT claim_id FROM closed)
""")
