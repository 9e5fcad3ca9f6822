"""One leg of a line's ruling with its trace, and which of its criteria decided. Reads answers; never evaluates.

A value that can be stored and read back: it knows no compiled program.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from adjudication.model.facts import Answer
from adjudication.policy.catalog import LegRuling
from adjudication.policy.evidence import Evidence
from adjudication.policy.trace import TraceNode, TraceRule, trace
from adjudication.policy.tree import Fold, Label, RuleKind
from adjudication.policy.verdict import Result


@dataclass(frozen=True, slots=True)
class LineTrace:
    """What one leg said of a line: by which authority and policy version, with what result, and the whole trace.

    `excluded`: the contract of the leg does not cover the service, so no policy was asked. `rule_id` is the rule the
    result rests on; `result` is None when no policy governed.
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


@dataclass(frozen=True, slots=True)
class Decisive:
    """One test that decided, and the rule it stands in."""

    rule: TraceRule
    leaf: TraceNode


def line_trace(ruling: LegRuling, evidence: Evidence) -> LineTrace:
    """Draw the trace of one leg from its ruling."""
    program, said = ruling.program, ruling.ruling
    if program is None or said is None:
        policy = ruling.missing.policy if ruling.missing is not None else ""
        why = ruling.missing.why if ruling.missing is not None else ""
        return LineTrace(ruling.leg, ruling.authority, policy, "", "", "", None, why=why, excluded=ruling.excluded)
    version = program.version
    return LineTrace(
        leg=ruling.leg,
        authority=ruling.authority,
        policy=version.policy,
        version=version.version,
        title=version.title,
        source=version.source,
        result=said.result,
        rule_id=said.rule.rule_id if said.rule is not None else None,
        label=said.label,
        why=said.why,
        rules=trace(program, ruling.answers, evidence, said.open_leaves),
    )


def resting_rule(traced: LineTrace) -> TraceRule | None:
    """Return the rule the result rests on."""
    return next((rule for rule in traced.rules if rule.rule_id == traced.rule_id), None)


def decisive(traced: LineTrace) -> tuple[Decisive, ...]:
    """Return the tests that decided, in reading order, each once.

    Of a rule that holds, what makes it hold. Of an unfavourable result by default, what failed in each covered rule
    that applied. Of a line that only waits, what is open.
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
    return _once(
        Decisive(rule, leaf)
        for rule in traced.rules
        for part in rule.parts()
        for leaf in part.leaves()
        if leaf.material
    )


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
    return tuple({each.leaf.node_id: each for each in found}.values())
