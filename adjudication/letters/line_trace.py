"""The policy trace of one leg of a line, and which of its criteria decided. It reads answers and never evaluates.

The values are independent of compiled policies, so they can be stored and read back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from adjudication.model.facts import Answer
from adjudication.policy.catalog import LegRuling
from adjudication.policy.evidence import Evidence
from adjudication.policy.least import least_to_ask
from adjudication.policy.trace import TraceNode, TraceRule, trace
from adjudication.policy.tree import Fold, Label, RuleKind
from adjudication.policy.verdict import Result

_ASKING: Final = frozenset({Result.DOCUMENTS, Result.CONTRADICTION})


@dataclass(frozen=True, slots=True)
class LineTrace:
    """The ruling of one leg (one benefit of the plan) on a line: the policy version, the result and the whole trace.

    `excluded`: the leg's contract does not cover the service, so no policy was applied. `rule_id`: the rule that gave
    the result. `result`: None if no policy governs. `asked`: the criteria of the likeliest way to be covered, which a request
    for records names; empty for all open ones.
    """

    leg: str
    authority: str
    policy: str
    version: str
    title: str
    source: str
    result: Result | None
    rule_id: str | None = None
    label: Label | None = None
    why: str = ""
    rules: tuple[TraceRule, ...] = ()
    excluded: bool = False
    asked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Decisive:
    """One test that decided, and its rule."""

    rule: TraceRule
    leaf: TraceNode


def line_trace(ruling: LegRuling, evidence: Evidence) -> LineTrace:
    """Return the trace of one leg of a ruling."""
    program, ruled = ruling.program, ruling.ruling
    if program is None or ruled is None:
        policy = ruling.missing.policy if ruling.missing is not None else ""
        why = ruling.missing.why if ruling.missing is not None else ""
        return LineTrace(ruling.leg, ruling.authority, policy, "", "", "", None, why=why, excluded=ruling.excluded)
    version = program.version
    asked = least_to_ask(program, ruling.answers) if ruled.result in _ASKING else {}
    return LineTrace(
        leg=ruling.leg,
        authority=ruling.authority,
        policy=version.policy,
        version=version.version,
        title=version.title,
        source=version.source,
        result=ruled.result,
        rule_id=ruled.rule.rule_id if ruled.rule is not None else None,
        label=ruled.label,
        why=ruled.why,
        rules=trace(program, ruling.answers, evidence, ruled.open_leaves),
        asked=frozenset(program.nodes[index].node_id for index in asked),
    )


def resting_rule(traced: LineTrace) -> TraceRule | None:
    """Return the rule that gave the result."""
    return next((rule for rule in traced.rules if rule.rule_id == traced.rule_id), None)


def decisive(traced: LineTrace) -> tuple[Decisive, ...]:
    """Return the tests that decided, in reading order, each once.

    For a rule that is met: the tests that met it. For a denial by default: the tests that failed in each coverage rule
    that applied. For a pended line: the open tests.
    """
    rule = resting_rule(traced)
    if rule is None:
        return ()
    waits = traced.result in (Result.DOCUMENTS, Result.CONTRADICTION) or (
        traced.result is Result.JUDGEMENT and rule.kind is not RuleKind.REVIEW
    )
    if waits:
        return open_tests(traced)
    if rule.kind is RuleKind.OTHERWISE:
        return _once(found for failed in _failed(traced.rules) for found in _deciding(failed, failed.criteria))
    return _once(found for part in rule.parts() for found in _deciding(rule, part))


def open_tests(traced: LineTrace) -> tuple[Decisive, ...]:
    """Return the unknown tests whose answer could still change the result, in reading order, each once."""
    found = [
        Decisive(rule, leaf)
        for rule in traced.rules
        for part in rule.parts()
        for leaf in part.leaves()
        if leaf.material
    ]
    # If several rules share a test, cite the rule that gave the result, else the first rule that has the test.
    resting = {each.leaf.node_id for each in found if each.rule.rule_id == traced.rule_id}
    return _once(each for each in found if each.rule.rule_id == traced.rule_id or each.leaf.node_id not in resting)


def tests_to_ask(traced: LineTrace) -> tuple[Decisive, ...]:
    """Return the open tests that a request for records names: those of the likeliest way to be covered."""
    if not traced.asked:
        return open_tests(traced)
    leaves = ((rule, leaf) for rule in traced.rules for part in rule.parts() for leaf in part.leaves())
    return _once(Decisive(rule, leaf) for rule, leaf in leaves if leaf.node_id in traced.asked)


def _failed(rules: Iterable[TraceRule]) -> Iterator[TraceRule]:
    for rule in rules:
        applied = rule.applies is None or rule.applies.answer is Answer.MET
        fails = rule.criteria is not None and rule.criteria.answer is Answer.NOT_MET
        if rule.kind is RuleKind.COVERED and applied and fails:
            yield rule


def _deciding(rule: TraceRule, part: TraceNode | None) -> Iterator[Decisive]:
    if part is not None:
        yield from (Decisive(rule, leaf) for leaf in _grounds(part))


def _grounds(node: TraceNode) -> Iterator[TraceNode]:
    """Yield the tests that account for a node's answer."""
    if not node.children:
        yield node
    elif node.how == Fold.NOT.value or node.exempt:
        yield from _grounds(node.children[0])
    elif node.how == Fold.IMPLIES.value:
        yield from _grounds(node.children[1])
    else:
        for child in node.children:
            if child.answer is node.answer:
                yield from _grounds(child)


def _once(found: Iterable[Decisive]) -> tuple[Decisive, ...]:
    kept: dict[str, Decisive] = {}
    for each in found:
        kept.setdefault(each.leaf.node_id, each)
    return tuple(kept.values())
