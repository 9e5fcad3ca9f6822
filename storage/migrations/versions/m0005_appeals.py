"""Appeals: filings, actions, who took part in what is appealed, and decisions by somebody who did not.

Constraints hold what conventions cannot: nobody who took part in a denial decides its appeal, a clinical appeal is
decided over a licensed signature, and what was decided is never changed.
"""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"

UPGRADE = """
CREATE TABLE appeals (
    appeal_id uuid PRIMARY KEY,
    claim_id uuid NOT NULL REFERENCES claims,
    submitter text NOT NULL,
    appeal_reference text NOT NULL,
    version bigint NOT NULL,
    path text,
    lines integer[] NOT NULL,
    clinical boolean NOT NULL,
    opening json NOT NULL,
    filed_at timestamptz NOT NULL,
    closed boolean NOT NULL DEFAULT false,
    UNIQUE (submitter, appeal_reference),
    UNIQUE (appeal_id, claim_id, clinical)
);
CREATE INDEX appeals_claim ON appeals (claim_id);

CREATE TABLE appeal_filings (
    appeal_id uuid NOT NULL REFERENCES appeals,
    version bigint NOT NULL,
    content json NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (appeal_id, version)
);

CREATE TABLE appeal_actions (
    action_id uuid PRIMARY KEY,
    appeal_id uuid NOT NULL REFERENCES appeals,
    person_id text NOT NULL REFERENCES people,
    content json NOT NULL,
    submitted_at timestamptz NOT NULL DEFAULT now(),
    answered_at timestamptz,
    accepted boolean,
    refusal_code text,
    refusal_words text,
    CHECK (accepted IS NULL OR answered_at IS NOT NULL),
    CHECK (accepted IS DISTINCT FROM false OR (refusal_code IS NOT NULL AND refusal_words IS NOT NULL)),
    UNIQUE (action_id, appeal_id, person_id)
);
CREATE INDEX appeal_actions_appeal ON appeal_actions (appeal_id);

CREATE TABLE appeal_involved (
    appeal_id uuid NOT NULL REFERENCES appeals,
    person_id text NOT NULL,
    part text NOT NULL,
    PRIMARY KEY (appeal_id, person_id, part)
);

CREATE TABLE appeal_decisions (
    appeal_id uuid NOT NULL,
    claim_id uuid NOT NULL,
    clinical boolean NOT NULL,
    level text NOT NULL,
    action_id uuid NOT NULL UNIQUE,
    person_id text NOT NULL,
    consulted text,
    rulings json NOT NULL,
    rationale text NOT NULL CHECK (length(btrim(rationale)) >= 20),
    decided_at timestamptz NOT NULL,
    signature_id uuid,
    PRIMARY KEY (appeal_id, level),
    FOREIGN KEY (appeal_id, claim_id, clinical) REFERENCES appeals (appeal_id, claim_id, clinical),
    CONSTRAINT decided_by_who_acted FOREIGN KEY (action_id, appeal_id, person_id)
        REFERENCES appeal_actions (action_id, appeal_id, person_id),
    CONSTRAINT appeal_signature_is_of_the_claim FOREIGN KEY (claim_id, signature_id)
        REFERENCES reviewer_signatures (claim_id, signature_id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT clinical_appeal_is_signed CHECK (NOT clinical OR signature_id IS NOT NULL)
);

CREATE FUNCTION refuse_involved_decider() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM appeal_involved i WHERE i.appeal_id = NEW.appeal_id
               AND i.person_id IN (NEW.person_id, NEW.consulted))
       OR EXISTS (SELECT 1 FROM reviewer_signatures s WHERE s.claim_id = NEW.claim_id
                  AND s.reviewer_id IN (NEW.person_id, NEW.consulted))
       OR EXISTS (SELECT 1 FROM review_actions r WHERE r.claim_id = NEW.claim_id AND r.accepted
                  AND r.person_id IN (NEW.person_id, NEW.consulted))
    THEN RAISE EXCEPTION 'somebody who took part in the denial may not decide its appeal'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'appeal_decider_is_independent';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER appeal_decider_is_independent BEFORE INSERT ON appeal_decisions
    FOR EACH ROW EXECUTE FUNCTION refuse_involved_decider();

CREATE FUNCTION refuse_appeal_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'what was recorded of an appeal is never changed'
    USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE TRIGGER appeal_decisions_stand BEFORE UPDATE OR DELETE ON appeal_decisions
    FOR EACH ROW EXECUTE FUNCTION refuse_appeal_change();
CREATE TRIGGER appeal_decisions_are_never_emptied BEFORE TRUNCATE ON appeal_decisions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_appeal_change();
CREATE TRIGGER appeal_involved_stand BEFORE UPDATE OR DELETE ON appeal_involved
    FOR EACH ROW EXECUTE FUNCTION refuse_appeal_change();
CREATE TRIGGER appeal_involved_are_never_emptied BEFORE TRUNCATE ON appeal_involved
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_appeal_change();
"""

DOWNGRADE = """
DROP TABLE appeal_decisions, appeal_involved, appeal_actions, appeal_filings, appeals;
DROP FUNCTION refuse_involved_decider();
DROP FUNCTION refuse_appeal_change();
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop the tables, with everything in them."""
    op.execute(DOWNGRADE)
