"""Claims and decided components belong to persons, since subscriber and dependents may share a member id.

A person is known here by member id, birth date and first name, under an id that only the ledger gives. Claims of earlier
versions state a birth date and names, so that they get their person, too. A coverage span without patient data keeps
covering whoever has its member id and birth date.
"""

from __future__ import annotations

import unicodedata

import orjson
from alembic import op
from sqlalchemy import Connection, text

revision = "0040"
down_revision = "0039"

UPGRADE = """
SET CONSTRAINTS ALL IMMEDIATE;
CREATE TABLE persons (
    person_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    member_id text NOT NULL,
    birth_date text NOT NULL,
    first_name text NOT NULL,
    UNIQUE (member_id, birth_date, first_name)
);
ALTER TABLE coverage ADD COLUMN patient json;
ALTER TABLE authorizations ADD COLUMN patient json;
ALTER TABLE claims ADD COLUMN person_id bigint, ADD COLUMN patient json;
ALTER TABLE determination_lines ADD COLUMN person_id bigint;
UPDATE claims SET patient = payload -> 'member';
"""

_PAGE = 5_000
_CLAIMS = text("""
    SELECT claim_id::text, sequence, member_id, patient ->> 'birth_date' AS birth_date,
           patient ->> 'given_name' AS given_name
    FROM claims WHERE sequence > :after ORDER BY sequence LIMIT :page
""")
_PERSONS = text("""
    INSERT INTO persons (member_id, birth_date, first_name)
    SELECT DISTINCT member_id, birth_date, first_name
    FROM json_to_recordset(CAST(:rows AS json)) AS t(member_id text, birth_date text, first_name text)
    ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING
""")
_OF_CLAIMS = text("""
    UPDATE claims c SET person_id = p.person_id
    FROM json_to_recordset(CAST(:rows AS json)) AS t(claim_id uuid, member_id text, birth_date text, first_name text)
    JOIN persons p USING (member_id, birth_date, first_name)
    WHERE c.claim_id = t.claim_id
""")
_UNDECOMPOSED = str.maketrans({"đ": "d", "ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ı": "i"})

CONSTRAINTS = """
ALTER TABLE determination_lines DISABLE TRIGGER determination_lines_stand;
UPDATE determination_lines l SET person_id = c.person_id FROM claims c WHERE c.claim_id = l.claim_id;
ALTER TABLE determination_lines ENABLE TRIGGER determination_lines_stand;
ALTER TABLE claims ALTER COLUMN person_id SET NOT NULL, ALTER COLUMN patient SET NOT NULL,
    ADD CONSTRAINT claim_is_of_a_person FOREIGN KEY (person_id) REFERENCES persons;
DROP INDEX component_approved_once;
CREATE UNIQUE INDEX component_approved_once ON determination_lines (person_id, code, service_date)
    WHERE disposition = 'approved' AND NOT superseded AND code IN ('0609T', '0610T', '0611T', '0612T');
"""

DOWNGRADE = """
DROP INDEX component_approved_once;
CREATE UNIQUE INDEX component_approved_once ON determination_lines (member_id, code, service_date)
    WHERE disposition = 'approved' AND NOT superseded AND code IN ('0609T', '0610T', '0611T', '0612T');
ALTER TABLE determination_lines DROP COLUMN person_id;
ALTER TABLE claims DROP COLUMN person_id, DROP COLUMN patient;
ALTER TABLE coverage DROP COLUMN patient;
ALTER TABLE authorizations DROP COLUMN patient;
DROP TABLE persons;
"""


def first_name(given_name: str) -> str:
    """The first given name as this version compares it; a later version may compare otherwise."""
    plain = unicodedata.normalize("NFKD", given_name).casefold().translate(_UNDECOMPOSED)
    kept = (c for c in plain if not unicodedata.combining(c) and c not in "'’‘ʼ`´.")
    return next(iter("".join(c if c.isalnum() else " " for c in kept).split()), "")


def fill_persons(connection: Connection) -> None:
    """Give each claim its person, in pages."""
    after = 0
    while rows := connection.execute(_CLAIMS, {"after": after, "page": _PAGE}).all():
        found = [
            {
                "claim_id": row.claim_id,
                "member_id": row.member_id,
                "birth_date": row.birth_date or "",
                "first_name": first_name(row.given_name or ""),
            }
            for row in rows
        ]
        values = {"rows": orjson.dumps(found).decode()}
        connection.execute(_PERSONS, values)
        connection.execute(_OF_CLAIMS, values)
        after = rows[-1].sequence


def upgrade() -> None:
    """Add persons, fill them from the claims that are there, and require them from now on."""
    op.execute(UPGRADE)
    fill_persons(op.get_bind())
    op.execute(CONSTRAINTS)


def downgrade() -> None:
    """Know members only. Fails where two persons of one member id had a component of the same code and day approved."""
    op.execute(DOWNGRADE)
