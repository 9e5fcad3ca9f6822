"""The list of all commands with their help, read from the source of their modules.

Importing every module takes seconds, since drivers and models are slow to import; `claimwright --help` needs one sentence of each.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import typer

from runtime.processes.services import SERVICES


def add_overview(app: typer.Typer, commands: Mapping[str, tuple[str, ...]]) -> None:
    """Add every command by name and help; none of them can run. `commands`: the names by module of cli/."""
    for module, names in commands.items():
        tree = _tree(f"cli.{module}")
        groups = _groups(tree)
        for name in names:
            if name in groups:
                app.add_typer(typer.Typer(help=groups[name]), name=name)
            else:
                app.command(name, help=process_help(name) if name in SERVICES else _function_help(tree, name))(_nothing)


def process_help(name: str) -> str:
    """Return the help of a command that runs a process."""
    return f"{SERVICES[name].does} Runs until it gets SIGTERM."


def _nothing() -> None:
    """Stand for a command whose module is not loaded."""


def _tree(module: str) -> ast.Module:
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(module)
    return ast.parse(Path(spec.origin).read_text(encoding="utf-8"))


def _function_help(tree: ast.Module, name: str) -> str | None:
    """Return the docstring of a command's function: one that is registered by name, or has the command's name."""
    given = [call for call in _calls(tree) if isinstance(call.func, ast.Call) and _called(call.func) == "command"]
    named = {
        ast.literal_eval(word): ast.unparse(call.args[0])
        for call in given
        if isinstance(call.func, ast.Call)
        for word in call.func.args
    }
    return _docstring(tree, named.get(name, name.replace("-", "_")))


def _docstring(tree: ast.Module, function: str) -> str | None:
    """Return the docstring of a function that a module defines or imports."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == function:
            return ast.get_docstring(node)
        if (
            isinstance(node, ast.ImportFrom)
            and node.module
            and function in (each.asname or each.name for each in node.names)
        ):
            return _docstring(_tree(node.module), function)
    raise LookupError(f"no function {function}")


def _groups(tree: ast.Module) -> dict[str, str]:
    """Return the help of each group of commands that a module adds, by its name."""
    calls = _calls(tree)
    names = [_text(call, "name") for call in calls if _called(call) == "add_typer"]
    return dict(zip(names, (_text(call, "help") for call in calls if _called(call) == "Typer"), strict=True))


def _calls(tree: ast.Module) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _text(call: ast.Call, keyword: str) -> str:
    value = next(each.value for each in call.keywords if each.arg == keyword)
    return str(ast.literal_eval(value))
