"""Documents that people closed as not ours or wrong. A closing stands once it is written; the document stays as it came."""

from __future__ import annotations

from alembic import op

revision = "0023"
down_revision = "0022"

UPGRADE = """
CREATE TABLE documents_closed (
    document_id text NOT NULL,
    version bigint NOT NULL,
    reason text NOT NULL CHECK (length(btrim(reason)) >= 20),
    closed_by text NOT NULL REFERENCES people,
    role text NOT NULL,
    closed_at timestamptz NOT NULL,
    PRIMARY KEY (document_id, version),
    FOREIGN KEY (document_id, version) REFERENCES documents
);
CREATE FUNCTION refuse_other_document_closing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'a closed document stands' USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE TRIGGER documents_closed_stand BEFORE UPDATE OR DELETE ON documents_closed
    FOR EACH ROW EXECUTE FUNCTION refuse_other_document_closing();
CREATE TRIGGER documents_closed_are_never_emptied BEFORE TRUNCATE ON documents_closed
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_other_document_closing();
"""

DOWNGRADE = """
DROP TABLE documents_closed;
DROP FUNCTION refuse_other_document_closing();
"""


def upgrade() -> None:
    """Create the table."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop it."""
    op.execute(DOWNGRADE)
