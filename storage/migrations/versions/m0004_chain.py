"""Replacements and voids: what each names, which claim gave way to which, and a decision that is taken back.

Constraints hold what conventions cannot: a claim gives way to one other only, a superseded version's lines no longer
count as approved (whatever supersedes it, an appeal too), and only a later version may hold negated amounts.
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"

UPGRADE = """
CREATE TABLE claim_chain (
    claim_id uuid PRIMARY KEY REFERENCES claims,
    frequency text NOT NULL CHECK (frequency IN ('7', '8')),
    names text NOT NULL
);
CREATE INDEX claim_chain_names ON claim_chain (names);

CREATE TABLE supersessions (
    claim_id uuid PRIMARY KEY REFERENCES claims,
    by_claim uuid NOT NULL REFERENCES claim_chain,
    version integer,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    CHECK (claim_id <> by_claim),
    CONSTRAINT superseded_by_a_version FOREIGN KEY (claim_id, version) REFERENCES determinations
        DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX supersessions_by ON supersessions (by_claim);

ALTER TABLE authorization_uses ADD COLUMN chain uuid;

ALTER TABLE determinations DROP CONSTRAINT determinations_check;
ALTER TABLE determinations ADD CONSTRAINT paid_within_charge
    CHECK ((paid >= 0 AND paid <= charge) OR (version > 1 AND charge <= paid AND paid <= 0));

ALTER TABLE determination_lines ADD COLUMN superseded boolean NOT NULL DEFAULT false;
ALTER TABLE determination_lines DROP CONSTRAINT determination_lines_disposition_check;
ALTER TABLE determination_lines DROP CONSTRAINT determination_lines_check;
ALTER TABLE determination_lines DROP CONSTRAINT determination_lines_check1;
ALTER TABLE determination_lines ADD CONSTRAINT amounts_fit_disposition CHECK (CASE disposition
    WHEN 'approved' THEN paid >= 0 AND paid <= charge
    WHEN 'denied' THEN paid = 0 AND charge >= 0
    WHEN 'reversed' THEN version > 1 AND charge <= paid AND paid <= 0
    WHEN 'withdrawn' THEN charge = 0 AND paid = 0
    ELSE false END);
DROP INDEX component_approved_once;
CREATE UNIQUE INDEX component_approved_once ON determination_lines (member_id, code, service_date)
    WHERE disposition = 'approved' AND NOT superseded AND code IN ('0609T', '0610T', '0611T', '0612T');

CREATE FUNCTION supersede_earlier_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE determination_lines SET superseded = true
    WHERE claim_id = NEW.claim_id AND version < NEW.version AND NOT superseded;
    RETURN NULL;
END $$;
CREATE TRIGGER a_new_version_supersedes AFTER INSERT ON determinations
    FOR EACH ROW WHEN (NEW.version > 1) EXECUTE FUNCTION supersede_earlier_lines();
"""

DOWNGRADE = """
DROP TRIGGER a_new_version_supersedes ON determinations;
DROP FUNCTION supersede_earlier_lines();
DROP INDEX component_approved_once;
CREATE UNIQUE INDEX component_approved_once ON determination_lines (member_id, code, service_date)
    WHERE disposition = 'approved' AND code IN ('0609T', '0610T', '0611T', '0612T');
ALTER TABLE determination_lines DROP CONSTRAINT amounts_fit_disposition;
ALTER TABLE determination_lines ADD CONSTRAINT determination_lines_check CHECK (paid >= 0 AND paid <= charge);
ALTER TABLE determination_lines ADD CONSTRAINT determination_lines_check1 CHECK (disposition = 'approved' OR paid = 0);
ALTER TABLE determination_lines ADD CONSTRAINT determination_lines_disposition_check
    CHECK (disposition IN ('approved', 'denied'));
ALTER TABLE determination_lines DROP COLUMN superseded;
ALTER TABLE determinations DROP CONSTRAINT paid_within_charge;
ALTER TABLE determinations ADD CONSTRAINT determinations_check CHECK (paid >= 0 AND paid <= charge);
ALTER TABLE authorization_uses DROP COLUMN chain;
DROP TABLE supersessions, claim_chain;
"""


def upgrade() -> None:
    """Create the tables and widen what a determination may say."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop the tables; refused while a claim is reversed or withdrawn, since the old schema cannot say so."""
    op.execute(DOWNGRADE)
