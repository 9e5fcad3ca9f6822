"""Claims cost less to write: their index of announced documents does not parse each, and their traces repeat no facts.

`policy_traces.evidence` is NULL where the claim itself states all facts that its policies rest on.
"""

from __future__ import annotations

from alembic import op

revision = "0053"
down_revision = "0055"

UPGRADE = """
DROP INDEX claims_attachments;
CREATE INDEX claims_attachments ON claims USING gin ((payload::jsonb -> 'attachments') jsonb_path_ops)
    WHERE strpos(payload::text, '"attachments"') > 0;
ALTER TABLE policy_traces ALTER COLUMN evidence DROP NOT NULL;
"""


def upgrade() -> None:
    """Change both."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Index again by parsing; a trace without facts stays without, and reads as one with none."""
    op.execute("""
        DROP INDEX claims_attachments;
        CREATE INDEX claims_attachments ON claims USING gin ((payload::jsonb -> 'attachments') jsonb_path_ops)
            WHERE (payload -> 'attachments') IS NOT NULL;
        UPDATE policy_traces SET evidence = '[]' WHERE evidence IS NULL;
        ALTER TABLE policy_traces ALTER COLUMN evidence SET NOT NULL;
    """)
