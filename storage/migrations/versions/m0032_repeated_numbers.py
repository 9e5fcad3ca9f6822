"""A submitter's claim control number may come again: on a correction, and for another visit."""

from __future__ import annotations

from alembic import op

revision = "0032"
down_revision = "0031"

UPGRADE = """
ALTER TABLE claims DROP CONSTRAINT claims_submitter_control_number_revision_key;
CREATE INDEX claims_number ON claims (submitter, control_number, revision);
"""

DOWNGRADE = """
DROP INDEX claims_number;
ALTER TABLE claims ADD CONSTRAINT claims_submitter_control_number_revision_key UNIQUE (submitter, control_number, revision);
"""


def upgrade() -> None:
    """Keep the index without its uniqueness: the id of a claim is what is unique."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Make the number unique again; fails where one came again."""
    op.execute(DOWNGRADE)
