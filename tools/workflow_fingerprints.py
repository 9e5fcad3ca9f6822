"""The ordered commands of each workflow class, read from its source, for tests/replay/fingerprints.json.

Histories show what was run; a fingerprint shows what may be run, paths without a history included. The extractor
reads the workflow's class and the functions of workflows/ it calls, in source order; no code is run.
Usage: python -m tools.workflow_fingerprints (writes the file; read the test's message before you do).
"""

from __future__ import annotations

import ast
import inspect
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from workflows import steps
from workflows.registry import WORKFLOWS

FINGERPRINTS: Final = Path(__file__).parent.parent / "tests" / "replay" / "fingerprints.json"

_COMMANDS: Final = frozenset(
    {
        "continue_as_new",
        "deprecate_patch",
        "execute_activity",
        "execute_activity_method",
        "execute_child_workflow",
        "execute_local_activity",
        "execute_local_activity_method",
        "gather",
        "get_external_workflow_handle",
        "is_continue_as_new_suggested",
        "patched",
        "signal",
        "sleep",
        "start_activity",
        "start_child_workflow",
        "start_local_activity",
        "upsert_memo",
        "upsert_search_attributes",
        "wait_condition",
    }
)
"""Calls that issue a command, or that decide which command comes next."""


def fingerprints() -> dict[str, list[str]]:
    """Return each registered workflow's commands, by registered name."""
    return {_registered_name(workflow): fingerprint(workflow) for workflow in WORKFLOWS}


def fingerprint(workflow: type[Any]) -> list[str]:
    """Return one workflow class's commands in source order, those of the shared steps in place."""
    shared = {node.name: node for node in _functions(ast.parse(inspect.getsource(steps)))}
    tree = ast.parse(inspect.getsource(workflow))
    return [
        f"{function.name}: {line}"
        for function in _functions(tree)
        for line in _lines(function, shared)
        if not function.name.startswith("__")
    ]


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def _lines(
    function: ast.FunctionDef | ast.AsyncFunctionDef,
    shared: dict[str, ast.FunctionDef | ast.AsyncFunctionDef],
) -> Iterator[str]:
    for node in _in_source_order(function):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id.endswith("Activities"):
                yield f"{node.value.id}.{node.attr}"
        elif isinstance(node, ast.Call):
            name = _called(node)
            if name in shared:
                yield from (f"{name}: {line}" for line in _lines(shared[name], shared))
            elif name in _COMMANDS:
                yield name


def _in_source_order(function: ast.AST) -> list[ast.AST]:
    nodes = [node for node in ast.walk(function) if isinstance(node, ast.Call | ast.Attribute)]
    return sorted(nodes, key=lambda node: (node.lineno, node.col_offset, isinstance(node, ast.Attribute)))


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _registered_name(workflow: type[Any]) -> str:
    return str(workflow.__temporal_workflow_definition.name)


if __name__ == "__main__":
    FINGERPRINTS.write_text(json.dumps(fingerprints(), indent=2) + "\n")
    sys.stdout.write(f"{FINGERPRINTS.name} written\n")
