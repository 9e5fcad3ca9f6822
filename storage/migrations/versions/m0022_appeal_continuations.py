"""Filings under a reference of their own that go on with an appeal there is, each taken in once."""

from __future__ import annotations

from alembic import op

revision = "0022"
down_revision = "0021"

UPGRADE = """
CREATE TABLE appeal_continuations (
    submitter text NOT NULL,
    appeal_reference text NOT NULL,
    version bigint NOT NULL,
    appeal_id uuid NOT NULL REFERENCES appeals,
    opens text,
    content json NOT NULL,
    taken boolean NOT NULL DEFAULT false,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (submitter, appeal_reference, version)
);
CREATE INDEX appeal_continuations_of_appeals ON appeal_continuations (appeal_id);
"""


def upgrade() -> None:
    """Create the table."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE appeal_continuations")
