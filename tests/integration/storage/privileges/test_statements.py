"""Every statement of the product may be run by a process that has it: PostgreSQL checks privileges when it explains one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest
from psycopg import ClientCursor
from sqlalchemy import TextClause, text
from sqlalchemy.dialects.postgresql.psycopg import dialect

from storage.privileges.roles import DatabaseRole
from tests.builders.imports import imports_of
from tests.builders.servers.postgres import PostgresServer

pytestmark = pytest.mark.servers
ROOT = Path(__file__).parents[4]
ENTRIES: Mapping[DatabaseRole, tuple[str, ...]] = {
    DatabaseRole.INTAKE: ("runtime/processes/edge_services.py",),
    DatabaseRole.STREAMS: ("runtime/processes/edge_services.py",),
    DatabaseRole.PUBLISHER: ("runtime/processes/edge_services.py",),
    DatabaseRole.WORKER: ("runtime/processes/worker_service.py",),
    DatabaseRole.RECONCILER: ("runtime/reconciliation/service.py",),
    DatabaseRole.CONSOLE: ("runtime/console/service.py",),
    DatabaseRole.IDENTITY: ("deploy/local/identity/service.py",),
    DatabaseRole.STAFFING: ("cli/people/commands.py", "cli/policy/authoring.py"),
    DatabaseRole.READER: tuple(
        f"cli/{name}.py"
        for name in (
            "people/audit",
            "operations/servers",
            "claims/commands",
            "letters/letter",
            "letters/appeal_letters",
            "policy/recorded_claims",
        )
    ),
}
"""The modules that each role's process begins with."""

BY_THE_OWNER = {"storage/recovery/published.py"}
"""Modules some of whose statements only `claimwright recover` runs, which connects as the owner."""

WRITES_TOO = re.compile(r"FOR (NO KEY )?UPDATE|change_people")
DIALECT: Any = cast("Any", dialect)()
EXPLAINED = re.compile(r"\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\b")


def statements(module: str) -> Iterator[str]:
    """The SQL of one module: what it keeps by name, and what its functions spell out."""
    loaded = import_module(module.removesuffix(".py").replace("/", "."))
    for value in vars(loaded).values():
        for each in value.values() if isinstance(value, dict) else (value,):
            if isinstance(each, TextClause):
                yield str(each.compile(dialect=DIALECT))
            elif isinstance(each, str) and value is not each and EXPLAINED.match(each):
                yield str(text(each).compile(dialect=DIALECT))
    for node in ast.walk(ast.parse((ROOT / module).read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "text":
            (argument,) = node.args
            if isinstance(argument, ast.Constant):
                yield str(text(str(argument.value)).compile(dialect=DIALECT))


def explain(connection: psycopg.Connection, statement: str) -> str | None:
    """Have a statement explained with empty parameters; return what stood against it."""
    names = dict.fromkeys(re.findall(r"%\((\w+)\)s", statement))
    try:
        with connection.transaction(force_rollback=True), ClientCursor(connection) as cursor:
            cursor.execute(b"EXPLAIN " + statement.encode(), names or None)
    except psycopg.Error as error:
        return f"{type(error).__name__}: {error.diag.message_primary}"
    return None


@pytest.fixture(scope="module")
def connections(postgres: PostgresServer) -> Iterator[Mapping[DatabaseRole, psycopg.Connection]]:
    dsn = postgres.migrated_database()
    opened = {role: psycopg.connect(postgres.as_role(dsn, role.database_name)) for role in DatabaseRole}
    yield opened
    for connection in opened.values():
        connection.close()


def test_each_statement_may_be_run_by_a_process_that_has_it(
    connections: Mapping[DatabaseRole, psycopg.Connection],
) -> None:
    reached = {role: {each for entry in ENTRIES[role] for each in imports_of(entry)} for role in DatabaseRole}
    found, wrong = 0, []
    for module in sorted({each for modules in reached.values() for each in modules if each.startswith("storage/")}):
        roles = [role for role in DatabaseRole if module in reached[role]]
        for statement in dict.fromkeys(each for each in statements(module) if EXPLAINED.match(each)):
            found += 1
            against = {role: explain(connections[role], statement) for role in roles}
            if all(against.values()) and module not in BY_THE_OWNER:
                wrong.append((module, " ".join(statement.split())[:160], against))
    assert found > 250
    assert wrong == []


def test_the_console_and_the_command_line_read_all_that_they_ask_for(
    connections: Mapping[DatabaseRole, psycopg.Connection],
) -> None:
    """Reading is not left to whichever process can: each of these may read whatever the modules that it has ask for."""
    wrong = []
    for role in (DatabaseRole.CONSOLE, DatabaseRole.WORKER, DatabaseRole.STREAMS, DatabaseRole.READER):
        reached = {each for entry in ENTRIES[role] for each in imports_of(entry) if each.startswith("storage/")}
        for module in sorted(reached - {"storage/people/sessions.py", "storage/people/sign_ins.py"}):
            for statement in dict.fromkeys(statements(module)):
                reads = statement.lstrip().startswith("SELECT") and not WRITES_TOO.search(statement)
                against = explain(connections[role], statement) if reads else None
                if against is not None:
                    wrong.append((role, module, " ".join(statement.split())[:160], against))
    assert wrong == []
