"""What the database roles of the processes need: rows that can be locked but not changed, and functions of the owner.

PostgreSQL lets a role lock a row only where it may update a column; `row_lock` is one that can only be empty. The staff list
is changed by `change_people` alone, and never without an entry of the audit trail that records the same person.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import orjson
from alembic import op
from sqlalchemy import Connection, text

revision = "0035"
down_revision = "0034"

_LOCKED = ("claims", "authorizations", "dead_letter_bulks", "sign_ins_pending")

UPGRADE = """
ALTER FUNCTION supersede_earlier_lines() SECURITY DEFINER SET search_path = public, pg_temp;

CREATE FUNCTION records_person(content json, person people) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(content->>'person_id', '') = person.person_id
       AND coalesce((content->>'version')::bigint, -1) = person.version
       AND (content->>'active')::boolean IS NOT DISTINCT FROM person.active
       AND content->>'reports_to' IS NOT DISTINCT FROM person.reports_to
       AND (content->'roles')::jsonb IS NOT DISTINCT FROM person.roles::jsonb
       AND (content->'conflicts')::jsonb IS NOT DISTINCT FROM person.conflicts::jsonb
       AND coalesce(content->'licenses', content->'licences')::jsonb IS NOT DISTINCT FROM person.licences::jsonb $$;
"""

FUNCTIONS = """
CREATE FUNCTION change_people(changed json) RETURNS SETOF text LANGUAGE sql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    INSERT INTO people (person_id, roles, licences, reports_to, conflicts, active, version)
    SELECT * FROM json_to_recordset(changed) AS t(
        person_id text, roles json, licenses json, reports_to text, conflicts json, active boolean, version bigint)
    ON CONFLICT (person_id) DO UPDATE SET roles = EXCLUDED.roles, licences = EXCLUDED.licences,
        reports_to = EXCLUDED.reports_to, conflicts = EXCLUDED.conflicts, active = EXCLUDED.active,
        version = EXCLUDED.version
    WHERE people.version < EXCLUDED.version
    RETURNING person_id $$;

CREATE FUNCTION refuse_unrecorded_person() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NOT EXISTS (
        SELECT 1 FROM audit_trail WHERE subject = 'people/' || NEW.person_id AND records_person(content, NEW))
    THEN RAISE EXCEPTION 'the staff list changes only with an entry of the audit trail that records the change'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'people_are_recorded'; END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER people_are_recorded AFTER INSERT OR UPDATE OR DELETE ON people
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_unrecorded_person();
CREATE FUNCTION refuse_no_people() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'nobody is taken off the staff list; they become inactive'
    USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE TRIGGER people_are_never_emptied BEFORE TRUNCATE ON people
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_no_people();
"""

DOWNGRADE = """
DROP TRIGGER people_are_never_emptied ON people;
DROP TRIGGER people_are_recorded ON people;
DROP FUNCTION refuse_no_people, refuse_unrecorded_person, change_people(json), records_person(json, people);
ALTER FUNCTION supersede_earlier_lines() SECURITY INVOKER RESET search_path;
"""

_UNRECORDED = text("""
    SELECT p.*, t.number, t.hash FROM people p LEFT JOIN LATERAL (
        SELECT number, hash, content FROM audit_trail WHERE subject = 'people/' || p.person_id
        ORDER BY number DESC LIMIT 1) t ON true
    WHERE t.number IS NULL OR NOT records_person(t.content, p)
""")
_APPEND = text("""
    INSERT INTO audit_trail (subject, number, at, person_id, role, content, previous, hash)
    VALUES (:subject, :number, :at, 'claimwright', 'system', CAST(:content AS json), :previous, :hash)
""")
_HEAD = text("""
    INSERT INTO audit_heads (subject, number, hash) VALUES (:subject, :number, :hash)
    ON CONFLICT (subject) DO UPDATE SET number = EXCLUDED.number, hash = EXCLUDED.hash
""")


def record_people(connection: Connection) -> None:
    """Record people who were put on the list before the trail recorded that, as they are now."""
    at = datetime.now(UTC)
    for row in connection.execute(_UNRECORDED).all():
        person = {
            "person_id": row.person_id,
            "roles": row.roles,
            "licenses": row.licences,
            "reports_to": row.reports_to,
            "conflicts": row.conflicts,
            "active": row.active,
            "version": row.version,
        }
        content = orjson.dumps({"action": "found-by-migration", **person}).decode()
        _append(connection, f"people/{row.person_id}", at, content, (row.number or 0, bytes(row.hash or b"\x00" * 32)))


def _append(connection: Connection, subject: str, at: datetime, content: str, last: tuple[int, bytes]) -> None:
    number, previous = last[0] + 1, last[1]
    hashed: list[Any] = [subject, number, at.isoformat(), "claimwright", "system", None, content]
    entry_hash = sha256(previous + orjson.dumps(hashed)).digest()
    row = {"subject": subject, "number": number, "at": at, "content": content, "previous": previous, "hash": entry_hash}
    connection.execute(_APPEND, row)
    connection.execute(_HEAD, {"subject": subject, "number": number, "hash": entry_hash})


def upgrade() -> None:
    """Add the columns, the functions and the triggers, and record the people there are."""
    for table in _LOCKED:
        op.execute(f"ALTER TABLE {table} ADD COLUMN row_lock boolean CHECK (row_lock IS NULL)")
    op.execute(UPGRADE)
    record_people(op.get_bind())
    op.execute(FUNCTIONS)


def downgrade() -> None:
    """Drop them; the entries of the trail stay."""
    op.execute(DOWNGRADE)
    for table in _LOCKED:
        op.execute(f"ALTER TABLE {table} DROP COLUMN row_lock")
