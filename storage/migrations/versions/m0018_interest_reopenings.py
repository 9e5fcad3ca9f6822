"""A reason more to look at a decided claim again: interest on a late payment that is not sure or could not be reckoned."""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"

UPGRADE = """
ALTER TABLE reopenings DROP CONSTRAINT reopenings_reason_check;
ALTER TABLE reopenings ADD CONSTRAINT reopenings_reason_check
    CHECK (reason IN ('late-document', 'acquisition-taken-back', 'interest-unsettled'));
"""
# Not valid: what was raised so far stays, nothing more of it is taken.
DOWNGRADE = """
ALTER TABLE reopenings DROP CONSTRAINT reopenings_reason_check;
ALTER TABLE reopenings ADD CONSTRAINT reopenings_reason_check
    CHECK (reason IN ('late-document', 'acquisition-taken-back')) NOT VALID;
"""


def upgrade() -> None:
    """Allow it."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Allow it no more; what was raised stays."""
    op.execute(DOWNGRADE)
