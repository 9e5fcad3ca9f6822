"""A PostgreSQL server on loopback TCP with a password, durable on its own folder.

PostgreSQL refuses to run as root; when root starts the stack, it runs as a separate system user.
"""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import tempfile
import warnings
from pathlib import Path
from typing import Any

import psycopg

from deploy.local.private import allow_passage, private_folder
from deploy.local.processes import Command, Report
from runtime.addresses import Ports
from runtime.database_access import keep_passwords
from runtime.errors import StackError
from storage.privileges.provision import provision

SYSTEM_USER = "embedded_postgres"
OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "wal_compression": "pglz",
    "random_page_cost": "1.1",
    "jit": "off",
    "log_min_messages": "warning",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_min_error_statement": "panic",  # a failed statement's text may quote member data
}


def command(state_dir: Path, ports: Ports, report: Report) -> Command:
    """Initialise the cluster the first time, and return how to start the server, which does not run."""
    user = system_user()
    data = state_dir / "postgres"
    if user is not None:
        allow_passage(data)
    if not (data / "PG_VERSION").exists():
        report("postgres", "initialising the database cluster")
        _initialise(data, ports, user)
    (data / "postmaster.pid").unlink(missing_ok=True)  # left by a killed server; the caller has checked that none runs
    options = [part for name, value in OPTIONS.items() for part in ("-c", f"{name}={value}")]
    arguments = [_binary("postgres"), "-D", str(data), "-p", str(ports.postgres), "-k", "", *options]
    return Command(arguments, user=user)


def _binary(name: str) -> str:
    return str(_package("_commands").POSTGRES_BIN_PATH / name)


def _package(module: str) -> Any:
    """Import a module of the server's package; slow, needed only to start, and it warns about a folder it never uses."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module(f"embedded_postgres.{module}")


def system_user() -> str | None:
    """Return the user to run as, or None for the current one; create it and give it access to the path as root."""
    if os.geteuid() != 0:
        return None
    utils = _package("utils")
    utils.ensure_user_exists(SYSTEM_USER)
    programs = Path(_binary("postgres")).parent
    allow_passage(programs)
    utils.ensure_folder_permissions(programs, 0o055)
    utils.ensure_folder_permissions(programs.parent / "lib", 0o044)
    return SYSTEM_USER


def _initialise(data: Path, ports: Ports, user: str | None) -> None:
    private_folder(data)
    if user is not None:
        shutil.chown(data, user, user)
    with tempfile.NamedTemporaryFile("w", prefix="pw", delete=False) as secret:
        secret.write(ports.postgres_password)
    try:
        if user is not None:
            shutil.chown(secret.name, user, user)
        done = subprocess.run(
            [_binary("initdb"), "-D", str(data), "-U", "postgres", "--encoding=UTF8", "--locale=C.UTF-8",
             "--auth=scram-sha-256", f"--pwfile={secret.name}"],
            capture_output=True, text=True, check=False, user=user, cwd="/",
        )  # fmt: skip
    finally:
        Path(secret.name).unlink()
    if done.returncode != 0:
        raise StackError(f"PostgreSQL could not initialise {data}: {done.stderr.strip()[-400:]}")


def answers(ports: Ports) -> bool:
    """Return whether the server accepts connections."""
    try:
        with psycopg.connect(ports.administrator_dsn(), connect_timeout=3):
            return True
    except psycopg.OperationalError:
        return False


def create_database(state_dir: Path, ports: Ports) -> None:
    """Create the roles and the database unless they are there, and hand a ledger of an earlier version to its owner."""
    provision(ports.administrator_dsn(), keep_passwords(state_dir))


def program(name: str) -> str:
    """Return the path of a program of the server's package, such as pg_dump."""
    return _binary(name)
