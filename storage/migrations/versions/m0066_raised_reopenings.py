"""Reopenings that a person raises: errors found by a person, and orders, with the source, the named lines and the last day.

Constraints hold what conventions cannot: an order is raised once per claim, what was stated is never changed, and the person who
raised a reopening does not approve its correction.
"""

from __future__ import annotations

from alembic import op

revision = "0066"
down_revision = "0065"

UPGRADE = """
ALTER TABLE reopenings DROP CONSTRAINT reopenings_reason_check;
ALTER TABLE reopenings ADD CONSTRAINT reopenings_reason_check
    CHECK (reason IN ('late-document', 'acquisition-taken-back', 'interest-unsettled', 'late-authorization',
                      'authorization-withdrawn', 'coverage-changed', 'decided-early', 'rate-corrected',
                      'policy-corrected', 'data-corrected', 'provider-changed', 'clerical-error', 'clinical-error',
                      'binding-order'));
CREATE TABLE raised_reopenings (
    claim_id uuid NOT NULL,
    reason text NOT NULL CHECK (reason IN ('clerical-error', 'clinical-error', 'binding-order')),
    cause text NOT NULL,
    person_id text NOT NULL REFERENCES people,
    role text NOT NULL,
    rationale text NOT NULL CHECK (length(btrim(rationale)) >= 20),
    lines integer[] NOT NULL,
    allowed numeric[] NOT NULL,
    authority text CHECK (authority IN ('court', 'regulator', 'independent-reviewer')),
    order_number text,
    ordered_on date,
    set_by_order date,
    effect_by date,
    source text,
    locator text,
    PRIMARY KEY (claim_id, reason, cause),
    FOREIGN KEY (claim_id, reason, cause) REFERENCES reopenings,
    CONSTRAINT allowed_is_of_lines CHECK (cardinality(allowed) = cardinality(lines)),
    CONSTRAINT order_is_stated CHECK ((reason = 'binding-order') = (authority IS NOT NULL)
        AND (authority IS NULL) = (order_number IS NULL) AND (authority IS NULL) = (ordered_on IS NULL)
        AND (authority IS NOT NULL OR (effect_by IS NULL AND set_by_order IS NULL))),
    CONSTRAINT order_once_per_claim UNIQUE (claim_id, authority, order_number)
);
CREATE TRIGGER raised_reopenings_stand BEFORE UPDATE OR DELETE ON raised_reopenings
    FOR EACH ROW EXECUTE FUNCTION refuse_other_correction();
CREATE FUNCTION refuse_approval_by_the_raiser() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM readjudications j JOIN raised_reopenings r USING (claim_id, reason, cause)
               WHERE j.readjudication_id = NEW.readjudication_id AND r.person_id = NEW.person_id) THEN
        RAISE EXCEPTION 'who raised a reopening does not approve its correction'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'raiser_approves_no_correction';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER raiser_approves_no_correction BEFORE INSERT ON correction_approvals
    FOR EACH ROW EXECUTE FUNCTION refuse_approval_by_the_raiser();
"""
# Not valid: what was raised so far stays, nothing more of it is taken.
DOWNGRADE = """
DROP TRIGGER raiser_approves_no_correction ON correction_approvals;
DROP FUNCTION refuse_approval_by_the_raiser();
DROP TABLE raised_reopenings;
ALTER TABLE reopenings DROP CONSTRAINT reopenings_reason_check;
ALTER TABLE reopenings ADD CONSTRAINT reopenings_reason_check
    CHECK (reason IN ('late-document', 'acquisition-taken-back', 'interest-unsettled', 'late-authorization',
                      'authorization-withdrawn', 'coverage-changed', 'decided-early', 'rate-corrected',
                      'policy-corrected', 'data-corrected', 'provider-changed')) NOT VALID;
"""


def upgrade() -> None:
    """Allow the reasons, keep what the person stated, and refuse the raiser's approval."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Allow them no more; what was raised stays without its statement."""
    op.execute(DOWNGRADE)
