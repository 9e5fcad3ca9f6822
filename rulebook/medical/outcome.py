"""Compares the outcomes of a line under a policy for the tools that test policies, and finds the answers that decide it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from adjudication.policy.evidence import Gap
from adjudication.policy.leaves import MET, NOT_MET, UNKNOWN
from adjudication.policy.program import Program
from adjudication.policy.tree import Label, Leaf
from adjudication.policy.verdict import Result, rule_line

FLIPS = {MET: (NOT_MET,), NOT_MET: (MET,), UNKNOWN: (MET, NOT_MET)}
"""The other answers a leaf is tried with: known ones are reversed, an unknown one becomes known either way."""

Gaps = Mapping[str, Gap]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result, the rule it rests on, the name of an unfavorable result, and the requested documents."""

    result: Result
    rule: str | None
    label: Label | None
    documents: frozenset[str]


def outcome(program: Program, answers: bytes, gaps: Gaps) -> Outcome:
    """Rule on the answers of a line; `gaps` say why its facts are unknown."""
    ruling = rule_line(program, answers, gaps)
    nodes = (program.nodes[leaf] for leaf in ruling.open_leaves)
    documents = frozenset(n.document for n in nodes if isinstance(n, Leaf) and n.document is not None)
    return Outcome(ruling.result, None if ruling.rule is None else ruling.rule.rule_id, ruling.label, documents)


def open_nodes(program: Program, answers: bytes) -> tuple[str, ...]:
    """Return the ids of the unknown leaves whose answers could change the result."""
    return tuple(program.nodes[leaf].node_id for leaf in rule_line(program, answers).open_leaves)


def decisive_leaves(program: Program, answers: bytes, gaps: Gaps) -> tuple[int, ...]:
    """Return the leaves that change the outcome if only their own answer is another one."""
    found = outcome(program, answers, gaps)
    leaves = (index for index, node in enumerate(program.nodes) if isinstance(node, Leaf))
    return tuple(leaf for leaf in leaves if changes_outcome(program, answers, gaps, found, leaf))


def changes_outcome(program: Program, answers: bytes, gaps: Gaps, found: Outcome, leaf: int) -> bool:
    """Return whether another answer to a leaf changes the outcome found."""
    above = program.above(leaf)
    for other in FLIPS[answers[leaf]]:
        flipped = bytearray(answers)
        flipped[leaf] = other
        if outcome(program, program.refold(flipped, above), gaps) != found:
            return True
    return False
