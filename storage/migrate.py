"""Bring a database to the current schema. Safe to run from several processes at once."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, make_url, text

from storage.engine import DRIVER
from storage.privileges.apply import apply_grants, refuse_superuser

_LOCK = 611_091_203


def migrate(dsn: str, revision: str = "head", *, down: bool = False) -> None:
    """Upgrade, or with `down` downgrade, under a lock that makes concurrent callers wait."""
    # Nothing prepared: through a pooler of transactions it would outlive this session.
    url, options = make_url(dsn).set(drivername=DRIVER), {"prepare_threshold": None}
    engine = create_engine(url, hide_parameters=True, connect_args=options)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            config.attributes["connection"] = connection
            if down:
                command.downgrade(config, revision)
            else:
                refuse_superuser(connection)
                command.upgrade(config, revision)
                if revision == "head":
                    apply_grants(connection)
    finally:
        engine.dispose()
