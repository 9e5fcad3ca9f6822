"""Clocks whose days cannot be counted speak too: before the earliest they can be due, and when that has come."""

from __future__ import annotations

from alembic import op

revision = "0027"
down_revision = "0023"

UPGRADE = """
ALTER TABLE clock_notices DROP CONSTRAINT clock_notices_says_check;
ALTER TABLE clock_notices ADD CONSTRAINT clock_notices_says_check
    CHECK (says IN ('warning', 'expired', 'no-clock', 'gap-warning', 'gap-reached'));
"""

DOWNGRADE = """
DELETE FROM clock_notices WHERE says IN ('gap-warning', 'gap-reached');
ALTER TABLE clock_notices DROP CONSTRAINT clock_notices_says_check;
ALTER TABLE clock_notices ADD CONSTRAINT clock_notices_says_check
    CHECK (says IN ('warning', 'expired', 'no-clock'));
"""


def upgrade() -> None:
    """Let them be kept."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Refuse them again; the messages that told them stay."""
    op.execute(DOWNGRADE)
