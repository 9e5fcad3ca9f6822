"""What waits before release: what a pend and a settlement are about, and decisions sent back.

A finding is settled once for what it is about, and once more each time a decision was sent back. Whoever made a decision
does not judge it before release, and the other way round: the core refuses it in words, this refuses it for good.
"""

from __future__ import annotations

from alembic import op

revision = "0025"
down_revision = "0024"

UPGRADE = """
ALTER TABLE pends ADD COLUMN about text NOT NULL DEFAULT '';

ALTER TABLE settlements ADD COLUMN about text NOT NULL DEFAULT '', ADD COLUMN sent_back integer NOT NULL DEFAULT 0;
ALTER TABLE settlements DROP CONSTRAINT settlements_pkey;
ALTER TABLE settlements ADD PRIMARY KEY (claim_id, line, outcome, about, sent_back);
ALTER TABLE settlements
    ADD CONSTRAINT a_look_before_release_says_at_what CHECK (
        (outcome IN ('pricing.above_authority', 'quality.sampled')) = (about <> '')),
    ADD CONSTRAINT a_look_before_release_only_passes CHECK (about = '' OR resolution = 'passes');

CREATE TABLE sent_back (
    action_id uuid PRIMARY KEY,
    claim_id uuid NOT NULL REFERENCES claims,
    line integer NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('pricing.above_authority', 'quality.sampled')),
    about text NOT NULL CHECK (about <> ''),
    error text NOT NULL CHECK (error IN ('financial', 'procedural', 'clinical-rationale', 'letter', 'clock')),
    reason text NOT NULL CHECK (length(btrim(reason)) >= 40),
    person_id text NOT NULL REFERENCES people,
    role text NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT sent_back_by_who_acted FOREIGN KEY (action_id, claim_id, person_id)
        REFERENCES review_actions (action_id, claim_id, person_id)
);
CREATE INDEX sent_back_claim ON sent_back (claim_id);
CREATE FUNCTION refuse_other_return() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'what was sent back stands' USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE TRIGGER sent_back_stands BEFORE UPDATE OR DELETE ON sent_back
    FOR EACH ROW EXECUTE FUNCTION refuse_other_return();
CREATE TRIGGER sent_back_is_never_emptied BEFORE TRUNCATE ON sent_back
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_other_return();
"""

FOUR_EYES = """
CREATE FUNCTION refuse_own_decision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (TG_TABLE_NAME = 'sent_back' OR NEW.about <> '') AND (
        EXISTS (SELECT 1 FROM settlements s WHERE s.claim_id = NEW.claim_id AND s.person_id = NEW.person_id
                AND s.outcome <> NEW.outcome)
        OR EXISTS (SELECT 1 FROM sent_back b WHERE b.claim_id = NEW.claim_id AND b.person_id = NEW.person_id
                   AND b.outcome <> NEW.outcome)
        OR EXISTS (SELECT 1 FROM review_actions a WHERE a.claim_id = NEW.claim_id AND a.person_id = NEW.person_id
                   AND a.accepted AND a.content->>'action' IN ('record-facts', 'record-adjudication', 'correct', 'recommend')))
    OR NEW.about = '' AND (
        EXISTS (SELECT 1 FROM settlements s WHERE s.claim_id = NEW.claim_id AND s.person_id = NEW.person_id
                AND s.about <> '')
        OR EXISTS (SELECT 1 FROM sent_back b WHERE b.claim_id = NEW.claim_id AND b.person_id = NEW.person_id))
    THEN RAISE EXCEPTION 'who makes a decision does not judge it before release'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'four_eyes_before_release'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER four_eyes_before_release BEFORE INSERT ON settlements
    FOR EACH ROW EXECUTE FUNCTION refuse_own_decision();
CREATE TRIGGER four_eyes_before_release BEFORE INSERT ON sent_back
    FOR EACH ROW EXECUTE FUNCTION refuse_own_decision();
"""

DOWNGRADE = """
DROP TRIGGER four_eyes_before_release ON settlements;
DROP TABLE sent_back;
DROP FUNCTION refuse_own_decision();
DROP FUNCTION refuse_other_return();
ALTER TABLE settlements DROP CONSTRAINT a_look_before_release_says_at_what,
    DROP CONSTRAINT a_look_before_release_only_passes, DROP CONSTRAINT settlements_pkey;
ALTER TABLE settlements ADD PRIMARY KEY (claim_id, line, outcome);
ALTER TABLE settlements DROP COLUMN about, DROP COLUMN sent_back;
ALTER TABLE pends DROP COLUMN about;
"""


def upgrade() -> None:
    """Add what a look before release needs."""
    op.execute(UPGRADE)
    op.execute(FOUR_EYES)


def downgrade() -> None:
    """Drop it; refused while a claim was settled twice."""
    op.execute(DOWNGRADE)
