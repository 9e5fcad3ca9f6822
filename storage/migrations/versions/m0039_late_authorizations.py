"""A further reason to look at a decided claim again: an authorization that came after a denial for want of one."""

from __future__ import annotations

from alembic import op

revision = "0039"
down_revision = "0038"

UPGRADE = """
ALTER TABLE reopenings DROP CONSTRAINT reopenings_reason_check;
ALTER TABLE reopenings ADD CONSTRAINT reopenings_reason_check
    CHECK (reason IN ('late-document', 'acquisition-taken-back', 'interest-unsettled', 'late-authorization'));
"""
# Not valid: what was raised so far stays, nothing more of it is taken.
DOWNGRADE = """
ALTER TABLE reopenings DROP CONSTRAINT reopenings_reason_check;
ALTER TABLE reopenings ADD CONSTRAINT reopenings_reason_check
    CHECK (reason IN ('late-document', 'acquisition-taken-back', 'interest-unsettled')) NOT VALID;
"""


def upgrade() -> None:
    """Allow it."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Allow it no more; what was raised stays."""
    op.execute(DOWNGRADE)
