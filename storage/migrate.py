"""Bring a database to the current schema. Safe to run from several processes at once, and while others are at work.

A change of a table waits for the transactions that use it, and all that come later wait behind the change. So it waits
for a short time only, and is retried: running processes never wait longer than that time.
"""

from __future__ import annotations

import time
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from storage.engine import DRIVER
from storage.privileges.apply import apply_grants, refuse_superuser

_LOCK = 611_091_203
_MOMENT_MS = 3000
"""The time that one statement may wait for the transactions before it."""
_MAX_WAIT_SECONDS = 300.0
_PAUSE_SECONDS = 2.0


def migrate(dsn: str, revision: str = "head", *, down: bool = False) -> None:
    """Upgrade, or with `down` downgrade, under a lock that makes concurrent callers wait.

    Raises sqlalchemy.exc.OperationalError when some transaction holds a table for minutes; nothing has changed then.
    """
    # No prepared statements: through a transaction pooler they would outlive this session.
    url, options = make_url(dsn).set(drivername=DRIVER), {"prepare_threshold": None}
    engine = create_engine(url, hide_parameters=True, connect_args=options)
    begin = time.monotonic()
    try:
        while True:
            try:
                with engine.begin() as connection:
                    _change(connection, revision, down=down)
            except OperationalError as error:
                if not isinstance(error.orig, LockNotAvailable) or time.monotonic() - begin > _MAX_WAIT_SECONDS:
                    raise
                time.sleep(_PAUSE_SECONDS)
            else:
                return
    finally:
        engine.dispose()


def _change(connection: Connection, revision: str, *, down: bool) -> None:
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    connection.execute(text(f"SET LOCAL lock_timeout = {_MOMENT_MS}"))
    config = _configuration()
    config.attributes["connection"] = connection
    if down:
        command.downgrade(config, revision)
        return
    refuse_superuser(connection)
    command.upgrade(config, revision)
    if revision == "head":
        apply_grants(connection)


def behind(dsn: str) -> int:
    """Return how many migrations a database lacks. Raises psycopg.Error."""
    revisions = [script.revision for script in ScriptDirectory.from_config(_configuration()).walk_revisions()]
    with psycopg.connect(
        make_url(dsn).set(drivername="postgresql").render_as_string(hide_password=False)
    ) as connection:
        known = connection.execute("SELECT to_regclass('alembic_version') IS NOT NULL").fetchone()
        if not known or not known[0]:
            return len(revisions)
        current = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return revisions.index(current[0]) if current and current[0] in revisions else 0 if current else len(revisions)


def _configuration() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
