"""Check tests/: helpers live in tests/builders only, and a test that passed has checked something.

A test whose every check stands in a loop over rows, or under an `if`, passes when there are no rows. It is refused until it
also checks outside the loop, or loops over what cannot be empty: a literal, an enum, an imported constant, a fixed range.
Property tests are left out. Rows from a set are refused too: their order differs between test processes, and then pytest-xdist starts none.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

TESTS: Final = Path("tests")
BUILDERS: Final = "tests.builders"
_SAME_LENGTH: Final = frozenset({"enumerate", "zip", "sorted", "list", "tuple", "set", "reversed", "product", "dict"})
_REMEDY: Final = "Assert that the rows are there (`assert rows`, `assert len(rows) == 3`), or compare whole lists."

Function = ast.FunctionDef | ast.AsyncFunctionDef


def main() -> int:
    """Print each offender; return 1 if there is one."""
    offenders = [text for path in sorted(TESTS.rglob("*.py")) for text in offenses(path, ast.parse(path.read_text()))]
    sys.stderr.writelines(f"{text}\n" for text in offenders)
    return 1 if offenders else 0


def offenses(path: Path, tree: ast.Module) -> Iterator[str]:
    """Yield the faults of one file."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names]
        for module in modules:
            if module.split(".")[0] == "tests" and not f"{module}.".startswith(f"{BUILDERS}."):
                yield f"{path}:{node.lineno}: imports {module}. Move what is shared to {BUILDERS} or to a fixture."
    if path.name.startswith("test_"):
        for node in ast.walk(tree):
            if isinstance(node, Function) and node.name.startswith("test_") and not _is_property(node):
                yield from (f"{path}:{node.lineno}: {node.name} {what}" for what in _faults(node, tree))


def _faults(test: Function, tree: ast.Module) -> Iterator[str]:
    for each in test.decorator_list:
        match each:
            case ast.Call(func=ast.Attribute(attr="parametrize"), args=[_, rows, *_]) if _is_set(rows):
                yield "takes its rows from a set, whose order differs between test processes. Sort them."
    if any(isinstance(node, ast.Return) for node in _own(test)):
        yield "returns early, so that some of its rows check nothing. Give those rows a test of their own."
    if any(isinstance(node, ast.Assert) for node in _own(test)) and not _Checks(test, tree).always(test.body):
        yield f"passes without a check when its rows are missing. {_REMEDY}"


class _Checks:
    """Decides whether a test always reaches a check, given the names whose values cannot be empty."""

    def __init__(self, test: Function, tree: ast.Module) -> None:
        self.full: set[str] = set()
        nodes: list[ast.AST] = [*tree.body, *_own(test)]
        for node in nodes:
            if isinstance(node, ast.ImportFrom):
                self.full |= {name for name in (each.asname or each.name for each in node.names) if name[0].isupper()}
            elif isinstance(node, ast.ClassDef):
                self.full.add(node.name)
        for node in nodes:
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None and self.never_empty(node.value):
                self.full |= {target.id for target in targets if isinstance(target, ast.Name)}

    def always(self, body: list[ast.stmt]) -> bool:
        """Return whether these statements reach a check for any data."""
        return any(map(self._reaches, body))

    def _reaches(self, statement: ast.stmt) -> bool:
        if isinstance(statement, ast.For | ast.AsyncFor):
            return self.never_empty(statement.iter) and self.always(statement.body)
        if isinstance(statement, ast.If):
            return self.always(statement.body) and self.always(statement.orelse)
        if isinstance(statement, ast.Match):
            return all(self.always(case.body) for case in statement.cases)
        if isinstance(statement, ast.With | ast.AsyncWith):
            return _must_raise(statement) or self.always(statement.body)
        if isinstance(statement, ast.Try):
            return self.always([*statement.body, *statement.finalbody])
        return isinstance(statement, ast.Assert) and self._can_fail(statement.test)

    def _can_fail(self, claim: ast.expr) -> bool:
        """Return whether an assertion can fail: `all(...)` over rows, and "no row is wrong", are true without rows."""
        match claim:
            case ast.Call(func=ast.Name(id="all"), args=[ast.GeneratorExp(generators=[one, *_])]):
                return self.never_empty(one.iter)
            case ast.UnaryOp(
                op=ast.Not(), operand=ast.Call(func=ast.Name(id="any"), args=[ast.GeneratorExp() as rows])
            ):
                return self.never_empty(rows.generators[0].iter)
            case ast.UnaryOp(op=ast.Not(), operand=ast.ListComp(generators=[one, *_])):
                return self.never_empty(one.iter)
            case ast.Compare(left=ast.ListComp(generators=[one, *_]), ops=[ast.Eq()], comparators=[ast.List(elts=[])]):
                return self.never_empty(one.iter)
        return True

    def never_empty(self, value: ast.expr) -> bool:  # noqa: PLR0911 - one case per form of expression
        """Return whether the sequence of a loop has at least one element, as far as the text shows it."""
        match value:
            case ast.Constant(value=str(text)):
                return bool(text)
            case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
                return any(not isinstance(part, ast.Starred) or self.never_empty(part.value) for part in parts)
            case ast.Dict(keys=parts):
                return bool(parts)
            case ast.Name(id=name) | ast.Attribute(value=ast.Name(id=name)):
                return name in self.full and (isinstance(value, ast.Name) or value.attr.isupper())
            case ast.Call(func=function, args=parts):
                return self._call_gives_rows(function, parts)
            case ast.ListComp(generators=[one]) | ast.DictComp(generators=[one]) | ast.SetComp(generators=[one]):
                return not one.ifs and self.never_empty(one.iter)
            case ast.BinOp(left=left, right=right):
                return self.never_empty(left) or self.never_empty(right)
            case _:
                return False

    def _call_gives_rows(self, function: ast.expr, arguments: list[ast.expr]) -> bool:
        match function:
            case ast.Name(id="range"):
                return all(isinstance(bound, ast.Constant | ast.UnaryOp) for bound in arguments)
            case ast.Name(id=name) if name in _SAME_LENGTH:
                return bool(arguments) and all(map(self.never_empty, arguments))
            case ast.Attribute(value=base, attr="items" | "values" | "keys" | "split"):
                return self.never_empty(base)
            case _:
                return False


def _is_set(rows: ast.expr) -> bool:
    match rows:
        case ast.Set() | ast.SetComp() | ast.Call(func=ast.Name(id="set" | "frozenset")):
            return True
        case ast.BinOp(left=left, right=right):
            return _is_set(left) or _is_set(right)
    return False


def _is_property(test: Function) -> bool:
    """Return whether Hypothesis runs the test on many drawn values: one empty list or false condition among them is fine."""
    calls = [each.func for each in test.decorator_list if isinstance(each, ast.Call)]
    return any(isinstance(each, ast.Name) and each.id == "given" for each in calls)


def _own(test: Function) -> Iterator[ast.AST]:
    """Walk a test without the functions that it defines."""
    waiting: list[ast.AST] = [*test.body]
    while waiting:
        node = waiting.pop(0)
        yield node
        if not isinstance(node, Function | ast.Lambda | ast.ClassDef):
            waiting.extend(ast.iter_child_nodes(node))


def _must_raise(block: ast.With | ast.AsyncWith) -> bool:
    """Return whether this block fails unless its body raises or warns."""
    called = [item.context_expr.func for item in block.items if isinstance(item.context_expr, ast.Call)]
    return any(isinstance(each, ast.Attribute) and each.attr in {"raises", "warns"} for each in called)


if __name__ == "__main__":
    raise SystemExit(main())
