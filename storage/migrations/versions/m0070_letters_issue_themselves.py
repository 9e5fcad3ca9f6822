"""Notices of requests and of appeals next to those of decisions, with what issued each; letters issued without a person.

A row of `notices_due` that has no letters yet is what the reconciler issues next
(docs/decisions/0074-letters-issue-themselves.md). Letters of the mail queue know whether they are still open, so that its
lists read no letter that was mailed.
"""

from __future__ import annotations

from alembic import op

revision = "0070"
down_revision = "0058"

NOTICES = """
ALTER TABLE notices_due DROP CONSTRAINT notices_due_pkey;
ALTER TABLE notices_due DROP CONSTRAINT notices_due_claim_id_version_fkey;
ALTER TABLE notices_due
    ADD COLUMN about text NOT NULL DEFAULT 'decision' CHECK (about IN ('decision', 'request', 'appeal')),
    ADD COLUMN appeal_id uuid REFERENCES appeals CHECK ((about = 'appeal') = (appeal_id IS NOT NULL)),
    ADD COLUMN determination integer GENERATED ALWAYS AS (CASE WHEN about = 'decision' THEN version END) STORED,
    ADD COLUMN issued_at timestamptz,
    ADD COLUMN letters uuid[] NOT NULL DEFAULT '{}',
    ADD COLUMN tried_at timestamptz,
    ADD COLUMN stuck text CHECK (stuck <> ''),
    ADD CONSTRAINT a_notice_is_noted_once UNIQUE NULLS NOT DISTINCT (claim_id, about, appeal_id, version, decided_at),
    ADD FOREIGN KEY (claim_id) REFERENCES claims,
    ADD FOREIGN KEY (claim_id, determination) REFERENCES determinations;
CREATE INDEX notices_due_to_issue ON notices_due (tried_at NULLS FIRST, decided_at)
    WHERE issued_at IS NULL AND sent_at IS NULL AND NOT superseded;
CREATE INDEX notices_due_decided ON notices_due (about, decided_at);
CREATE INDEX notices_due_appeal ON notices_due (appeal_id, version) WHERE appeal_id IS NOT NULL;
CREATE INDEX document_requests_asked ON document_requests (asked_at);
DO $$ BEGIN
    EXECUTE format('CREATE FUNCTION letters_issued_since() RETURNS timestamptz LANGUAGE sql STABLE AS %L',
        format('SELECT CAST(%L AS timestamptz)',
               CASE WHEN EXISTS (SELECT 1 FROM claims) THEN now() ELSE '-infinity' END));
END $$;
"""

# A letter that a person issued names the person; one that issued itself names the system, which is no person.
ISSUERS = """
ALTER TABLE issued_letters DROP CONSTRAINT issued_letters_issued_by_fkey;
ALTER TABLE issued_letters
    ADD COLUMN person text GENERATED ALWAYS AS (CASE WHEN role <> 'system' THEN issued_by END) STORED REFERENCES people,
    ADD CONSTRAINT a_person_or_the_system CHECK ((role = 'system') = (issued_by = 'claimwright'));
ALTER TABLE letter_mailings DROP CONSTRAINT letter_mailings_queued_by_fkey;
ALTER TABLE letter_mailings
    ADD COLUMN person text GENERATED ALWAYS AS (nullif(queued_by, 'claimwright')) STORED REFERENCES people,
    ADD COLUMN latest boolean NOT NULL DEFAULT true,
    ADD COLUMN open boolean NOT NULL DEFAULT true;
UPDATE letter_mailings m SET latest = false
    WHERE EXISTS (SELECT 1 FROM letter_mailings l WHERE l.letter_id = m.letter_id AND l.attempt > m.attempt);
UPDATE letter_mailings m SET open = false
    WHERE 'sent' = (SELECT result FROM letter_proofs p WHERE p.letter_id = m.letter_id ORDER BY version DESC LIMIT 1);
CREATE INDEX letter_mailings_open ON letter_mailings (queued_at, letter_id) WHERE latest AND open;
CREATE INDEX letter_mailings_batch ON letter_mailings (batch, open) WHERE latest;
"""

DOWNGRADE = """
DELETE FROM notices_due WHERE about <> 'decision';
DROP INDEX document_requests_asked, notices_due_decided, letter_mailings_batch, letter_mailings_open;
ALTER TABLE letter_mailings DROP COLUMN person, DROP COLUMN latest, DROP COLUMN open,
    ADD CONSTRAINT letter_mailings_queued_by_fkey FOREIGN KEY (queued_by) REFERENCES people NOT VALID;
ALTER TABLE issued_letters DROP CONSTRAINT a_person_or_the_system, DROP COLUMN person,
    ADD CONSTRAINT issued_letters_issued_by_fkey FOREIGN KEY (issued_by) REFERENCES people NOT VALID;
ALTER TABLE notices_due DROP COLUMN determination;
ALTER TABLE notices_due DROP CONSTRAINT a_notice_is_noted_once, DROP COLUMN about, DROP COLUMN appeal_id, DROP COLUMN issued_at, DROP COLUMN letters, DROP COLUMN tried_at, DROP COLUMN stuck,
    ADD PRIMARY KEY (claim_id, version), ADD FOREIGN KEY (claim_id, version) REFERENCES determinations;
DROP FUNCTION letters_issued_since();
"""


def upgrade() -> None:
    """Widen the tables."""
    op.execute(NOTICES)
    op.execute(ISSUERS)


def downgrade() -> None:
    """Narrow them; notices of requests and of appeals are lost; letters that issued themselves keep their issuer, unchecked."""
    op.execute(DOWNGRADE)
