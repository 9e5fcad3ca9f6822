"""Campaigns correct claims on which a denied line would be paid before all others: their members and providers wait for it."""

from __future__ import annotations

from alembic import op

revision = "0072"
down_revision = "0070"

UPGRADE = """
ALTER TABLE campaign_claims ADD COLUMN overturns boolean NOT NULL GENERATED ALWAYS AS (
    jsonb_path_exists(impacts::jsonb, '$[*] ? (@.before == "denied" && @.after == "approved")')) STORED;
DROP INDEX campaign_claims_left;
CREATE INDEX campaign_claims_left ON campaign_claims (campaign_id, overturns DESC, place)
    WHERE done_at IS NULL AND result = 'corrects';
"""
DOWNGRADE = """
DROP INDEX campaign_claims_left;
ALTER TABLE campaign_claims DROP COLUMN overturns;
CREATE INDEX campaign_claims_left ON campaign_claims (campaign_id, place) WHERE done_at IS NULL AND result = 'corrects';
"""


def upgrade() -> None:
    """Mark such claims, and list what is left in this order."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """List it in the order of receipt."""
    op.execute(DOWNGRADE)
