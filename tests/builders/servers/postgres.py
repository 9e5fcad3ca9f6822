"""One real PostgreSQL for a test session, and databases copied from a migrated template.

The server is the one `claimwright up` starts, in a separate folder; no test shares a server with a person.
"""

from __future__ import annotations

import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from deploy.local.stack import LocalStack
from runtime.addresses import choose_ports
from runtime.database_access import load_passwords
from storage.migrate import migrate
from storage.privileges.roles import OWNER

_TEMPLATE = "migrated"


# Deletes every row of every table. Replica mode switches the triggers off, because the audit trail refuses to be emptied.
# Most tables are empty already, and DELETE of nothing costs a tenth of TRUNCATE, which makes new files per table.
_EMPTY = """
    SET session_replication_role = replica;
    DO $$ DECLARE held text; BEGIN
        FOR held IN SELECT quote_ident(tablename) FROM pg_tables
                    WHERE schemaname = 'public' AND tablename NOT LIKE 'alembic%' LOOP
            EXECUTE 'DELETE FROM ' || held;
        END LOOP;
        PERFORM setval(format('%I.%I', schemaname, sequencename), start_value, false)
        FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL;
    END $$;
"""


_OPEN: Final[dict[str, psycopg.Connection]] = {}


def empty(dsn: str) -> None:
    """Delete every row of a migrated database and start its sequences again.

    The connection stays open: a new one first reads what it must know of 90 tables, which costs seven times the deletes.
    """
    try:
        _emptying(dsn).execute(_EMPTY)
    except psycopg.OperationalError:  # a test ended it, or its server
        _OPEN.pop(dsn).close()
        _emptying(dsn).execute(_EMPTY)


def _emptying(dsn: str) -> psycopg.Connection:
    if dsn not in _OPEN:
        _OPEN[dsn] = psycopg.connect(dsn, autocommit=True)
    return _OPEN[dsn]


class PostgresServer:
    """A running server: makes and drops databases."""

    def __init__(self, dsn: str, passwords: Mapping[str, str]) -> None:
        """Take the administrator's DSN and the passwords of the product's roles."""
        self._dsn, self.passwords = dsn, passwords
        self._made = 0

    def dsn(self, database: str) -> str:
        return make_url(self._dsn).set(database=database).render_as_string(hide_password=False)

    def empty_database(self) -> str:
        """Create a database without tables; return its owner's DSN."""
        return self.as_role(self._create(None), OWNER)

    def migrated_database(self) -> str:
        """Create a database on the current schema, copied rather than migrated again; return the administrator's DSN."""
        return self._create(_TEMPLATE)

    def as_role(self, dsn: str, role: str) -> str:
        """Return the DSN by which a role connects to a database of this server."""
        changed = make_url(dsn).set(username=role, password=self.passwords[role])
        return changed.render_as_string(hide_password=False)

    def forget_power_cuts(self) -> None:
        """Do not wait for the disk: no test pulls this machine's plug, and nothing here outlives the session."""
        for waits in ("fsync", "full_page_writes", "synchronous_commit"):
            self._execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(waits)))
        self._execute(sql.SQL("SELECT pg_reload_conf()"))

    def prepare_template(self) -> None:
        """Migrate once; the copies are made from it."""
        self._execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(_TEMPLATE), sql.Identifier(OWNER)))
        migrate(self.as_role(self.dsn(_TEMPLATE), OWNER))

    def copied_database(self, dsn: str) -> str:
        """Copy a database that nothing is connected to, as a backup of that moment; return the DSN of the copy."""
        return self._create(make_url(dsn).database)

    def _create(self, template: str | None) -> str:
        self._made += 1
        name = f"test_{self._made}"
        source = sql.Identifier(template or "template0")
        statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}")
        self._execute(statement.format(sql.Identifier(name), sql.Identifier(OWNER), source))
        return self.dsn(name)

    def _execute(self, statement: sql.Composed | sql.SQL) -> None:
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Start a server with a migrated template; stop it and delete its data at the end."""
    folder = Path(tempfile.mkdtemp(prefix="claimwright-postgres-"))
    stack = LocalStack(folder)
    try:
        stack.up(_quiet, only={"postgres"})
        administrator = choose_ports(folder).administrator_dsn("claimwright")
        server = PostgresServer(administrator, load_passwords(folder))
        server.forget_power_cuts()
        server.prepare_template()
        yield server
    finally:
        # An immediate shutdown: nothing of it is kept, so nothing needs to be written first.
        stack.process("postgres").stop(sign=signal.SIGQUIT)
        shutil.rmtree(folder, ignore_errors=True)


def _quiet(_name: str, _what: str) -> None:
    """Say nothing: a test session needs no progress report."""
