from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import run

import psycopg
import pytest
from sqlalchemy import make_url

from deploy.local.postgres import program
from storage.migrate import migrate
from storage.migrations import versions
from storage.privileges.roles import OWNER
from tests.builders.servers.postgres import PostgresServer

pytestmark = pytest.mark.servers

SCHEMA = """
    SELECT relname, conname, pg_get_constraintdef(c.oid) FROM pg_constraint c JOIN pg_class t ON t.oid = conrelid
    WHERE t.relnamespace = 'public'::regnamespace
    UNION ALL SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2, 3
"""
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"


def _read(dsn: str, query: str) -> list[tuple[str, ...]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(query).fetchall()


def test_migrations_go_up_down_and_up_again(postgres: PostgresServer) -> None:
    dsn = postgres.empty_database()
    migrate(dsn)
    first = _read(dsn, SCHEMA)
    assert first
    migrate(dsn, "base", down=True)
    assert _read(dsn, TABLES) == []
    migrate(dsn)
    assert _read(dsn, SCHEMA) == first


def test_migrating_a_current_database_changes_nothing(postgres: PostgresServer) -> None:
    dsn = postgres.as_role(postgres.migrated_database(), OWNER)
    before = _read(dsn, SCHEMA)
    migrate(dsn)
    assert _read(dsn, SCHEMA) == before


def test_a_dump_of_the_ledger_can_be_restored(postgres: PostgresServer, tmp_path: Path) -> None:
    dsn, restored, dump = postgres.migrated_database(), postgres.empty_database(), tmp_path / "ledger.dump"
    run([program("pg_dump"), "--format=custom", f"--file={dump}", f"--dbname={dsn}"], check=True)
    run([program("pg_restore"), "--exit-on-error", f"--dbname={restored}", str(dump)], check=True)
    assert _read(restored, SCHEMA) == _read(dsn, SCHEMA)


def _newest() -> str:
    """The one migration that no other follows; numbers are given before it is known which lands first."""
    paths = Path(versions.__file__).parent.glob("m*.py")
    texts = {path.stem[1:5]: path.read_text() for path in paths}
    [newest] = [each for each in texts if not any(f'down_revision = "{each}"' in text for text in texts.values())]
    return newest


def test_processes_that_migrate_at_once_wait_for_each_other(postgres: PostgresServer) -> None:
    dsn = postgres.empty_database()
    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(migrate, dsn) for _ in range(3)]:
            done.result()
    assert _read(dsn, "SELECT version_num FROM alembic_version") == [(_newest(),)]


def test_reopenings_of_the_version_before_keep_their_closings_and_may_be_corrected_now(
    postgres: PostgresServer,
) -> None:
    """A closing by a person needs one still; what the worker closes needs none."""
    dsn = postgres.empty_database()
    administrator = postgres.dsn(make_url(dsn).database or "")
    migrate(dsn, "0046")
    closed = (
        "INSERT INTO reopenings_closed (claim_id, reason, cause, outcome, rationale, closed_by, closed_at) VALUES "
        "('6f1f3a0e-52a3-5d0b-9c5f-0c1a0b6d9e11', 'late-document', {cause}, '{outcome}', 'It says nothing that is new.', "
        "{by}, now())"
    )
    with psycopg.connect(administrator, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(closed.format(cause="'D-1'", outcome="left-as-is", by="'SYN-EXAMINER'"))
    migrate(dsn)
    with psycopg.connect(administrator, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(closed.format(cause="'D-2'", outcome="corrected", by="NULL"))
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute(closed.format(cause="'D-3'", outcome="left-as-is", by="NULL"))
    query = "SELECT cause, outcome, closed_by FROM reopenings_closed ORDER BY cause"
    assert _read(dsn, query) == [("D-1", "left-as-is", "SYN-EXAMINER"), ("D-2", "corrected", None)]
