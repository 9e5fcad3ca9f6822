"""What stays of outbox rows whose time is over: 32 bytes a message, from which `verify` still counts and compares.

The pairs are hashes and do not compress, so nobody tries; a block holds those of one batch of removed rows.
"""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"

UPGRADE = """
CREATE TABLE outbox_digests (
    block_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    removed_at timestamptz NOT NULL DEFAULT now(),
    last_entry bigint NOT NULL,
    digests bytea NOT NULL CHECK (length(digests) % 32 = 0)
);
ALTER TABLE outbox_digests ALTER COLUMN digests SET STORAGE EXTERNAL;
"""
DOWNGRADE = "DROP TABLE outbox_digests"


def upgrade() -> None:
    """Create the table."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop it: `verify` then misses the determinations whose rows are gone."""
    op.execute(DOWNGRADE)
