"""What the last comparison of open work with Temporal found, by kind of work; an index of actions without an answer."""

from __future__ import annotations

from alembic import op

revision = "0031"
down_revision = "0030"

UPGRADE = """
CREATE TABLE reconciliations (
    work text PRIMARY KEY,
    looked_at timestamptz NOT NULL,
    open bigint NOT NULL,
    missing bigint NOT NULL,
    started bigint NOT NULL,
    since timestamptz,
    started_ever bigint NOT NULL
);
CREATE INDEX review_actions_unanswered ON review_actions (submitted_at) WHERE accepted IS NULL;
CREATE INDEX appeal_actions_unanswered ON appeal_actions (submitted_at) WHERE accepted IS NULL;
"""

DOWNGRADE = """
DROP INDEX review_actions_unanswered, appeal_actions_unanswered;
DROP TABLE reconciliations;
"""


def upgrade() -> None:
    """Create them."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop them."""
    op.execute(DOWNGRADE)
