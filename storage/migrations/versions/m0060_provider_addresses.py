"""The postal address of a provider, from the roster. A member's comes with who a span covers, in `coverage.patient`."""

from __future__ import annotations

from alembic import op

revision = "0060"
down_revision = "0059"


def upgrade() -> None:
    """Add the column; a roster entry of before states none."""
    op.execute("ALTER TABLE providers ADD COLUMN address json")


def downgrade() -> None:
    """Drop it."""
    op.execute("ALTER TABLE providers DROP COLUMN address")
