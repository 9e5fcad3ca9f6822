"""Size limits of docs/architecture.md: a file over 400 lines (tests 500) or a function over 50 fails the check."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

FILE_LIMIT, TEST_LIMIT, FUNCTION_LIMIT = 400, 500, 50


def main() -> int:
    """Print every offender and return 1 if there is one."""
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        capture_output=True,
        text=True,
        check=True,
    )
    offenders = [text for name in tracked.stdout.split() if Path(name).exists() for text in _offences(Path(name))]
    sys.stderr.writelines(f"{text}\n" for text in offenders)
    if offenders:
        sys.stderr.write("Split by responsibility: a reader should hold a module in their head.\n")
    return 1 if offenders else 0


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
