"""Units of authorizations belong to persons, since subscriber and dependents may share a member id.

Uses recorded before get the person of their claim, and stay counted, whomever the authorization is for by now. A new use
gets its person from the claim, also when an earlier version writes it. It is refused where the authorization is
certainly another's: under another member id, or for another birth date. What names leave open is judged by the rules.
"""

from __future__ import annotations

from alembic import op

revision = "0050"
down_revision = "0049"

UPGRADE = """
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE authorization_uses ADD COLUMN person_id bigint;
UPDATE authorization_uses u SET person_id = c.person_id FROM claims c WHERE c.claim_id = u.claim_id;
ALTER TABLE authorization_uses ADD CONSTRAINT units_are_of_a_person FOREIGN KEY (person_id) REFERENCES persons;
CREATE FUNCTION person_of_units() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    person public.persons;
BEGIN
    SELECT p.* INTO person FROM public.claims c JOIN public.persons p USING (person_id) WHERE c.claim_id = NEW.claim_id;
    NEW.person_id := person.person_id;
    IF EXISTS (SELECT 1 FROM public.authorizations a WHERE a.number = NEW.number
               AND (a.member_id <> person.member_id OR a.patient ->> 'birth_date' <> nullif(person.birth_date, ''))) THEN
        RAISE EXCEPTION 'authorization % is for another person than claim %', NEW.number, NEW.claim_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER units_are_taken_for_a_person BEFORE INSERT ON authorization_uses
    FOR EACH ROW EXECUTE FUNCTION person_of_units();
CREATE TRIGGER units_are_taken_again_for_a_person BEFORE UPDATE ON authorization_uses
    FOR EACH ROW WHEN (OLD.released_at IS NOT NULL AND NEW.released_at IS NULL) EXECUTE FUNCTION person_of_units();
"""
DOWNGRADE = """
DROP TRIGGER units_are_taken_for_a_person ON authorization_uses;
DROP TRIGGER units_are_taken_again_for_a_person ON authorization_uses;
DROP FUNCTION person_of_units();
ALTER TABLE authorization_uses DROP COLUMN person_id;
"""


def upgrade() -> None:
    """Give each use its person, and keep others' authorizations from it."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Know claims only."""
    op.execute(DOWNGRADE)
