"""Who decided a claim does not approve its correction: settled or signed a line of it, or ruled on it in an appeal."""

from __future__ import annotations

from alembic import op

revision = "0057"
down_revision = "0052"

UPGRADE = """
CREATE FUNCTION deciders_of(claim uuid) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT s.person_id FROM settlements s WHERE s.claim_id = claim
    UNION SELECT g.reviewer_id FROM reviewer_signatures g WHERE g.claim_id = claim
    UNION SELECT a.person_id FROM appeal_decisions a WHERE a.claim_id = claim
$$;
CREATE FUNCTION refuse_approval_by_a_decider() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM readjudications j, deciders_of(j.claim_id) AS person_id
               WHERE j.readjudication_id = NEW.readjudication_id AND person_id = NEW.person_id) THEN
        RAISE EXCEPTION 'who decided a claim does not approve its correction'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'deciders_approve_no_correction';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER deciders_approve_no_correction BEFORE INSERT ON correction_approvals
    FOR EACH ROW EXECUTE FUNCTION refuse_approval_by_a_decider();
"""
DOWNGRADE = """
DROP TRIGGER deciders_approve_no_correction ON correction_approvals;
DROP FUNCTION refuse_approval_by_a_decider();
DROP FUNCTION deciders_of(uuid);
"""


def upgrade() -> None:
    """Create the refusal; approvals given before stand."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop it."""
    op.execute(DOWNGRADE)
