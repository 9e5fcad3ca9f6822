"""The unmet criteria that keep a line from being covered, of the rules that apply to it and no others.

They explain a denial by default ("otherwise"), whose own rule has no criteria. If one of several ways would have been
enough, only the way that came closest is followed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from adjudication.model.facts import Answer
from adjudication.policy.trace import TraceNode, TraceRule
from adjudication.policy.tree import RuleKind

ALL_OF: Final = "all of"
"""The words for a node that needs all of its children."""


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A rule that would cover the line, with its criteria that are not met, each with the unmet criteria below it."""

    rule_id: str
    title: str
    criteria: tuple[TraceNode, ...]


def near_misses(rules: Sequence[TraceRule]) -> tuple[NearMiss, ...]:
    """Return the covering rules that apply and fail, the one with the fewest failures first."""
    found = (
        NearMiss(rule.rule_id, rule.title, tuple(_failures(rule.criteria)))
        for rule in rules
        if rule.kind is RuleKind.COVERED
        and rule.criteria is not None
        and rule.criteria.answer is Answer.NOT_MET
        and (rule.applies is None or rule.applies.answer is not Answer.NOT_MET)
    )
    return tuple(sorted(found, key=lambda miss: len(miss.criteria)))


def _failures(node: TraceNode) -> Iterator[TraceNode]:
    if node.answer is not Answer.NOT_MET:
        return
    failed = [child for child in node.children if child.answer is Answer.NOT_MET]
    if not failed:
        yield node
    elif node.how == ALL_OF:
        for child in failed:
            yield from _failures(child)
    else:
        closest = max(failed, key=_share_met)
        yield replace(node, children=tuple(_failures(closest)))


def _share_met(node: TraceNode) -> float:
    leaves = list(node.leaves())
    return sum(leaf.answer is Answer.MET for leaf in leaves) / len(leaves)
