"""The provider roster, as its feed last told it: who has a contract with which plan, and who is under investigation."""

from __future__ import annotations

from alembic import op

revision = "0024"
down_revision = "0027"

UPGRADE = """
CREATE TABLE providers (
    npi text PRIMARY KEY,
    contracts json NOT NULL,
    investigations json NOT NULL,
    version bigint NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now()
);
"""


def upgrade() -> None:
    """Create the table."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop it; the topic brings it back."""
    op.execute("DROP TABLE providers")
