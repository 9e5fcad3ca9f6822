"""Changes of the staff list that two people make: one proposes, another approves, and neither is the person concerned.

`change_people` stays for the administrator who loads a whole list with the database password (role claimwright_staffing).
The console may only carry out what two people approved, or suspend a person, which gives nobody anything.
"""

from __future__ import annotations

from alembic import op

revision = "0076"
down_revision = "0072"

UPGRADE = """
CREATE TABLE staff_changes (
    change_id uuid PRIMARY KEY,
    person_id text NOT NULL CHECK (person_id <> ''),
    content json NOT NULL,
    reason text NOT NULL CHECK (length(btrim(reason)) BETWEEN 20 AND 500),
    proposed_by text NOT NULL REFERENCES people,
    proposed_role text NOT NULL,
    proposed_at timestamptz NOT NULL,
    CONSTRAINT change_is_of_its_person CHECK (content->>'person_id' = person_id),
    CONSTRAINT nobody_proposes_for_themselves CHECK (proposed_by <> person_id)
);
CREATE TABLE staff_change_rulings (
    change_id uuid PRIMARY KEY REFERENCES staff_changes,
    ruling text NOT NULL CHECK (ruling IN ('approved', 'refused', 'withdrawn')),
    reason text NOT NULL DEFAULT '' CHECK (length(reason) <= 500),
    ruled_by text NOT NULL REFERENCES people,
    ruled_role text NOT NULL,
    ruled_at timestamptz NOT NULL
);
CREATE INDEX staff_changes_by_time ON staff_changes (proposed_at DESC);

CREATE FUNCTION refuse_own_staff_ruling() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE change staff_changes; BEGIN
    SELECT * INTO STRICT change FROM staff_changes WHERE change_id = NEW.change_id;
    IF NEW.ruled_by = change.person_id OR (NEW.ruled_by = change.proposed_by) <> (NEW.ruling = 'withdrawn')
    THEN RAISE EXCEPTION 'a change of the staff list is approved by neither its proposer nor the person concerned'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'two_people_change_the_staff_list'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER two_people_change_the_staff_list BEFORE INSERT ON staff_change_rulings
    FOR EACH ROW EXECUTE FUNCTION refuse_own_staff_ruling();

CREATE FUNCTION refuse_change_of_staff_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'proposals to change the staff list are append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE TRIGGER staff_changes_are_append_only BEFORE UPDATE OR DELETE ON staff_changes
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_staff_change();
CREATE TRIGGER staff_change_rulings_are_append_only BEFORE UPDATE OR DELETE ON staff_change_rulings
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_staff_change();

CREATE FUNCTION apply_staff_change(approved_change uuid) RETURNS SETOF text LANGUAGE sql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    SELECT changed.person_id FROM staff_changes c JOIN staff_change_rulings r USING (change_id),
        LATERAL change_people(json_build_array(c.content)) AS changed(person_id)
    WHERE c.change_id = approved_change AND r.ruling = 'approved' $$;
CREATE FUNCTION suspend_person(suspended text) RETURNS SETOF text LANGUAGE sql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    UPDATE people SET active = false, version = version + 1 WHERE person_id = suspended AND active RETURNING person_id $$;
"""

DOWNGRADE = """
DROP FUNCTION suspend_person(text), apply_staff_change(uuid);
DROP TABLE staff_change_rulings, staff_changes;
DROP FUNCTION refuse_change_of_staff_change(), refuse_own_staff_ruling();
"""


def upgrade() -> None:
    """Create the tables and the functions; which role may run them is in storage/privileges/grants.py."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop them; the trail keeps what was changed."""
    op.execute(DOWNGRADE)
