"""Coverage, authorizations and the roster as they were: a version that a feed replaces with another content is kept.

A campaign judges a decided claim by them too, and attributes what differs. What a feed replaced before this migration is not
known: `first_at` is empty in records that were stored before it.
"""

from __future__ import annotations

from alembic import op

revision = "0077"
down_revision = "0084"

UPGRADE = """
CREATE TABLE earlier_feed_records (
    feed text NOT NULL CHECK (feed IN ('coverage', 'authorizations', 'providers')),
    record_id text NOT NULL,
    owner text NOT NULL,
    version bigint NOT NULL,
    until timestamptz NOT NULL,
    content jsonb NOT NULL,
    PRIMARY KEY (feed, record_id, version)
);
CREATE INDEX earlier_feed_records_owner ON earlier_feed_records (feed, owner);
ALTER TABLE coverage ADD COLUMN first_at timestamptz;
ALTER TABLE authorizations ADD COLUMN first_at timestamptz;
ALTER TABLE providers ADD COLUMN first_at timestamptz;
ALTER TABLE coverage ALTER COLUMN first_at SET DEFAULT now();
ALTER TABLE authorizations ALTER COLUMN first_at SET DEFAULT now();
ALTER TABLE providers ALTER COLUMN first_at SET DEFAULT now();
CREATE FUNCTION refuse_other_feed_record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'a version of a feed by which claims were decided is never changed' USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE TRIGGER earlier_feed_records_stand BEFORE UPDATE OR DELETE ON earlier_feed_records
    FOR EACH ROW EXECUTE FUNCTION refuse_other_feed_record();
"""
DOWNGRADE = """
DROP TABLE earlier_feed_records;
DROP FUNCTION refuse_other_feed_record();
ALTER TABLE coverage DROP COLUMN first_at;
ALTER TABLE authorizations DROP COLUMN first_at;
ALTER TABLE providers DROP COLUMN first_at;
"""


def upgrade() -> None:
    """Create the table and the columns, which rewrite no row."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop them; campaigns attribute nothing to the feeds any more."""
    op.execute(DOWNGRADE)
