"""The kind of provider on the roster: an 837 has no place for the taxonomy of who ordered, and often leaves out the reader's.

Providers stored before have none, which is unknown, until the feed sends them again.
"""

from __future__ import annotations

from alembic import op

revision = "0088"
down_revision = "0085"


def upgrade() -> None:
    """Add the column, which rewrites no row."""
    op.execute("ALTER TABLE providers ADD COLUMN taxonomy text")


def downgrade() -> None:
    """Drop it; the feed has it."""
    op.execute("ALTER TABLE providers DROP COLUMN taxonomy")
