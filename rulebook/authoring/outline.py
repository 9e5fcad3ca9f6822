"""The rules of one code as rows of an outline, from which every picture of a policy is drawn. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from adjudication.policy.program import Program
from adjudication.policy.tree import Branch, Leaf, Node, Rule
from rulebook.authoring.versions import parts
from rulebook.authoring.wording import cited, how, tested

TOP = -1


@dataclass(frozen=True, slots=True)
class Row:
    """One box of a picture: `parent` is the number of its row, TOP for the policy itself.

    `detail` says what a test tests or how a branch combines; `again`: a shared part that was drawn above in full.
    """

    kind: str
    name: str
    text: str
    detail: str
    cited: str
    parent: int
    depth: int
    again: bool = False


def outline(program: Program) -> tuple[Row, ...]:
    """Draw the rules for the code of a program, in the order of the policy."""
    drawing = _Drawing()
    version = program.version
    in_force = f"from {version.in_force.starts}" + (f" until {version.in_force.ends}" if version.in_force.ends else "")
    top = drawing.add(
        Row("policy", f"{version.policy} {version.version}", version.title, in_force, program.code, TOP, 0)
    )
    for places in program.rules:
        drawing.rule(places.rule, top)
    return tuple(drawing.rows)


class _Drawing:
    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._drawn: set[str] = set()

    def add(self, row: Row) -> int:
        self.rows.append(row)
        return len(self.rows) - 1

    def rule(self, rule: Rule, top: int) -> None:
        detail = ", ".join(_marks(rule))
        number = self.add(Row(rule.kind.value, rule.rule_id, rule.title, detail, cited(rule.citations), top, 1))
        for part, node in parts(rule):
            held = self.add(Row("part", part, _PARTS[part], "", "", number, 2))
            self._node(node, held, 3)

    def _node(self, node: Node, parent: int, depth: int) -> None:
        again = node.node_id in self._drawn
        self._drawn.add(node.node_id)
        kind, detail = ("test", tested(node)) if isinstance(node, Leaf) else ("criterion", how(node))
        row = Row(kind, node.node_id, node.text, detail, cited(node.citations), parent, depth, again)
        number = self.add(row)
        if isinstance(node, Branch) and not again:
            for child in node.children:
                self._node(child, number, depth + 1)


def _marks(rule: Rule) -> Iterator[str]:
    if rule.label is not None:
        yield rule.label.value
    if rule.rule_out:
        yield "must be ruled out"
    if rule.refers_to is not None:
        yield f"refers to {rule.refers_to}"
    if rule.unaddressed:
        yield "also where nothing else speaks"


_PARTS = {"applies": "speaks when", "criteria": "demands", "unless": "is lifted when"}
