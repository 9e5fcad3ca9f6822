"""The files of received documents, as they came: pages that a reviewer looks at. Nothing changes or removes them."""

from __future__ import annotations

from alembic import op

revision = "0084"
down_revision = "0064"

UPGRADE = """
CREATE TABLE document_files (
    file_id uuid PRIMARY KEY,
    submitter text NOT NULL,
    document_id text NOT NULL,
    media_type text NOT NULL,
    pages integer NOT NULL CHECK (pages > 0),
    body bytea NOT NULL,
    digest bytea NOT NULL,
    kept_by text NOT NULL,
    role text NOT NULL,
    kept_at timestamptz NOT NULL,
    CONSTRAINT a_file_has_its_hash CHECK (digest = sha256(body)),
    CONSTRAINT a_file_is_kept_once UNIQUE (submitter, document_id, digest)
);
ALTER TABLE document_files ALTER COLUMN body SET STORAGE EXTERNAL;
"""


def upgrade() -> None:
    """Add the table. Scans are compressed already, so PostgreSQL does not try."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop it; the files are lost."""
    op.execute("DROP TABLE document_files")
