"""Persons by birth date, for those who answer callers."""

from __future__ import annotations

from alembic import op

revision = "0051"
down_revision = "0050"


def upgrade() -> None:
    """Add the index."""
    op.execute("CREATE INDEX persons_birth_date ON persons (birth_date)")


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP INDEX persons_birth_date")
