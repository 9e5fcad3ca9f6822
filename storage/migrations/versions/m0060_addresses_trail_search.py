"""The postal address of a provider, from the roster, and an index to search the audit trail by person.

A member's address comes with whom a span covers, in `coverage.patient`.
"""

from __future__ import annotations

from alembic import op

revision = "0060"
down_revision = "0053"


def upgrade() -> None:
    """Add both; a roster entry of before states no address."""
    op.execute("ALTER TABLE providers ADD COLUMN address json")
    op.execute("CREATE INDEX audit_trail_person ON audit_trail (person_id, entry)")


def downgrade() -> None:
    """Drop both."""
    op.execute("DROP INDEX audit_trail_person")
    op.execute("ALTER TABLE providers DROP COLUMN address")
