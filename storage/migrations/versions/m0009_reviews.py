"""Reviews: what is due first on a waiting claim, which request a document answers, and where each trail ends.

The head of a trail is written with its last entry: an entry taken off the end leaves a head that nothing reaches.
"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"

DUE = """
CREATE TABLE review_due (
    claim_id uuid PRIMARY KEY REFERENCES claims,
    due_at timestamptz NOT NULL,
    rule text NOT NULL CHECK (rule <> ''),
    legal boolean NOT NULL,
    tolled boolean NOT NULL,
    source text,
    locator text,
    CHECK ((source IS NULL) = (locator IS NULL))
) WITH (fillfactor = 80);
INSERT INTO review_due (claim_id, due_at, rule, legal, tolled)
    SELECT DISTINCT ON (claim_id) claim_id, due_at, code, false, false FROM pends WHERE closed_at IS NULL
    ORDER BY claim_id, due_at, code;
"""

DOCUMENTS = """
ALTER TABLE document_requests ADD COLUMN control_number text;
CREATE INDEX document_requests_number ON document_requests (control_number) WHERE control_number IS NOT NULL;
"""

HEADS = """
CREATE TABLE audit_heads (
    subject text PRIMARY KEY,
    number integer NOT NULL CHECK (number > 0),
    hash bytea NOT NULL
) WITH (fillfactor = 80);
INSERT INTO audit_heads (subject, number, hash)
    SELECT DISTINCT ON (subject) subject, number, hash FROM audit_trail ORDER BY subject, number DESC;
CREATE FUNCTION refuse_shorter_trail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.subject = OLD.subject AND NEW.number = OLD.number + 1 THEN RETURN NEW; END IF;
    END IF;
    RAISE EXCEPTION 'a trail only grows' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER audit_heads_only_grow BEFORE UPDATE OR DELETE ON audit_heads
    FOR EACH ROW EXECUTE FUNCTION refuse_shorter_trail();
CREATE TRIGGER audit_heads_are_never_emptied BEFORE TRUNCATE ON audit_heads
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_shorter_trail();
"""

REOPENINGS = """
CREATE TABLE reopenings (
    claim_id uuid NOT NULL REFERENCES claims,
    reason text NOT NULL CHECK (reason IN ('late-document', 'acquisition-taken-back')),
    cause text NOT NULL CHECK (cause <> ''),
    raised_at timestamptz NOT NULL,
    PRIMARY KEY (claim_id, reason, cause)
);
CREATE INDEX reopenings_raised ON reopenings (raised_at);
"""

DOWNGRADE = """
DROP TABLE reopenings, audit_heads, review_due;
DROP FUNCTION refuse_shorter_trail();
ALTER TABLE document_requests DROP COLUMN control_number;
"""


def upgrade() -> None:
    """Create the tables, and fill them from what is there."""
    for statements in (DUE, DOCUMENTS, HEADS, REOPENINGS):
        op.execute(statements)


def downgrade() -> None:
    """Drop the tables, with everything in them."""
    op.execute(DOWNGRADE)
