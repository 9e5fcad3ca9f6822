"""The span in which a row of the outbox was committed, so that its events name it to their consumers."""

from __future__ import annotations

from alembic import op

revision = "0061"
down_revision = "0063"


def upgrade() -> None:
    """Add the column; the version before leaves it empty, and its rows belong to no trace."""
    op.execute("ALTER TABLE outbox ADD COLUMN traceparent text")


def downgrade() -> None:
    """Drop it."""
    op.execute("ALTER TABLE outbox DROP COLUMN traceparent")
