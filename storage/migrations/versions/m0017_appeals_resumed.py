"""Appeals that wait for data: the policy bundle under which a rule or a year of holidays was missing, to try again under others.

Empty where an appeal is to be looked at whatever the bundle: so are those opened before m0010, whose place nobody wrote.
"""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"

UPGRADE = """
ALTER TABLE appeals ADD COLUMN gap_under text;
UPDATE appeals SET gap_under = '', due_at = coalesce(due_at, CASE WHEN path IS NULL THEN filed_at END)
    WHERE level IS NULL;
CREATE INDEX appeals_with_gaps ON appeals (appeal_id) WHERE gap_under IS NOT NULL;
"""
DOWNGRADE = """
DROP INDEX appeals_with_gaps;
ALTER TABLE appeals DROP COLUMN gap_under;
"""


def upgrade() -> None:
    """Add the column, and mark the appeals that were never placed."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop it."""
    op.execute(DOWNGRADE)
