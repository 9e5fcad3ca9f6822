"""No process of the product can change the schema, rewrite what was decided, or make a person a reviewer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url
from sqlalchemy.exc import IntegrityError, ProgrammingError

from contracts.actions.people import PersonV1
from storage.engine import create_engine
from storage.migrate import migrate
from storage.people.accounts import find_person, write_people
from storage.people.staff import Staff
from storage.privileges.check import excess
from storage.privileges.errors import PrivilegesError
from storage.privileges.grants import READS, RUNS, WRITES, May
from storage.privileges.provision import HAND_OVER, provision
from storage.privileges.roles import OWNER, DatabaseRole
from tests.builders.servers.postgres import PostgresServer

pytestmark = pytest.mark.servers

COLUMNS = """
    SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = 'public' ORDER BY table_name, ordinal_position
"""
PRIVILEGES = """
    SELECT c.relname, g.grantee::regrole::text, g.privilege_type, NULL FROM pg_class c, aclexplode(c.relacl) g
    WHERE c.relnamespace = 'public'::regnamespace AND g.grantee <> c.relowner
    UNION ALL SELECT c.relname, g.grantee::regrole::text, g.privilege_type, a.attname
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid, aclexplode(a.attacl) g
    WHERE c.relnamespace = 'public'::regnamespace AND g.grantee <> c.relowner
"""
NOTHING = May()
AT = datetime(2025, 1, 2, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Ledger:
    """A database that its owner migrated, and the DSN of each role for it."""

    owner: str
    columns: Mapping[str, tuple[str, ...]]
    dsns: Mapping[DatabaseRole, str]


@pytest.fixture(scope="module")
def ledger(postgres: PostgresServer) -> Ledger:
    owner = postgres.empty_database()
    migrate(owner)
    columns: dict[str, tuple[str, ...]] = {}
    with psycopg.connect(owner) as connection:
        for table, column in connection.execute(COLUMNS).fetchall():
            columns[table] = (*columns.get(table, ()), column)
    dsns = {role: postgres.as_role(owner, role.database_name) for role in DatabaseRole}
    return Ledger(owner, columns, dsns)


def refused(dsn: str, statements: Iterator[tuple[str, sql.Composed]], *, alone: bool = False) -> tuple[int, list[str]]:
    """Run each statement as a role, `alone` without a transaction; return how many there were, and the names of those that PostgreSQL took."""
    tried, taken = 0, []
    with psycopg.connect(dsn, autocommit=True) as connection:
        for name, statement in statements:
            tried += 1
            try:
                with nullcontext() if alone else connection.transaction(force_rollback=True):
                    connection.execute(statement)
            except psycopg.errors.InsufficientPrivilege:
                continue
            taken.append(name)
    return tried, taken


def on_tables(ledger: Ledger, role: DatabaseRole) -> Iterator[tuple[str, sql.Composed]]:
    """Everything a role may not do to a table: change it, empty it, and each way to write that is not granted."""
    schema = {
        "ALTER": "ALTER TABLE {} ADD COLUMN forged text",
        "DISABLE TRIGGER": "ALTER TABLE {} DISABLE TRIGGER ALL",
        "ENABLE RULE": "CREATE RULE forged AS ON DELETE TO {} DO INSTEAD NOTHING",
        "CREATE TRIGGER": "CREATE TRIGGER forged BEFORE INSERT ON {} EXECUTE FUNCTION refuse_change()",
        "OWNER": f"ALTER TABLE {{}} OWNER TO {role.database_name}",
        "DROP": "DROP TABLE {} CASCADE",
        "TRUNCATE": "TRUNCATE {}",
        "INDEX": "CREATE INDEX ON {} ((1))",
    }
    for table, columns in ledger.columns.items():
        may, name = WRITES[table].get(role, NOTHING), sql.Identifier(table)
        for what, change in schema.items():
            yield f"{what} {table}", sql.SQL(change).format(name)
        for column in columns:
            if may.insert is False or (isinstance(may.insert, tuple) and column not in may.insert):
                insert = sql.SQL("INSERT INTO {} ({}) VALUES (DEFAULT)").format(name, sql.Identifier(column))
                yield f"INSERT {table}.{column}", insert
        if not may.delete:
            yield f"DELETE {table}", sql.SQL("DELETE FROM {} WHERE false").format(name)
        for column in columns:
            if column not in may.update:
                update = sql.SQL("UPDATE {} SET {} = DEFAULT WHERE false").format(name, sql.Identifier(column))
                yield f"UPDATE {table}.{column}", update
        if table not in READS[role]:
            yield f"SELECT {table}", sql.SQL("SELECT * FROM {}").format(name)


@pytest.mark.parametrize("role", DatabaseRole)
def test_a_process_writes_only_what_it_is_for_and_never_changes_a_table(ledger: Ledger, role: DatabaseRole) -> None:
    tried, taken = refused(ledger.dsns[role], on_tables(ledger, role))
    assert tried > 12 * len(ledger.columns) > 600
    assert taken == []


ESCAPES = {
    "become the owner": f"SET ROLE {OWNER}",
    "become the administrator": "SET ROLE postgres",
    "become another session": "SET SESSION AUTHORIZATION postgres",
    "switch triggers off": "SET session_replication_role = replica",
    "make itself superuser": "ALTER ROLE CURRENT_USER SUPERUSER",
    "make a role": "CREATE ROLE forged LOGIN",
    "take the owner's password": f"ALTER ROLE {OWNER} PASSWORD 'forged'",
    "make a function": "CREATE FUNCTION forged() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "replace a function": "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",
    "drop a function": "DROP FUNCTION refuse_change() CASCADE",
    "make a table": "CREATE TABLE forged (x int)",
    "make a temporary table that hides one": "CREATE TEMPORARY TABLE people (x int)",
    "make a view": "CREATE VIEW forged AS SELECT 1",
    "make a schema": "CREATE SCHEMA forged",
    "make a sequence": "CREATE SEQUENCE forged",
    "make a type": "CREATE TYPE forged AS ENUM ('a')",
    "load an extension": "CREATE EXTENSION pg_trgm",
    "run a program": "COPY (SELECT 1) TO PROGRAM 'true'",
    "write a file": "COPY (SELECT 1) TO '/tmp/forged'",
    "read a file": "SELECT pg_read_file('/etc/hostname')",
    "import a file": "SELECT lo_import('/etc/hostname')",
    "read passwords": "SELECT * FROM pg_authid",
    "change the server": "ALTER SYSTEM SET fsync = off",
    "stop the server's work": "SELECT pg_reload_conf()",
    "take a schema": "ALTER SCHEMA public OWNER TO CURRENT_USER",
    "write the schema's version": "UPDATE alembic_version SET version_num = 'forged'",
}


@pytest.mark.parametrize("role", DatabaseRole)
def test_no_process_becomes_more_than_it_is(ledger: Ledger, role: DatabaseRole) -> None:
    _, taken = refused(
        ledger.dsns[role], ((name, sql.SQL(each).format()) for name, each in ESCAPES.items()), alone=True
    )
    assert taken == []


def test_the_roles_have_no_powers_in_the_catalog(ledger: Ledger) -> None:
    names = [role.database_name for role in DatabaseRole]
    with psycopg.connect(ledger.owner) as connection:
        powers = connection.execute(
            """SELECT rolname FROM pg_roles WHERE (rolname = ANY(%s) OR rolname = %s)
               AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls)""",
            (names, OWNER),
        ).fetchall()
        owned = connection.execute(
            """SELECT relname FROM pg_class WHERE pg_get_userbyid(relowner) = ANY(%s)
               UNION SELECT proname FROM pg_proc WHERE pg_get_userbyid(proowner) = ANY(%s)""",
            (names, names),
        ).fetchall()
        members = connection.execute("SELECT member::regrole::text FROM pg_auth_members").fetchall()
        strangers = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND pg_get_userbyid(relowner) <> %s",
            (OWNER,),
        ).fetchall()
    assert (powers, owned, strangers) == ([], [], [])
    assert not {name for (name,) in members} & {*names, OWNER}


def test_the_catalog_grants_what_the_list_names_and_nothing_else(ledger: Ledger) -> None:
    with psycopg.connect(ledger.owner) as connection:
        found = {tuple(row) for row in connection.execute(PRIVILEGES).fetchall()}
    wanted: set[tuple[str, str, str, str | None]] = set()
    for role, tables in READS.items():
        wanted |= {(table, role.database_name, "SELECT", None) for table in tables}
    for table, roles in WRITES.items():
        for role, may in roles.items():
            inserted: tuple[str | None, ...] = may.insert if isinstance(may.insert, tuple) else (None,) * may.insert
            wanted |= {(table, role.database_name, "INSERT", column) for column in inserted}
            wanted |= {(table, role.database_name, "DELETE", None)} if may.delete else set()
            wanted |= {(table, role.database_name, "UPDATE", column) for column in may.update}
    assert found == wanted


def test_functions_that_act_as_the_owner_look_tables_up_in_one_schema(ledger: Ledger) -> None:
    with psycopg.connect(ledger.owner) as connection:
        found = connection.execute(
            "SELECT proname, proconfig, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef"
        ).fetchall()
    assert {name for name, _, _ in found} >= {"change_people", "refuse_unrecorded_person", "supersede_earlier_lines"}
    assert [name for name, settings, _ in found if settings != ["search_path=public, pg_temp"]] == []


def test_a_superuser_may_not_migrate(postgres: PostgresServer) -> None:
    with pytest.raises(PrivilegesError, match="CLAIMWRIGHT_POSTGRES_OWNER_DSN"):
        migrate(postgres.migrated_database())


def test_a_table_that_no_person_may_write_stops_the_migration(postgres: PostgresServer) -> None:
    owner = postgres.as_role(postgres.migrated_database(), OWNER)
    with psycopg.connect(owner) as connection:
        connection.execute("CREATE TABLE forgotten (x int)")
    with pytest.raises(PrivilegesError, match=r"forgotten"):
        migrate(owner)


def test_a_row_lock_is_no_change(ledger: Ledger) -> None:
    locked = [table for table, roles in WRITES.items() if any("row_lock" in may.update for may in roles.values())]
    assert locked
    with psycopg.connect(ledger.owner) as connection:
        checks = connection.execute(
            "SELECT conrelid::regclass::text FROM pg_constraint WHERE pg_get_constraintdef(oid) = 'CHECK ((row_lock IS NULL))'"
        ).fetchall()
    assert {name for (name,) in checks} == set(locked)


def test_a_process_with_more_power_than_it_needs_is_found(ledger: Ledger, postgres: PostgresServer) -> None:
    assert {role: excess(dsn) for role, dsn in ledger.dsns.items()} == dict.fromkeys(DatabaseRole)
    assert excess(ledger.owner) == "owns tables"
    assert excess(postgres.dsn("postgres")) == "is a superuser"


def a_person(**changes: Any) -> PersonV1:
    return PersonV1.model_validate_json(json.dumps({"person_id": "SYN-HIRED", "roles": ["nurse"]} | changes))


async def test_the_staff_list_changes_only_with_its_entry_of_the_trail(ledger: Ledger) -> None:
    engine = create_engine(ledger.dsns[DatabaseRole.STAFFING], pool_size=1)
    try:
        assert await Staff(engine).put([a_person()], "SYN-BOSS", "supervisor", AT) == 1
        forged = a_person(version=2, roles=["physician"])
        with pytest.raises(IntegrityError, match="only with an entry of the audit trail"):
            async with engine.begin() as connection:
                await write_people(connection, [forged])
        async with engine.connect() as connection:
            kept = await find_person(connection, "SYN-HIRED")
        assert kept is not None
        assert [role.value for role in kept.roles] == ["nurse"]
        assert await Staff(engine).put([forged], "SYN-BOSS", "supervisor", AT) == 1
    finally:
        await engine.dispose()


@pytest.mark.parametrize("role", sorted(set(DatabaseRole) - RUNS["change_people"]))
async def test_only_the_command_for_it_may_change_the_staff_list_alone(ledger: Ledger, role: DatabaseRole) -> None:
    engine = create_engine(ledger.dsns[role], pool_size=1)
    try:
        with pytest.raises(ProgrammingError, match="permission denied for function change_people"):
            await Staff(engine).put([a_person()], "SYN-BOSS", "supervisor", AT)
    finally:
        await engine.dispose()


def test_even_the_owner_changes_no_person_without_the_trail(ledger: Ledger) -> None:
    with psycopg.connect(ledger.owner) as connection:
        connection.execute(
            """INSERT INTO people (person_id, roles, licences, conflicts, active, version)
               VALUES ('SYN-FORGED', '["physician"]', '[]', '[]', true, 1)"""
        )
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="audit trail"):
            connection.commit()


def test_a_ledger_that_one_role_owned_is_handed_to_the_owner_with_everything_in_it(postgres: PostgresServer) -> None:
    administrator = postgres.migrated_database()
    database = str(make_url(administrator).database)
    with psycopg.connect(administrator, autocommit=True) as connection:
        connection.execute(HAND_OVER.replace(OWNER, "postgres").encode())
        connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO postgres").format(sql.Identifier(database)))
        owners = "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        assert connection.execute(owners).fetchall() == [("postgres",)]
        provision(postgres.dsn("postgres"), postgres.passwords, database)
        assert connection.execute(owners).fetchall() == [(OWNER,)]
    migrate(postgres.as_role(administrator, OWNER))
    assert excess(postgres.as_role(administrator, DatabaseRole.WORKER.database_name)) is None
