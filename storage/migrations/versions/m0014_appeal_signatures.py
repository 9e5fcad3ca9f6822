"""The signature under a denial of an overturned line, kept with the action when it is signed.

It was derived again from the signer's licence whenever the line was determined; a licence restricted since unmade it.
"""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"

UPGRADE = """
ALTER TABLE appeal_actions ADD COLUMN signature_id uuid REFERENCES reviewer_signatures;
UPDATE appeal_actions a SET signature_id = s.signature_id
    FROM appeals p JOIN reviewer_signatures s USING (claim_id)
    WHERE p.appeal_id = a.appeal_id AND a.accepted AND a.content ->> 'action' = 'settle'
      AND a.content ->> 'denies_as' IS NOT NULL AND s.reviewer_id = a.person_id AND s.signed_at = a.answered_at;
ALTER TABLE appeal_actions ADD CONSTRAINT only_what_was_accepted_is_signed
    CHECK (signature_id IS NULL OR accepted IS TRUE);
"""
DOWNGRADE = "ALTER TABLE appeal_actions DROP COLUMN signature_id"


def upgrade() -> None:
    """Add the column, and fill it from the determinations that told such denials."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop it."""
    op.execute(DOWNGRADE)
