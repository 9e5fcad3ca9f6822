"""Who released which version of a medical policy: two different people, once per version, never changed."""

from __future__ import annotations

from alembic import op

revision = "0063"
down_revision = "0057"

UPGRADE = """
CREATE TABLE policy_releases (
    policy text NOT NULL,
    version text NOT NULL,
    content_hash text NOT NULL CHECK (content_hash ~ '^[0-9a-f]{64}$'),
    author text NOT NULL CHECK (author <> ''),
    approver text NOT NULL CHECK (approver <> ''),
    reasons text NOT NULL CHECK (length(btrim(reasons)) >= 20),
    released_on date NOT NULL,
    shipped boolean NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (policy, version),
    CONSTRAINT two_people_release_a_version CHECK (lower(author) <> lower(approver))
);
INSERT INTO policy_releases (policy, version, content_hash, author, approver, reasons, released_on, shipped, recorded_at)
SELECT DISTINCT ON (1, 2) content->>'policy', content->>'version', content->>'content_hash', content->>'author',
       content->>'approver', content->>'reasons', (at AT TIME ZONE 'UTC')::date, false, at
FROM audit_trail WHERE subject LIKE 'policies/%' AND content->>'action' = 'approved'
ORDER BY 1, 2, number DESC;
CREATE FUNCTION refuse_change_of_release() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the record of policy releases is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE TRIGGER policy_releases_are_append_only BEFORE UPDATE OR DELETE ON policy_releases
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_release();
CREATE TRIGGER policy_releases_are_never_emptied BEFORE TRUNCATE ON policy_releases
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_release();
"""


def upgrade() -> None:
    """Create the table, and enter what the trail has of earlier releases."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop it; the trail keeps the releases."""
    op.execute("DROP TABLE policy_releases; DROP FUNCTION refuse_change_of_release()")
