"""What a worklist is sorted, filtered and summed by, kept with what is due first on each claim that waits.

A worklist of 100,000 claims is then one scan of one small table. All of it is derived from the ledger and written again
whenever what is due first is.
"""

from __future__ import annotations

from alembic import op

revision = "0049"
down_revision = "0048"

UPGRADE = """
ALTER TABLE review_due
    ADD COLUMN statutory_at timestamptz,
    ADD COLUMN statutory_rule text NOT NULL DEFAULT '',
    ADD COLUMN statutory_stopped boolean NOT NULL DEFAULT false,
    ADD COLUMN received_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN billed numeric NOT NULL DEFAULT 0,
    ADD COLUMN served_from date,
    ADD COLUMN served_to date,
    ADD COLUMN codes text[] NOT NULL DEFAULT '{}',
    ADD COLUMN owners text[] NOT NULL DEFAULT '{}',
    ADD COLUMN named text[] NOT NULL DEFAULT '{}',
    ADD COLUMN words text NOT NULL DEFAULT '';
CREATE FUNCTION worklist_columns(claim uuid, OUT received_at timestamptz, OUT billed numeric, OUT served_from date,
        OUT served_to date, OUT codes text[], OUT owners text[], OUT named text[], OUT words text) LANGUAGE sql STABLE AS $$
    SELECT c.received_at, l.billed, l.first, l.last, p.codes, p.owners,
           coalesce((SELECT array_agg(DISTINCT found) FROM traces t, jsonb_array_elements_text(t.told) found
                     WHERE t.claim_id = claim), '{}'),
           lower(concat_ws(' ', c.control_number, c.payer_claim_number, l.said))
    FROM claims c,
         LATERAL (SELECT sum(charge) AS billed, min(service_date) AS first, max(service_date) AS last,
                         string_agg(DISTINCT billing_npi || ' ' || code, ' ') AS said
                  FROM claim_lines WHERE claim_id = claim) l,
         LATERAL (SELECT coalesce(array_agg(DISTINCT code), '{}') AS codes, coalesce(array_agg(DISTINCT owner), '{}') AS owners
                  FROM pends WHERE claim_id = claim AND closed_at IS NULL) p
    WHERE c.claim_id = claim
$$;
UPDATE review_due r SET statutory_at = CASE WHEN r.legal THEN r.due_at END,
        statutory_rule = CASE WHEN r.legal THEN r.rule ELSE '' END, statutory_stopped = r.legal AND r.tolled,
        received_at = w.received_at, billed = w.billed, served_from = w.served_from, served_to = w.served_to,
        codes = w.codes, owners = w.owners, named = w.named, words = w.words
    FROM review_due o, LATERAL worklist_columns(o.claim_id) w WHERE o.claim_id = r.claim_id;
CREATE INDEX review_due_statutory ON review_due ((coalesce(statutory_at, due_at)), claim_id);
CREATE INDEX review_due_first ON review_due (due_at, claim_id);
"""
DOWNGRADE = """
DROP INDEX review_due_statutory, review_due_first;
DROP FUNCTION worklist_columns;
ALTER TABLE review_due DROP COLUMN statutory_at, DROP COLUMN statutory_rule, DROP COLUMN statutory_stopped,
    DROP COLUMN received_at, DROP COLUMN billed, DROP COLUMN served_from, DROP COLUMN served_to, DROP COLUMN codes,
    DROP COLUMN owners, DROP COLUMN named, DROP COLUMN words;
"""


def upgrade() -> None:
    """Add the columns and fill them for what waits."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop them."""
    op.execute(DOWNGRADE)
