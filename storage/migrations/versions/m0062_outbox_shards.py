"""The shard of a row of the outbox, by which publishers share it.

Rows of the version before have none: they are sent alone, between the rows before and after them, so its processes may go on.
Its index stays for its publisher.
"""

from __future__ import annotations

from alembic import op

revision = "0062"
down_revision = "0059"


def upgrade() -> None:
    """Add the column, and the index by which a publisher finds what is next in each of its shards."""
    op.execute("ALTER TABLE outbox ADD COLUMN shard smallint")
    op.execute("CREATE INDEX outbox_of_shard ON outbox (shard, entry_id) WHERE published_at IS NULL")


def downgrade() -> None:
    """Drop both."""
    op.execute("DROP INDEX outbox_of_shard")
    op.execute("ALTER TABLE outbox DROP COLUMN shard")
