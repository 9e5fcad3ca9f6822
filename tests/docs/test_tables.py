"""docs/tables.md names the writers of every table; the statements in the code are the truth it is compared with."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from storage.privileges.grants import LOCKS, RUNS
from storage.privileges.grants import WRITES as GRANTED
from storage.privileges.roles import DatabaseRole
from tests.builders.imports import imports_of

ROOT = Path(__file__).parents[2]
WRITES = re.compile(r"\b(?:INSERT INTO|(?<!FOR )UPDATE|DELETE FROM)\s+(?!SET\b|OF\b|SKIP\b|NOWAIT\b)([a-z_]+)")
WRITING_FUNCTIONS = {"change_people": "people"}
PRODUCT = ("storage", "activities", "workflows", "streams", "console", "letters", "runtime", "cli", "rulebook", "deploy")
ENTRIES = {
    "intake": "runtime/processes/edge_services.py",
    "streams": "runtime/processes/edge_services.py",
    "publisher": "runtime/processes/edge_services.py",
    "worker": "runtime/processes/worker_service.py",
    "reconciler": "runtime/reconciliation/service.py",
    "console": "runtime/console/service.py",
    "recovery": "cli/operations/recovery.py",
    "command line": "cli/policy/authoring.py",
}


def _rows() -> list[tuple[list[str], list[str], list[str]]]:
    """Return (tables, modules, processes) of each row of the page."""
    rows = []
    page = (ROOT / "docs" / "tables.md").read_text()
    for line in page[: page.index("## What each database role may do")].splitlines():
        if line.startswith("| `"):
            tables, _, modules, processes = (cell.strip() for cell in line.strip("|").split("|"))
            rows.append((re.findall(r"`([^`]+)`", tables), re.findall(r"`([^`]+)`", modules), processes.split(", ")))
    return rows


def _written() -> dict[str, set[str]]:
    """Return the modules that write each table, from the SQL in the code."""
    found: dict[str, set[str]] = {}
    for folder in PRODUCT:
        for path in (ROOT / folder).rglob("*.py"):
            if "migrations" in path.parts:
                continue
            for table in WRITES.findall(path.read_text()):
                found.setdefault(table, set()).add(path.relative_to(ROOT).as_posix())
            for function, table in WRITING_FUNCTIONS.items():
                if f"{function}(" in path.read_text():
                    found.setdefault(table, set()).add(path.relative_to(ROOT).as_posix())
    return found


def test_only_storage_writes_tables() -> None:
    written = _written()
    assert len(written) > 40
    assert {module for modules in written.values() for module in modules if not module.startswith("storage/")} == set()


def test_the_page_lists_every_table_with_every_module_that_writes_it() -> None:
    written = {
        table: {module.removeprefix("storage/") for module in modules} for table, modules in _written().items()
    }
    for tables, modules, _ in _rows():
        one_row = {module for table in tables for module in written.get(table, set())}
        assert set(modules) == one_row, f"{tables}: the page says {modules}, the code {sorted(one_row)}"
    assert {table for tables, _, _ in _rows() for table in tables} == set(written)


def test_every_table_of_the_schema_has_a_writer() -> None:
    made = set()
    for path in (ROOT / "storage" / "migrations").rglob("*"):
        if path.suffix in (".py", ".sql"):
            made |= set(re.findall(r"CREATE TABLE (?:IF NOT EXISTS )?([a-z_]+)", path.read_text()))
    assert len(made) > 40
    assert made <= set(_written())


@pytest.mark.parametrize("process", ENTRIES)
def test_a_process_that_the_page_names_imports_the_module_that_writes(process: str) -> None:
    reached = imports_of(ENTRIES[process])
    named = [(modules, processes) for _, modules, processes in _rows() if process in processes]
    assert named
    for modules, _ in named:
        assert any(f"storage/{module}" in reached for module in modules), f"{process} imports none of {modules}"


def test_every_process_of_the_page_is_known() -> None:
    assert {process for _, _, processes in _rows() for process in processes} == set(ENTRIES)


ROLES = {"command line": DatabaseRole.STAFFING}
NOT_WRITTEN_BY_ROLES = {"people", "alembic_version"}


def test_the_role_of_each_named_process_may_write_the_table_and_no_other_role_may() -> None:
    rows = _rows()
    assert len(rows) > 30
    for tables, _, processes in rows:
        for table in set(tables) - NOT_WRITTEN_BY_ROLES:
            named = {ROLES.get(process) or DatabaseRole(process) for process in processes if process != "recovery"}
            locks = {role for role, may in GRANTED[table].items() if may == LOCKS}
            writing = set(GRANTED[table]) - locks
            assert writing <= named, f"{table}: roles {sorted(writing - named)} may write it, and the page does not say so"
        written = {role for table in tables for role in GRANTED[table]} | RUNS_BY_TABLE.get(tables[0], set())
        named = {ROLES.get(process) or DatabaseRole(process) for process in processes if process != "recovery"}
        assert named <= written, tables


def test_the_page_lists_what_each_role_may_do_to_each_table() -> None:
    page = (ROOT / "docs" / "tables.md").read_text()
    shown = set(page[page.index("## What each database role may do") :].splitlines())
    assert {_privileges_line(table) for table in GRANTED if table != "alembic_version"} - shown == set()
    assert {line.split("`")[1] for line in shown if line.startswith("| `")} == set(GRANTED) - {"alembic_version"}


RUNS_BY_TABLE = {"people": set(RUNS["change_people"])}


def _privileges_line(table: str) -> str:
    roles = GRANTED[table]
    inserts = ", ".join(_inserts(role.value, roles[role].insert) for role in sorted(roles) if roles[role].insert)
    deletes = ", ".join(role.value for role in sorted(roles) if roles[role].delete)
    changed = ((role.value, ", ".join(f"`{column}`" for column in roles[role].update)) for role in sorted(roles))
    changes = "; ".join(f"{role}: {columns}" for role, columns in changed if columns)
    return f"| `{table}` | {inserts or '-'} | {changes or '-'} | {deletes or '-'} |"


def _inserts(role: str, columns: bool | tuple[str, ...]) -> str:
    return f"{role}: {', '.join(f'`{each}`' for each in columns)}" if isinstance(columns, tuple) else role
