"""Who puts the address on an issued letter: the plan, or the mail house by the member number.

Letters issued before were addressed by the plan (docs/decisions/0088).
"""

from __future__ import annotations

from alembic import op

revision = "0082"
down_revision = "0076"

UPGRADE = """
ALTER TABLE issued_letters ADD COLUMN addressed_by text NOT NULL DEFAULT 'plan'
    CHECK (addressed_by IN ('plan', 'mail-house'));
"""


def upgrade() -> None:
    """Add the column; its constant default rewrites no row."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop it."""
    op.execute("ALTER TABLE issued_letters DROP COLUMN addressed_by")
