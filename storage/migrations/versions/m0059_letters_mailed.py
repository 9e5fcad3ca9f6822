"""Letters handed to the mail and their proofs of mailing, and the decisions whose notice is not sent yet.

Decisions made before this migration count as notified when they were made: nothing is on record of their mail
(docs/decisions/0059-a-notice-is-sent-when-it-is-mailed.md).
"""

from __future__ import annotations

from alembic import op

revision = "0059"
down_revision = "0061"

UPGRADE = """
CREATE TABLE letter_mailings (
    letter_id uuid NOT NULL,
    attempt integer NOT NULL CHECK (attempt > 0),
    claim_id uuid NOT NULL REFERENCES claims,
    appeal_id uuid REFERENCES appeals,
    kind text NOT NULL,
    audience text NOT NULL CHECK (audience IN ('member', 'provider')),
    step text NOT NULL,
    digest bytea NOT NULL CHECK (length(digest) = 32),
    batch text NOT NULL CHECK (batch <> ''),
    queued_at timestamptz NOT NULL,
    queued_by text NOT NULL REFERENCES people,
    PRIMARY KEY (letter_id, attempt)
);
CREATE INDEX letter_mailings_claim ON letter_mailings (claim_id);
CREATE INDEX letter_mailings_queued ON letter_mailings (queued_at);
CREATE TABLE letter_proofs (
    letter_id uuid NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    digest bytea NOT NULL CHECK (length(digest) = 32),
    result text NOT NULL CHECK (result IN ('sent', 'failed', 'returned')),
    at timestamptz NOT NULL,
    carrier text,
    reference text,
    reason text,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (letter_id, version),
    CONSTRAINT a_mailing_is_proved CHECK (result <> 'sent' OR (carrier IS NOT NULL AND reference IS NOT NULL))
);
DO $$ BEGIN
    EXECUTE format('CREATE FUNCTION mailing_recorded_since() RETURNS timestamptz LANGUAGE sql STABLE AS %L',
        format('SELECT CAST(%L AS timestamptz)',
               CASE WHEN EXISTS (SELECT 1 FROM determinations) THEN now() ELSE '-infinity' END));
END $$;
CREATE TABLE notices_due (
    claim_id uuid NOT NULL,
    version integer NOT NULL,
    decided_at timestamptz NOT NULL,
    due_at timestamptz,
    rule text NOT NULL,
    sent_at timestamptz,
    superseded boolean NOT NULL DEFAULT false,
    PRIMARY KEY (claim_id, version),
    FOREIGN KEY (claim_id, version) REFERENCES determinations
);
CREATE INDEX notices_due_open ON notices_due (due_at) WHERE sent_at IS NULL AND NOT superseded;
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE notices_due, letter_proofs, letter_mailings")
    op.execute("DROP FUNCTION mailing_recorded_since()")
