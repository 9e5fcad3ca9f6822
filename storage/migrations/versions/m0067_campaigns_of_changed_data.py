"""Campaigns that changed policy data start: without a person, once per load of policy data, and approved like every other."""

from __future__ import annotations

from alembic import op

revision = "0067"
down_revision = "0066"

UPGRADE = """
ALTER TABLE campaigns ALTER COLUMN started_by DROP NOT NULL;
ALTER TABLE campaigns ADD CONSTRAINT only_people_take_back CHECK (started_by IS NOT NULL OR NOT takes_back);
CREATE TABLE policy_data_compared (
    policy_bundle text PRIMARY KEY REFERENCES policy_bundles,
    earlier text NOT NULL REFERENCES policy_bundles,
    compared_at timestamptz NOT NULL
);
"""
# Not validated: a campaign that no person started stays.
DOWNGRADE = """
DROP TABLE policy_data_compared;
ALTER TABLE campaigns DROP CONSTRAINT only_people_take_back;
ALTER TABLE campaigns ADD CONSTRAINT started_by_a_person CHECK (started_by IS NOT NULL) NOT VALID;
"""


def upgrade() -> None:
    """Allow them, and keep which policy data were compared."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Allow no more of them."""
    op.execute(DOWNGRADE)
