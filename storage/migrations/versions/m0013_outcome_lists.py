"""What the list of claims behind an outcome is found by: decisions by time, and how frequent each outcome is.

With both PostgreSQL walks the newest decisions for a frequent outcome, and reads the lines once for a rare one
(docs/performance.md). The expression stands in storage/dashboard/lists.py too: it must be the same.
"""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"

UPGRADE = """
CREATE INDEX determinations_newest ON determinations (decided_at, claim_id);
CREATE STATISTICS determination_outcomes
    ON (disposition || '|' || coalesce(group_code, '') || '|' || coalesce(carc, '')) FROM determination_lines;
"""
DOWNGRADE = """
DROP STATISTICS determination_outcomes;
DROP INDEX determinations_newest;
"""


def upgrade() -> None:
    """Create index and statistics."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop them."""
    op.execute(DOWNGRADE)
