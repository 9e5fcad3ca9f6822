"""Decided claims adjudicated again: what is proposed, who approves it, and the one determination that it leads to.

Constraints hold what conventions cannot: a reopening leads to one determination at most, money is taken back by two people
who are not the same, nothing automatic takes money back, and what was proposed, approved and stated as owed is never changed.
"""

from __future__ import annotations

from alembic import op

revision = "0047"
down_revision = "0046"

_STANDS = ("correction_proposals", "correction_approvals", "reopening_determinations", "receivables")

TABLES = """
CREATE TABLE readjudications (
    readjudication_id uuid PRIMARY KEY,
    claim_id uuid NOT NULL,
    reason text NOT NULL,
    cause text NOT NULL,
    taken_up_at timestamptz NOT NULL,
    UNIQUE (claim_id, reason, cause),
    UNIQUE (readjudication_id, claim_id),
    FOREIGN KEY (claim_id, reason, cause) REFERENCES reopenings
);
CREATE TABLE correction_proposals (
    readjudication_id uuid NOT NULL REFERENCES readjudications,
    number integer NOT NULL CHECK (number > 0),
    base_version integer NOT NULL CHECK (base_version > 0),
    result text NOT NULL CHECK (result IN ('corrects', 'unchanged', 'waits', 'under-appeal')),
    adds numeric NOT NULL CHECK (adds >= 0),
    takes numeric NOT NULL CHECK (takes >= 0),
    people integer NOT NULL CHECK (people >= 1),
    under_appeal integer[] NOT NULL,
    digest bytea NOT NULL,
    content json NOT NULL,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (readjudication_id, number),
    CONSTRAINT two_take_money_back CHECK (takes = 0 OR people >= 2)
);
CREATE TABLE correction_actions (
    action_id uuid PRIMARY KEY,
    readjudication_id uuid NOT NULL REFERENCES readjudications,
    person_id text NOT NULL REFERENCES people,
    content json NOT NULL,
    roles json NOT NULL,
    submitted_at timestamptz NOT NULL DEFAULT now(),
    answered_at timestamptz,
    accepted boolean,
    refusal_code text,
    refusal_words text,
    refusal_kind text,
    CHECK (accepted IS NULL OR answered_at IS NOT NULL),
    CHECK (accepted IS DISTINCT FROM false OR (refusal_code IS NOT NULL AND refusal_words IS NOT NULL)),
    UNIQUE (action_id, readjudication_id, person_id)
);
CREATE INDEX correction_actions_of ON correction_actions (readjudication_id);
CREATE TABLE correction_approvals (
    readjudication_id uuid NOT NULL,
    number integer NOT NULL,
    person_id text NOT NULL,
    role text NOT NULL,
    ground text NOT NULL CHECK (ground IN ('ordinary', 'good-cause', 'fraud')),
    rationale text NOT NULL CHECK (length(btrim(rationale)) >= 20),
    action_id uuid NOT NULL UNIQUE,
    approved_at timestamptz NOT NULL,
    CONSTRAINT approved_once_by_a_person PRIMARY KEY (readjudication_id, number, person_id),
    FOREIGN KEY (readjudication_id, number) REFERENCES correction_proposals,
    FOREIGN KEY (action_id, readjudication_id, person_id)
        REFERENCES correction_actions (action_id, readjudication_id, person_id)
);
CREATE TABLE reopening_determinations (
    readjudication_id uuid CONSTRAINT one_determination_of_a_reopening PRIMARY KEY,
    claim_id uuid NOT NULL,
    version integer NOT NULL CHECK (version > 1),
    number integer NOT NULL,
    automatic boolean NOT NULL,
    UNIQUE (claim_id, version),
    FOREIGN KEY (readjudication_id, claim_id) REFERENCES readjudications (readjudication_id, claim_id),
    FOREIGN KEY (readjudication_id, number) REFERENCES correction_proposals,
    CONSTRAINT reopening_determined FOREIGN KEY (claim_id, version) REFERENCES determinations
        DEFERRABLE INITIALLY DEFERRED
);
CREATE TABLE receivables (
    readjudication_id uuid PRIMARY KEY REFERENCES reopening_determinations,
    claim_id uuid NOT NULL,
    version integer NOT NULL,
    amount numeric NOT NULL CHECK (amount > 0),
    stated_at timestamptz NOT NULL,
    recover_after date NOT NULL,
    dispute_until date NOT NULL,
    source text NOT NULL,
    locator text NOT NULL,
    FOREIGN KEY (claim_id, version) REFERENCES determinations
);
ALTER TABLE reopenings_closed DROP CONSTRAINT reopenings_closed_outcome_check;
ALTER TABLE reopenings_closed ADD CONSTRAINT reopenings_closed_outcome_check
    CHECK (outcome IN ('reopened-elsewhere', 'left-as-is', 'corrected', 'no-change'));
ALTER TABLE reopenings_closed ALTER COLUMN closed_by DROP NOT NULL;
ALTER TABLE reopenings_closed ADD CONSTRAINT closed_by_a_person
    CHECK (closed_by IS NOT NULL OR outcome IN ('corrected', 'no-change'));
"""
GUARDS = """
CREATE FUNCTION refuse_unapproved_correction() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE proposed correction_proposals; given integer;
BEGIN
    SELECT * INTO proposed FROM correction_proposals p
    WHERE p.readjudication_id = NEW.readjudication_id AND p.number = NEW.number;
    IF proposed.result <> 'corrects' OR proposed.base_version <> NEW.version - 1 THEN
        RAISE EXCEPTION 'this proposal does not correct the version before'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'correction_is_proposed';
    END IF;
    SELECT count(DISTINCT a.person_id) INTO given FROM correction_approvals a
    WHERE a.readjudication_id = NEW.readjudication_id AND a.number = NEW.number;
    IF NEW.automatic AND (proposed.takes > 0 OR proposed.people > 1) THEN
        RAISE EXCEPTION 'nothing automatic takes money back'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'nothing_automatic_takes_back';
    END IF;
    IF NOT NEW.automatic AND given < proposed.people THEN
        RAISE EXCEPTION 'a correction needs % people, and % approved it', proposed.people, given
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'correction_is_approved';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER correction_is_approved BEFORE INSERT ON reopening_determinations
    FOR EACH ROW EXECUTE FUNCTION refuse_unapproved_correction();
CREATE FUNCTION refuse_other_correction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'what was proposed, approved and corrected stands'
    USING ERRCODE = 'integrity_constraint_violation'; END $$;
"""
DOWNGRADE = """
DROP TABLE receivables, reopening_determinations, correction_approvals, correction_actions, correction_proposals,
    readjudications;
DROP FUNCTION refuse_unapproved_correction();
DROP FUNCTION refuse_other_correction();
ALTER TABLE reopenings_closed DROP CONSTRAINT closed_by_a_person;
ALTER TABLE reopenings_closed ALTER COLUMN closed_by SET NOT NULL;
ALTER TABLE reopenings_closed DROP CONSTRAINT reopenings_closed_outcome_check;
ALTER TABLE reopenings_closed ADD CONSTRAINT reopenings_closed_outcome_check
    CHECK (outcome IN ('reopened-elsewhere', 'left-as-is')) NOT VALID;
"""


def upgrade() -> None:
    """Create the tables, what they refuse, and the ways a reopening ends when its claim is adjudicated again."""
    op.execute(TABLES)
    op.execute(GUARDS)
    for table in _STANDS:
        op.execute(
            f"CREATE TRIGGER {table}_stand BEFORE UPDATE OR DELETE ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION refuse_other_correction();"
            f"CREATE TRIGGER {table}_are_never_emptied BEFORE TRUNCATE ON {table}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION refuse_other_correction();"
        )


def downgrade() -> None:
    """Drop them; refused while a reopening was closed without a person, since the old schema cannot say so."""
    op.execute(DOWNGRADE)
