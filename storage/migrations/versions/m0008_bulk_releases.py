"""Bulk releases: what was proposed, who agreed, the exact claims, and what became of each.

Constraints hold what conventions cannot: nobody agrees to their own proposal, nothing runs that nobody agreed to, what
was agreed to is never changed, and a claim is in a release once.
"""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"

UPGRADE = """
CREATE TABLE bulk_releases (
    release_id uuid PRIMARY KEY,
    selection json NOT NULL,
    mode text NOT NULL CHECK (mode IN ('resume', 'restart')),
    per_second integer NOT NULL CHECK (per_second > 0),
    purpose text NOT NULL CHECK (length(btrim(purpose)) >= 20),
    claims integer NOT NULL CHECK (claims > 0),
    billed numeric NOT NULL CHECK (billed >= 0),
    proposed_by text NOT NULL REFERENCES people,
    proposed_at timestamptz NOT NULL,
    stage text NOT NULL DEFAULT 'proposed'
        CHECK (stage IN ('proposed', 'running', 'paused', 'finished', 'cancelled')),
    approved_by text REFERENCES people,
    approved_at timestamptz,
    ended_by text REFERENCES people,
    ended_at timestamptz,
    paused_because text,
    moved_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT four_eyes CHECK (approved_by <> proposed_by),
    CONSTRAINT agreed_by_somebody CHECK ((approved_by IS NULL) = (approved_at IS NULL)),
    CONSTRAINT runs_only_agreed CHECK (stage IN ('proposed', 'cancelled') OR approved_by IS NOT NULL),
    CONSTRAINT agreed_within_a_day CHECK (approved_at < proposed_at + interval '24 hours'),
    CONSTRAINT ended_when_over CHECK ((stage IN ('finished', 'cancelled')) = (ended_at IS NOT NULL)),
    CONSTRAINT paused_with_a_reason CHECK ((stage = 'paused') = (paused_because IS NOT NULL))
) WITH (fillfactor = 80);
CREATE INDEX bulk_releases_newest ON bulk_releases (proposed_at DESC, release_id);
CREATE INDEX bulk_releases_open ON bulk_releases (release_id) WHERE stage IN ('running', 'paused');

CREATE TABLE bulk_release_claims (
    release_id uuid NOT NULL REFERENCES bulk_releases,
    claim_id uuid NOT NULL REFERENCES claims,
    place integer NOT NULL,
    billed numeric NOT NULL,
    asked_at timestamptz,
    tried_at timestamptz,
    round integer,
    result text CHECK (result IN ('decided', 'waits', 'failed')),
    skipped text,
    PRIMARY KEY (release_id, claim_id),
    UNIQUE (release_id, place),
    CHECK ((tried_at IS NULL) = (result IS NULL)),
    CHECK (skipped IS NULL OR tried_at IS NULL)
) WITH (fillfactor = 70);
CREATE INDEX bulk_release_claims_claim ON bulk_release_claims (claim_id);
CREATE INDEX bulk_release_claims_left ON bulk_release_claims (release_id, place)
    WHERE asked_at IS NULL AND tried_at IS NULL AND skipped IS NULL;

CREATE FUNCTION refuse_other_release() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
       OR (NEW.release_id, NEW.selection::text, NEW.mode, NEW.per_second, NEW.purpose, NEW.claims, NEW.billed,
           NEW.proposed_by, NEW.proposed_at)
          IS DISTINCT FROM (OLD.release_id, OLD.selection::text, OLD.mode, OLD.per_second, OLD.purpose, OLD.claims,
           OLD.billed, OLD.proposed_by, OLD.proposed_at)
       OR (OLD.approved_by IS NOT NULL AND NEW.approved_by IS DISTINCT FROM OLD.approved_by)
       OR (OLD.stage IN ('finished', 'cancelled') AND NEW.stage <> OLD.stage)
    THEN RAISE EXCEPTION 'what was proposed and agreed to is never changed'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'release_stands'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER release_stands BEFORE UPDATE OR DELETE ON bulk_releases
    FOR EACH ROW EXECUTE FUNCTION refuse_other_release();

CREATE FUNCTION refuse_other_claims() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
       OR (TG_OP = 'INSERT' AND (SELECT approved_by FROM bulk_releases b WHERE b.release_id = NEW.release_id) IS NOT NULL)
       OR (TG_OP = 'UPDATE' AND ((NEW.release_id, NEW.claim_id, NEW.place, NEW.billed)
           IS DISTINCT FROM (OLD.release_id, OLD.claim_id, OLD.place, OLD.billed)
           OR (OLD.tried_at IS NOT NULL AND NEW.tried_at IS DISTINCT FROM OLD.tried_at)))
    THEN RAISE EXCEPTION 'the claims of a release are those that were agreed to'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'release_claims_stand'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER release_claims_stand BEFORE INSERT OR UPDATE OR DELETE ON bulk_release_claims
    FOR EACH ROW EXECUTE FUNCTION refuse_other_claims();
"""

DOWNGRADE = """
DROP TABLE bulk_release_claims, bulk_releases;
DROP FUNCTION refuse_other_release();
DROP FUNCTION refuse_other_claims();
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop the tables, with everything in them."""
    op.execute(DOWNGRADE)
