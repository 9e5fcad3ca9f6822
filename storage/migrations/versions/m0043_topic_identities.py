"""The id of each incoming topic, which changes when the topic is deleted and created again."""

from __future__ import annotations

from alembic import op

revision = "0043"
down_revision = "0042"

UPGRADE = """
CREATE TABLE topic_identities (
    topic text PRIMARY KEY,
    topic_id text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now()
)
"""


def upgrade() -> None:
    """Create the table, empty: the first start of a process fills it."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE topic_identities")
