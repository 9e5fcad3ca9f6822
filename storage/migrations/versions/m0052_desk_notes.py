"""What people keep at their desks: views of the worklist, own and shared, and comments on a claim that waits."""

from __future__ import annotations

from alembic import op

revision = "0052"
down_revision = "0051"

UPGRADE = """
CREATE TABLE saved_views (
    person_id text NOT NULL,
    name text NOT NULL CHECK (name <> '' AND length(name) <= 60),
    query text NOT NULL CHECK (length(query) <= 2000),
    shared boolean NOT NULL,
    saved_at timestamptz NOT NULL,
    PRIMARY KEY (person_id, name)
);
CREATE TABLE claim_comments (
    comment_id uuid PRIMARY KEY,
    claim_id uuid NOT NULL REFERENCES claims,
    person_id text NOT NULL,
    said_at timestamptz NOT NULL,
    words text NOT NULL CHECK (words <> '' AND length(words) <= 4000)
);
CREATE INDEX claim_comments_claim ON claim_comments (claim_id, said_at);
"""


def upgrade() -> None:
    """Create both."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop both."""
    op.execute("DROP TABLE claim_comments, saved_views")
