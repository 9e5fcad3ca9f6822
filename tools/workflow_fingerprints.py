"""The ordered commands of each workflow class, read from its source, for tests/replay/fingerprints.json.

Histories show what was run; a fingerprint shows what may be run, paths without a history included. The
extractor reads the workflow's class and the functions of workflows/ it calls, in source order; no code is
run. Usage: python -m tools.workflow_fingerprints (writes the file; read the test's message before you do).
"""

from __future__ import annotations

import ast
import inspect
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from workflows import paced, steps
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


_Function = ast.FunctionDef | ast.AsyncFunctionDef


def fingerprints() -> dict[str, list[str]]:
    """Return each registered workflow's commands, by registered name."""
    return {registered_name(workflow): fingerprint(workflow) for workflow in WORKFLOWS}


def fingerprint(workflow: type[Any]) -> list[str]:
    """Return one workflow class's commands by entry point, with called functions expanded in place."""
    methods = _functions(ast.parse(inspect.getsource(workflow)))
    known = _functions(ast.parse(inspect.getsource(steps))) | _functions(ast.parse(inspect.getsource(paced))) | methods
    entries = [method for method in methods.values() if method.decorator_list]
    return [f"{entry.name}: {line}" for entry in entries for line in _lines(entry, known)]


def registered_name(workflow: type[Any]) -> str:
    """Return the name a workflow class is registered under; the SDK offers no public way to ask."""
    definition = getattr(workflow, "__temporal_workflow_definition")
    return str(definition.name)


def _functions(tree: ast.AST) -> dict[str, _Function]:
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return {node.name: node for node in nodes}


def _lines(function: _Function, known: dict[str, _Function]) -> Iterator[str]:
    rest = {name: node for name, node in known.items() if name != function.name}
    for node in _in_source_order(function):
        if isinstance(node, ast.Call):
            name = _called(node)
            if name in rest:
                yield from (f"{name}: {line}" for line in _lines(rest[name], rest))
            elif name in _COMMANDS:
                yield name
        elif isinstance(node.value, ast.Name) and node.value.id.endswith("Activities"):
            yield f"{node.value.id}.{node.attr}"


def _in_source_order(function: _Function) -> list[ast.Call | ast.Attribute]:
    inside = (node for statement in function.body for node in ast.walk(statement))
    nodes = [node for node in inside if isinstance(node, ast.Call | ast.Attribute)]
    return sorted(nodes, key=lambda node: (node.lineno, node.col_offset, isinstance(node, ast.Attribute)))


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


if __name__ == "__main__":
    FINGERPRINTS.write_text(json.dumps(fingerprints(), indent=2) + "\n")
    sys.stdout.write(f"{FINGERPRINTS.name} written\n")
