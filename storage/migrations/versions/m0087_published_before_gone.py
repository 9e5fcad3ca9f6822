"""What was published before is kept when Kafka lost its topics: no event id may stand for two contents, wherever it was read."""

from __future__ import annotations

from alembic import op

revision = "0087"
down_revision = "0080"


def upgrade() -> None:
    """Add the mark of a published event that is on no topic any more."""
    op.execute("ALTER TABLE published_before ADD COLUMN gone boolean NOT NULL DEFAULT false")


def downgrade() -> None:
    """Drop it; marked rows held nothing back."""
    op.execute("DELETE FROM published_before WHERE gone; ALTER TABLE published_before DROP COLUMN gone")
