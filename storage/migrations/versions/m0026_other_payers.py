"""Other payers: the coverage they give a member, as the feed tells it, and what a document tells that they did with a claim."""

from __future__ import annotations

from alembic import op

revision = "0026"
down_revision = "0025"

UPGRADE = """
ALTER TABLE coverage ADD COLUMN other_coverage json;
ALTER TABLE documents ADD COLUMN adjudication json;
"""

DOWNGRADE = """
ALTER TABLE documents DROP COLUMN adjudication;
ALTER TABLE coverage DROP COLUMN other_coverage;
"""


def upgrade() -> None:
    """Add the columns; what was told before says nothing of other payers."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop them."""
    op.execute(DOWNGRADE)
