"""Checks the size limits of docs/architecture.md: 400 lines per file (tests 500), 50 per function, 25 modules per folder."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

FILE_LIMIT, TEST_LIMIT, FUNCTION_LIMIT, FOLDER_LIMIT = 400, 500, 50, 25
GROWS = Path("storage/migrations/versions")
"""A folder with one module per change of the schema: it is read by number, not by subject."""


def main() -> int:
    """Print every offender and return 1 if there is one."""
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        capture_output=True,
        text=True,
        check=True,
    )
    modules = [Path(name) for name in tracked.stdout.split() if Path(name).exists()]
    offenders = [text for module in modules for text in _offences(module)] + _full_folders(modules)
    sys.stderr.writelines(f"{text}\n" for text in offenders)
    if offenders:
        sys.stderr.write("Split by responsibility: a reader should hold a module in their head.\n")
    return 1 if offenders else 0


def _full_folders(modules: list[Path]) -> list[str]:
    counts = Counter(module.parent for module in modules if module.name != "__init__.py" and module.parent != GROWS)
    return [
        f"{folder}: {count} modules, limit {FOLDER_LIMIT}" for folder, count in counts.items() if count > FOLDER_LIMIT
    ]


def _offences(path: Path) -> list[str]:
    source = path.read_text()
    limit = TEST_LIMIT if path.parts[0] == "tests" else FILE_LIMIT
    lines = source.count("\n")
    found = [f"{path}: {lines} lines, limit {limit}"] if lines > limit else []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LIMIT:
                found.append(f"{path}:{node.lineno}: {node.name} has {length} lines, limit {FUNCTION_LIMIT}")
    return found


if __name__ == "__main__":
    raise SystemExit(main())
