"""Further reasons to look at a decided claim again: its coverage changed, or its authorization was withdrawn."""

from __future__ import annotations

from alembic import op

revision = "0044"
down_revision = "0043"

UPGRADE = """
ALTER TABLE reopenings DROP CONSTRAINT reopenings_reason_check;
ALTER TABLE reopenings ADD CONSTRAINT reopenings_reason_check
    CHECK (reason IN ('late-document', 'acquisition-taken-back', 'interest-unsettled', 'late-authorization',
                      'authorization-withdrawn', 'coverage-changed'));
"""
# Not valid: what was raised so far stays, nothing more of it is taken.
DOWNGRADE = """
ALTER TABLE reopenings DROP CONSTRAINT reopenings_reason_check;
ALTER TABLE reopenings ADD CONSTRAINT reopenings_reason_check
    CHECK (reason IN ('late-document', 'acquisition-taken-back', 'interest-unsettled', 'late-authorization')) NOT VALID;
"""


def upgrade() -> None:
    """Allow them."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Allow them no more; what was raised stays."""
    op.execute(DOWNGRADE)
