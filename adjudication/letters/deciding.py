"""Finds the criteria that a letter explains: of all evaluated criteria, those on which the decision rests.

A denial by default rests on the rule that came closest to covering the service, and if one of several ways would
have been enough, on the way that came closest. The other rules, and red flags that are not suspected, are
left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from adjudication.letters.line_trace import LineTrace, resting_rule
from adjudication.model.facts import Answer
from adjudication.policy.trace import TraceNode, TraceRule
from adjudication.policy.tree import Fold, RuleKind

_ALL: Final = "all of"
_ANY: Final = "any of"


@dataclass(frozen=True, slots=True)
class DecidingCriterion:
    """One criterion that decided.

    `wanted`: the answer that would have favored the line. `others`: other ways that would have been enough, in words.
    """

    rule: TraceRule
    leaf: TraceNode
    wanted: Answer
    others: tuple[str, ...] = ()


def deciding_rule(traced: LineTrace) -> TraceRule | None:
    """Return the rule to name in a letter: for a denial by default the covering rule that came closest."""
    rule = resting_rule(traced)
    if rule is None or rule.kind is not RuleKind.OTHERWISE:
        return rule
    return _closest_rule(traced.rules) or rule


def deciding_criteria(traced: LineTrace) -> tuple[DecidingCriterion, ...]:
    """Return the criteria that decided, in reading order, each once. The request for records covers the open ones."""
    rule = deciding_rule(traced)
    if rule is None:
        return ()
    parts = rule.parts() if rule.kind is not RuleKind.COVERED or rule.criteria is None else (rule.criteria,)
    found = (each for part in parts for each in _of_part(rule, part))
    return tuple({each.leaf.node_id: each for each in found if each.leaf.answer is not Answer.UNKNOWN}.values())


def _of_part(rule: TraceRule, part: TraceNode) -> Iterator[DecidingCriterion]:
    favors = Answer.MET if rule.kind is RuleKind.COVERED or part is rule.unless else Answer.NOT_MET
    yield from _one_way(rule, part, favors, ())


def _one_way(rule: TraceRule, node: TraceNode, wanted: Answer, others: tuple[str, ...]) -> Iterator[DecidingCriterion]:
    """Follow a node to the tests that account for its answer, along one branch where several lead there."""
    if not node.children:
        yield DecidingCriterion(rule, node, wanted, others)
    elif node.how == Fold.NOT.value or node.exempt:
        turned = Answer.NOT_MET if wanted is Answer.MET else Answer.MET
        yield from _one_way(rule, node.children[0], turned, others)
    elif node.how == Fold.IMPLIES.value:
        yield from _one_way(rule, node.children[1], wanted, others)
    else:
        same = [child for child in node.children if child.answer is node.answer]
        either = _ANY if node.answer is Answer.NOT_MET else ""
        if same and node.how == either:
            closest = max(same, key=_share_met)
            same, others = [closest], (*others, *(_words(child) for child in node.children if child is not closest))
        elif same and node.answer is Answer.MET and node.how == _ANY:
            same = same[:1]
        for child in same:
            yield from _one_way(rule, child, wanted, others)


def _closest_rule(rules: Sequence[TraceRule]) -> TraceRule | None:
    failed = [
        rule
        for rule in rules
        if rule.kind is RuleKind.COVERED
        and rule.criteria is not None
        and rule.criteria.answer is Answer.NOT_MET
        and (rule.applies is None or rule.applies.answer is Answer.MET)
    ]
    return max(failed, key=lambda rule: _share_met(rule.criteria), default=None)


def _share_met(node: TraceNode | None) -> float:
    leaves = [] if node is None else list(node.leaves())
    return sum(leaf.answer is Answer.MET for leaf in leaves) / len(leaves) if leaves else 0.0


def _words(node: TraceNode) -> str:
    """Return the text of a branch; empty for a single test, whose text is a question."""
    return node.text if not node.text.endswith("?") else ""
