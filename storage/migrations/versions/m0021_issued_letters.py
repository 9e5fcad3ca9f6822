"""Letters that were issued, with the bytes they were printed from. An issued letter is never changed or issued anew."""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"

UPGRADE = """
CREATE TABLE issued_letters (
    claim_id uuid NOT NULL REFERENCES claims,
    appeal_id uuid REFERENCES appeals,
    kind text NOT NULL,
    audience text NOT NULL CHECK (audience IN ('member', 'provider')),
    step text NOT NULL CHECK (length(step) > 0),
    body bytea NOT NULL CHECK (length(body) > 0),
    digest bytea NOT NULL CHECK (digest = sha256(body)),
    policy_bundle text NOT NULL,
    issued_by text NOT NULL REFERENCES people,
    role text NOT NULL,
    issued_at timestamptz NOT NULL,
    CONSTRAINT a_letter_is_issued_once UNIQUE NULLS NOT DISTINCT (claim_id, appeal_id, kind, audience, step)
);
CREATE INDEX issued_letters_of_appeals ON issued_letters (appeal_id) WHERE appeal_id IS NOT NULL;
CREATE FUNCTION refuse_other_letter() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'an issued letter stands' USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE TRIGGER issued_letters_stand BEFORE UPDATE OR DELETE ON issued_letters
    FOR EACH ROW EXECUTE FUNCTION refuse_other_letter();
CREATE TRIGGER issued_letters_are_never_emptied BEFORE TRUNCATE ON issued_letters
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_other_letter();
"""

DOWNGRADE = """
DROP TABLE issued_letters;
DROP FUNCTION refuse_other_letter();
"""


def upgrade() -> None:
    """Create the table."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop it."""
    op.execute(DOWNGRADE)
