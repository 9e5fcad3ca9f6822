"""People, what they did to waiting claims, what they settled, and the trail of it.

Constraints hold what conventions cannot: a clinical denial is settled by signature only, and never by a nurse; the
trail is append-only and chained by hash; a claim's finding is settled once.
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"

UPGRADE = """
CREATE TABLE people (
    person_id text PRIMARY KEY CHECK (person_id <> ''),
    roles json NOT NULL,
    licences json NOT NULL,
    reports_to text,
    conflicts json NOT NULL,
    active boolean NOT NULL,
    version bigint NOT NULL
);

CREATE TABLE review_actions (
    action_id uuid PRIMARY KEY,
    claim_id uuid NOT NULL REFERENCES claims,
    person_id text NOT NULL REFERENCES people,
    content json NOT NULL,
    submitted_at timestamptz NOT NULL DEFAULT now(),
    answered_at timestamptz,
    accepted boolean,
    refusal_code text,
    refusal_words text,
    CHECK (accepted IS NULL OR answered_at IS NOT NULL),
    CHECK (accepted IS DISTINCT FROM false OR (refusal_code IS NOT NULL AND refusal_words IS NOT NULL)),
    UNIQUE (action_id, claim_id, person_id)
);
CREATE INDEX review_actions_claim ON review_actions (claim_id);

CREATE TABLE audit_trail (
    entry bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject text NOT NULL,
    number integer NOT NULL CHECK (number > 0),
    at timestamptz NOT NULL,
    person_id text NOT NULL,
    role text NOT NULL,
    action_id uuid UNIQUE,
    content json NOT NULL,
    previous bytea NOT NULL,
    hash bytea NOT NULL UNIQUE,
    UNIQUE (subject, number)
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE TRIGGER audit_trail_is_append_only BEFORE UPDATE OR DELETE ON audit_trail
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_trail_is_never_emptied BEFORE TRUNCATE ON audit_trail
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE reviewer_signatures ADD CONSTRAINT signature_of_a_reviewer
    UNIQUE (claim_id, signature_id, reviewer_id, role);

CREATE TABLE settlements (
    claim_id uuid NOT NULL REFERENCES claims,
    line integer NOT NULL,
    outcome text NOT NULL,
    resolution text NOT NULL CHECK (resolution IN ('passes', 'denies', 'priced')),
    denies_as text,
    clinical boolean NOT NULL,
    allowed numeric CHECK (allowed > 0),
    person_id text NOT NULL REFERENCES people,
    role text NOT NULL,
    rationale text NOT NULL CHECK (length(btrim(rationale)) >= 40),
    evidence json NOT NULL,
    criteria json NOT NULL,
    settled_at timestamptz NOT NULL,
    signature_id uuid,
    action_id uuid NOT NULL UNIQUE,
    PRIMARY KEY (claim_id, line, outcome),
    CHECK ((resolution = 'denies') = (denies_as IS NOT NULL)),
    CHECK ((resolution = 'priced') = (allowed IS NOT NULL)),
    CONSTRAINT clinical_denial_settled_by_signature
        CHECK (NOT (clinical AND resolution = 'denies') OR signature_id IS NOT NULL),
    CONSTRAINT clinical_label_is_clinical
        CHECK (coalesce(denies_as, '') NOT IN ('necessity.not_medically_necessary', 'necessity.experimental',
               'necessity.not_reasonable_and_necessary', 'necessity.criteria_not_met',
               'necessity.clinical_judgement') OR clinical),
    CONSTRAINT clinical_denial_by_physician
        CHECK (NOT (clinical AND resolution = 'denies') OR role IN ('physician', 'clinical-peer')),
    CONSTRAINT settled_by_who_acted FOREIGN KEY (action_id, claim_id, person_id)
        REFERENCES review_actions (action_id, claim_id, person_id),
    CONSTRAINT signed_by_who_settled FOREIGN KEY (claim_id, signature_id, person_id, role)
        REFERENCES reviewer_signatures (claim_id, signature_id, reviewer_id, role)
);

CREATE TABLE reviewer_facts (
    action_id uuid PRIMARY KEY REFERENCES review_actions,
    claim_id uuid NOT NULL REFERENCES claims,
    facts json NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX reviewer_facts_claim ON reviewer_facts (claim_id);

CREATE TABLE corrections (
    action_id uuid PRIMARY KEY REFERENCES review_actions,
    claim_id uuid NOT NULL REFERENCES claims,
    line integer NOT NULL,
    field text NOT NULL,
    value text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX corrections_claim ON corrections (claim_id);

CREATE TABLE document_requests (
    claim_id uuid NOT NULL REFERENCES claims,
    kind text NOT NULL,
    asked_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    answered_at timestamptz,
    action_id uuid REFERENCES review_actions,
    PRIMARY KEY (claim_id, kind, asked_at)
);
"""

CLOCKS = """
CREATE TABLE clock_notices (
    claim_id uuid NOT NULL REFERENCES claims,
    clock text NOT NULL,
    says text NOT NULL CHECK (says IN ('warning', 'expired', 'no-clock')),
    at timestamptz NOT NULL,
    told_at timestamptz NOT NULL,
    PRIMARY KEY (claim_id, clock, says, at)
);
"""

RELEASES = """
ALTER TABLE coverage ADD COLUMN changed_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE authorizations ADD COLUMN changed_at timestamptz NOT NULL DEFAULT now();
CREATE INDEX claims_attachments ON claims USING gin ((payload::jsonb -> 'attachments') jsonb_path_ops)
    WHERE (payload -> 'attachments') IS NOT NULL;
"""

DOWNGRADE = """
DROP INDEX claims_attachments;
ALTER TABLE authorizations DROP COLUMN changed_at;
ALTER TABLE coverage DROP COLUMN changed_at;
DROP TABLE clock_notices, document_requests, corrections, reviewer_facts, settlements, audit_trail, review_actions, people;
DROP FUNCTION refuse_change();
ALTER TABLE reviewer_signatures DROP CONSTRAINT signature_of_a_reviewer;
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(UPGRADE)
    op.execute(CLOCKS)
    op.execute(RELEASES)


def downgrade() -> None:
    """Drop the tables, with everything in them."""
    op.execute(DOWNGRADE)
