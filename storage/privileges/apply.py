"""Gives each role exactly what grants.py names, on the connection of the migration and in its transaction."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, text

from storage.privileges.errors import PrivilegesError
from storage.privileges.grants import READS, RUNS, WRITES, May
from storage.privileges.roles import ALL_ROLES, DatabaseRole

_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
_ROLES = "SELECT rolname FROM pg_roles WHERE rolname = ANY(:roles)"
_FUNCTIONS = """
    SELECT p.oid::regprocedure::text AS signature, p.proname AS name, p.prosecdef AS as_owner
    FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prorettype <> 'trigger'::regtype
"""


def refuse_superuser(connection: Connection) -> None:
    """Raise where a superuser migrates: its functions would run with every right there is."""
    if connection.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")):
        raise PrivilegesError(
            "a superuser may not run migrations: tables and functions would belong to it. "
            "Set CLAIMWRIGHT_POSTGRES_OWNER_DSN to the role claimwright_owner (docs/operations/database-roles.md)."
        )


def apply_grants(connection: Connection) -> None:
    """Take every privilege from the roles, then give what grants.py names. Raises PrivilegesError."""
    missing = set(ALL_ROLES) - set(connection.scalars(text(_ROLES), {"roles": list(ALL_ROLES)}))
    if missing:
        raise PrivilegesError(
            f"these database roles do not exist: {', '.join(sorted(missing))}. "
            "Have an administrator run what `claimwright database roles` prints, then migrate again."
        )
    tables = set(connection.scalars(text(_TABLES)))
    unnamed = tables - set(WRITES)
    if unnamed:
        raise PrivilegesError(
            f"storage/privileges/grants.py does not name {', '.join(sorted(unnamed))}. "
            "Add each table with the roles that write it, and to docs/tables.md."
        )
    for statement in (*_nothing(connection), *_reads(), *_writes(), *_functions(connection)):
        connection.execute(text(statement))


def _nothing(connection: Connection) -> Iterator[str]:
    everyone = ", ".join(["PUBLIC", *(role.database_name for role in DatabaseRole)])
    database = connection.scalar(text("SELECT quote_ident(current_database())"))
    for kind in ("TABLES", "SEQUENCES", "FUNCTIONS"):
        yield f"REVOKE ALL ON ALL {kind} IN SCHEMA public FROM {everyone}"
    yield f"REVOKE ALL ON SCHEMA public FROM {everyone}"
    yield f"REVOKE ALL ON DATABASE {database} FROM {everyone}"
    named = ", ".join(role.database_name for role in DatabaseRole)
    yield f"GRANT CONNECT ON DATABASE {database} TO {named}"
    yield f"GRANT USAGE ON SCHEMA public TO {named}"


def _reads() -> Iterator[str]:
    for role, tables in READS.items():
        yield f"GRANT SELECT ON {', '.join(sorted(tables))} TO {role.database_name}"


def _writes() -> Iterator[str]:
    for table, roles in WRITES.items():
        for role, may in roles.items():
            yield f"GRANT {', '.join(_privileges(may))} ON {table} TO {role.database_name}"


def _privileges(may: May) -> Iterator[str]:
    if isinstance(may.insert, tuple):
        yield f"INSERT ({', '.join(may.insert)})"
    elif may.insert:
        yield "INSERT"
    if may.update:
        yield f"UPDATE ({', '.join(may.update)})"
    if may.delete:
        yield "DELETE"


def _functions(connection: Connection) -> Iterator[str]:
    """Grant functions that act as their caller to every role, and those that act as the owner to the roles in grants.py."""
    for signature, name, as_owner in connection.execute(text(_FUNCTIONS)).all():
        if as_owner and name not in RUNS:
            raise PrivilegesError(f"storage/privileges/grants.py does not name who may run {name}; add it to RUNS.")
        roles = RUNS[name] if as_owner else DatabaseRole
        yield f"GRANT EXECUTE ON FUNCTION {signature} TO {', '.join(role.database_name for role in roles)}"
