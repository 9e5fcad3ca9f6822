"""The policy data by which claims were decided: a campaign judges a claim by them too, and attributes what differs.

A claim decided before this migration by data that no worker uses any more has no row here; its difference stays unattributed.
"""

from __future__ import annotations

from alembic import op

revision = "0079"
down_revision = "0087"

UPGRADE = """
CREATE TABLE policy_bundles (
    policy_bundle text PRIMARY KEY CHECK (policy_bundle ~ '^[0-9a-f]{64}$'),
    content bytea NOT NULL,
    kept_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE policy_bundles ALTER COLUMN content SET STORAGE EXTERNAL;
CREATE FUNCTION refuse_other_policy_bundle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'policy data by which claims were decided are never changed' USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE TRIGGER policy_bundles_stand BEFORE UPDATE OR DELETE ON policy_bundles
    FOR EACH ROW EXECUTE FUNCTION refuse_other_policy_bundle();
"""
DOWNGRADE = """
DROP TABLE policy_bundles;
DROP FUNCTION refuse_other_policy_bundle();
"""


def upgrade() -> None:
    """Create the table; the archive is compressed already."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop it; campaigns attribute nothing any more."""
    op.execute(DOWNGRADE)
