"""Creates the database roles and hands the ledger to its owner. Only an administrator of the server can do this."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from storage.privileges.roles import ALL_ROLES, OWNER

_ATTRIBUTES: Final = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOREPLICATION NOBYPASSRLS"
# A ledger of an earlier version belongs to the role that all processes shared.
HAND_OVER: Final = f"""
DO $$ DECLARE each record; BEGIN
    FOR each IN SELECT format('%I.%I', n.nspname, c.relname) AS name,
                       CASE c.relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END AS kind
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'S')
                  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'i')
                  AND pg_get_userbyid(c.relowner) <> '{OWNER}' ORDER BY c.relkind LOOP
        EXECUTE format('ALTER %s %s OWNER TO {OWNER}', each.kind, each.name);
    END LOOP;
    FOR each IN SELECT oid::regprocedure::text AS name FROM pg_proc
                WHERE pronamespace = 'public'::regnamespace AND pg_get_userbyid(proowner) <> '{OWNER}' LOOP
        EXECUTE format('ALTER FUNCTION %s OWNER TO {OWNER}', each.name);
    END LOOP;
END $$;
"""


def printed() -> Iterator[str]:
    """Yield the statements for an administrator, without passwords: set those with `\\password` or the service's own tool."""
    for role in ALL_ROLES:
        yield f"CREATE ROLE {role} {_ATTRIBUTES};"
        yield f"ALTER ROLE {role} SET timezone = 'UTC';"
    yield f"CREATE DATABASE claimwright OWNER {OWNER};"
    yield f"-- For a ledger of an earlier version: ALTER DATABASE claimwright OWNER TO {OWNER}; then, in that database:"
    yield "\n".join(f"-- {line}" for line in HAND_OVER.strip().splitlines())


def provision(administrator_dsn: str, passwords: Mapping[str, str], database: str = "claimwright") -> None:
    """Create roles and database where they are missing, set the passwords, and hand over tables that another role owns."""
    with psycopg.connect(administrator_dsn, autocommit=True) as connection:
        known = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles").fetchall()}
        for role in ALL_ROLES:
            verb = sql.SQL("ALTER") if role in known else sql.SQL("CREATE")
            # Hashed here: the server's log may quote a statement.
            hashed = connection.pgconn.encrypt_password(passwords[role].encode(), role.encode(), b"scram-sha-256")
            statement = sql.SQL("{} ROLE {} {} PASSWORD {}")
            attributes = sql.SQL(_ATTRIBUTES)
            connection.execute(statement.format(verb, sql.Identifier(role), attributes, hashed.decode()))
        name, owner = sql.Identifier(database), sql.Identifier(OWNER)
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,)).fetchone()
        order = "CREATE DATABASE {} OWNER {}" if found is None else "ALTER DATABASE {} OWNER TO {}"
        connection.execute(sql.SQL(order).format(name, owner))
    inside = make_url(administrator_dsn).set(database=database).render_as_string(hide_password=False)
    with psycopg.connect(inside, autocommit=True) as connection:
        connection.execute(HAND_OVER)
