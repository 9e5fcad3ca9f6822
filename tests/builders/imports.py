"""Which modules of the product a module imports, directly or through others."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@cache
def imports_of(entry: str) -> frozenset[str]:
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
