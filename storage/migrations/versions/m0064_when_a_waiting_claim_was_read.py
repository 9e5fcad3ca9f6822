"""When a waiting claim was read: what a feed stored later is not in its pends, so it must be tried again.

A pend that was opened before has no such time; it was read before it was opened.
"""

from __future__ import annotations

from alembic import op

revision = "0064"
down_revision = "0083"


def upgrade() -> None:
    """Add the column, which rewrites no row."""
    op.execute("ALTER TABLE pends ADD COLUMN read_at timestamptz")


def downgrade() -> None:
    """Remove it."""
    op.execute("ALTER TABLE pends DROP COLUMN read_at")
