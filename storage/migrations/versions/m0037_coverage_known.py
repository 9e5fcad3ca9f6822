"""Keep when the coverage feed reported each span, and when the enrollment was decided.

A claim for a service before that day may not be denied for a missing authorization without a person
(docs/decisions on authorizations). Spans stored before get the day of their last change: they were known by then at the latest.
"""

from __future__ import annotations

from alembic import op

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    """Add the two days."""
    op.execute("ALTER TABLE coverage ADD COLUMN determined_on date, ADD COLUMN reported_on date")
    op.execute("UPDATE coverage SET reported_on = (changed_at AT TIME ZONE 'UTC')::date")


def downgrade() -> None:
    """Drop them."""
    op.execute("ALTER TABLE coverage DROP COLUMN determined_on, DROP COLUMN reported_on")
