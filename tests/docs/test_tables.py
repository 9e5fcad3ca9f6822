"""docs/tables.md names the writers of every table; the statements in the code are the truth it is compared with."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WRITES = re.compile(r"\b(?:INSERT INTO|(?<!FOR )UPDATE|DELETE FROM)\s+(?!SET\b|OF\b|SKIP\b|NOWAIT\b)([a-z_]+)")
PRODUCT = ("storage", "activities", "workflows", "streams", "console", "letters", "runtime", "cli", "rulebook", "deploy")
ENTRIES = {
    "intake": "runtime/processes/edge_services.py",
    "streams": "runtime/processes/edge_services.py",
    "publisher": "runtime/processes/edge_services.py",
    "worker": "runtime/processes/worker_service.py",
    "reconciler": "runtime/reconciliation/service.py",
    "console": "runtime/console/service.py",
    "recovery": "cli/commands/recovery.py",
    "command line": "cli/commands/people.py",
}


def _rows() -> list[tuple[list[str], list[str], list[str]]]:
    """Return (tables, modules, processes) of each row of the page."""
    rows = []
    for line in (ROOT / "docs" / "tables.md").read_text().splitlines():
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
    reached = _imports(ENTRIES[process])
    named = [(modules, processes) for _, modules, processes in _rows() if process in processes]
    assert named
    for modules, _ in named:
        assert any(f"storage/{module}" in reached for module in modules), f"{process} imports none of {modules}"


def test_every_process_of_the_page_is_known() -> None:
    assert {process for _, _, processes in _rows() for process in processes} == set(ENTRIES)


@cache
def _imports(entry: str) -> frozenset[str]:
    """Return every product module that one module imports, directly or through others."""
    seen: set[str] = set()
    waiting = [entry]
    while waiting:
        name = waiting.pop()
        if name in seen or not (ROOT / name).is_file():
            continue
        seen.add(name)
        for node in ast.walk(ast.parse((ROOT / name).read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                base = node.module.replace(".", "/")
                waiting += [f"{base}.py", *(f"{base}/{alias.name}.py" for alias in node.names)]
            elif isinstance(node, ast.Import):
                waiting += [f"{alias.name.replace('.', '/')}.py" for alias in node.names]
    return frozenset(seen)
