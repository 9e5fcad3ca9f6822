"""What the worklist is filtered by: plans and policies of a trace, claims handed on, claims taken lately."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"

UPGRADE = """
ALTER TABLE traces ADD COLUMN told jsonb GENERATED ALWAYS AS (jsonb_path_query_array(
    findings::jsonb, '$[*].evidence[*] ? (@.name == "plan" || @.name == "policy").value')) STORED;

CREATE INDEX audit_trail_handed_on ON audit_trail (subject)
    WHERE content->>'action' IN ('hand-over', 'recommend', 'second-opinion');
CREATE INDEX audit_trail_taken ON audit_trail (at) WHERE content->>'action' IN ('take', 'hand-over');
"""

DOWNGRADE = """
DROP INDEX audit_trail_handed_on, audit_trail_taken;
ALTER TABLE traces DROP COLUMN told;
"""


def upgrade() -> None:
    """Create the column and the indexes."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop them."""
    op.execute(DOWNGRADE)
