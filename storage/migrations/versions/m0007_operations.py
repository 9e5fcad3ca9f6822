"""What operations staff read and do: roll-ups, kept dead letters."""

from __future__ import annotations

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create the tables."""


def downgrade() -> None:
    """Drop the tables, with everything in them."""
