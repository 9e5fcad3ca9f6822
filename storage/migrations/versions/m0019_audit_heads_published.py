"""How much of each chain of the audit trail was told on `audit-heads`: what changed since is told next."""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"

UPGRADE = """
CREATE TABLE audit_heads_published (
    subject text PRIMARY KEY,
    number integer NOT NULL CHECK (number > 0)
) WITH (fillfactor = 80);
"""
DOWNGRADE = "DROP TABLE audit_heads_published"


def upgrade() -> None:
    """Create the table."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop it."""
    op.execute(DOWNGRADE)
