"""What the processes of all hosts say of themselves, so that the dashboard lists them wherever they run."""

from __future__ import annotations

from alembic import op

revision = "0048"
down_revision = "0047"

UPGRADE = """
CREATE TABLE process_reports (
    host text NOT NULL,
    name text NOT NULL,
    pid integer NOT NULL,
    version text NOT NULL,
    started_at timestamptz NOT NULL,
    ready boolean NOT NULL,
    says text NOT NULL,
    retries double precision NOT NULL,
    paused boolean NOT NULL,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (host, name, pid)
);
"""


def upgrade() -> None:
    """Create the table."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE process_reports")
