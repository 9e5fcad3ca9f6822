"""What people decided on decided claims that were raised to be looked at again. A closing stands once it is written."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"

UPGRADE = """
CREATE TABLE reopenings_closed (
    claim_id uuid NOT NULL,
    reason text NOT NULL,
    cause text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('reopened-elsewhere', 'left-as-is')),
    rationale text NOT NULL CHECK (length(btrim(rationale)) >= 20),
    closed_by text NOT NULL REFERENCES people,
    closed_at timestamptz NOT NULL,
    PRIMARY KEY (claim_id, reason, cause),
    FOREIGN KEY (claim_id, reason, cause) REFERENCES reopenings
);
CREATE FUNCTION refuse_other_closing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'a closed reopening stands' USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE TRIGGER reopenings_closed_stand BEFORE UPDATE OR DELETE ON reopenings_closed
    FOR EACH ROW EXECUTE FUNCTION refuse_other_closing();
CREATE TRIGGER reopenings_closed_are_never_emptied BEFORE TRUNCATE ON reopenings_closed
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_other_closing();
"""

DOWNGRADE = """
DROP TABLE reopenings_closed;
DROP FUNCTION refuse_other_closing();
"""


def upgrade() -> None:
    """Create the table."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop it."""
    op.execute(DOWNGRADE)
