"""Decisions that are not yet compared with what feeds committed while they were made.

The worker compares them after its commit; one that ends between the two left a decided claim without its reopening.
"""

from __future__ import annotations

from alembic import op

revision = "0089"
down_revision = "0088"


def upgrade() -> None:
    """Create the table; decisions from before have no note, and are compared no more."""
    op.execute("""
        CREATE TABLE decisions_to_compare (
            note_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            batch_id text NOT NULL,
            claim_ids uuid[] NOT NULL,
            read_at timestamptz NOT NULL,
            snapshot text,
            decided_at timestamptz NOT NULL DEFAULT now()
        );
        CREATE INDEX decisions_to_compare_batch ON decisions_to_compare (batch_id);
    """)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE decisions_to_compare")
