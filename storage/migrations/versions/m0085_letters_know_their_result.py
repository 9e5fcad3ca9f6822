"""Letters with the mail house know what became of them, so that the mail page reads no proof to count and to list them.

`result` is the newest statement about the newest attempt: empty while the mail house has said nothing of it. A proof sets it
in its own transaction (storage/letters/proofs.py). The lists and counts of the page have an index each.
"""

from __future__ import annotations

from alembic import op

revision = "0085"
down_revision = "0077"

UPGRADE = """
ALTER TABLE letter_mailings ADD COLUMN result text CHECK (result IN ('sent', 'failed', 'returned'));
UPDATE letter_mailings m SET result = newest.result
FROM (SELECT DISTINCT ON (letter_id) letter_id, result, received_at FROM letter_proofs ORDER BY letter_id, version DESC) newest
WHERE m.letter_id = newest.letter_id AND m.latest AND m.open AND newest.received_at >= m.queued_at;
UPDATE letter_mailings SET result = 'sent' WHERE latest AND NOT open;
DROP INDEX letter_mailings_open, letter_mailings_batch;
CREATE INDEX letter_mailings_waiting ON letter_mailings (queued_at, letter_id) WHERE latest AND result IS NULL;
CREATE INDEX letter_mailings_trouble ON letter_mailings (queued_at, letter_id, result)
    WHERE latest AND result IN ('failed', 'returned');
CREATE INDEX letter_mailings_batch ON letter_mailings (batch, result) WHERE latest;
DROP INDEX notices_due_open;
CREATE INDEX notices_due_open ON notices_due (due_at, decided_at, claim_id) WHERE sent_at IS NULL AND NOT superseded;
CREATE INDEX notices_due_oldest ON notices_due (decided_at) WHERE sent_at IS NULL AND NOT superseded;
CREATE INDEX notices_due_stuck ON notices_due (claim_id) WHERE sent_at IS NULL AND NOT superseded AND stuck IS NOT NULL;
"""

DOWNGRADE = """
DROP INDEX notices_due_stuck, notices_due_oldest, notices_due_open;
CREATE INDEX notices_due_open ON notices_due (due_at) WHERE sent_at IS NULL AND NOT superseded;
DROP INDEX letter_mailings_batch, letter_mailings_trouble, letter_mailings_waiting;
ALTER TABLE letter_mailings DROP COLUMN result;
CREATE INDEX letter_mailings_open ON letter_mailings (queued_at, letter_id) WHERE latest AND open;
CREATE INDEX letter_mailings_batch ON letter_mailings (batch, open) WHERE latest;
"""


def upgrade() -> None:
    """Add the column and its indexes."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Take them away; the proofs keep what was stated."""
    op.execute(DOWNGRADE)
