"""The roles somebody acted in, kept with each action: a session may claim fewer than the staff list gives its person.

NULL in actions submitted before: they were judged by everything the staff list gave.
"""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"

UPGRADE = """
ALTER TABLE review_actions ADD COLUMN roles json;
ALTER TABLE appeal_actions ADD COLUMN roles json;
"""
DOWNGRADE = """
ALTER TABLE appeal_actions DROP COLUMN roles;
ALTER TABLE review_actions DROP COLUMN roles;
"""


def upgrade() -> None:
    """Add the columns."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop them."""
    op.execute(DOWNGRADE)
