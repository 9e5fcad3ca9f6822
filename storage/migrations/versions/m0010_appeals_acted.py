"""Appeals: what acting on them over HTTP needs."""

from __future__ import annotations

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Create the tables."""


def downgrade() -> None:
    """Drop the tables, with everything in them."""
