"""The trace of one line under one policy version: a tree parallel to the policy. Every explanation is drawn from it.

Letters, document requests, reviewer screens and remittance remarks render this trace; none of them evaluates a policy again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from adjudication.model.claim import SupportingFact
from adjudication.model.facts import Answer
from adjudication.model.findings import Citation
from adjudication.policy.evidence import Evidence, Gap
from adjudication.policy.leaves import MET, NOT_MET, UNKNOWN, LeafTest
from adjudication.policy.program import ABSENT, Program, RulePlaces
from adjudication.policy.tree import Branch, Fold, Leaf, RuleKind

Cited = tuple[Citation, ...]
ANSWERS = {MET: Answer.MET, NOT_MET: Answer.NOT_MET, UNKNOWN: Answer.UNKNOWN}


@dataclass(frozen=True, slots=True)
class TraceNode:
    """One criterion with its answer. `gaps` say why each fact it could not use is unknown; `exempt`: not applicable.

    `test`: the question of a criterion without children.
    """

    node_id: str
    text: str
    answer: Answer
    how: str
    citations: tuple[Citation, ...]
    conflicts: tuple[str, ...]
    facts: tuple[SupportingFact, ...] = ()
    gaps: tuple[tuple[str, Gap], ...] = ()
    document: str | None = None
    judgement: bool = False
    material: bool = False
    exempt: bool = False
    test: LeafTest | None = None
    children: tuple[TraceNode, ...] = field(default=())

    def leaves(self) -> Iterator[TraceNode]:
        """Every test at or under this node, in reading order."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()


@dataclass(frozen=True, slots=True)
class TraceRule:
    """One rule with the answers of its parts; a part is None when the rule has none."""

    rule_id: str
    kind: RuleKind
    title: str
    citations: tuple[Citation, ...]
    conflicts: tuple[str, ...]
    applies: TraceNode | None
    criteria: TraceNode | None
    unless: TraceNode | None

    def parts(self) -> Iterator[TraceNode]:
        """The parts that are present."""
        yield from (part for part in (self.applies, self.criteria, self.unless) if part is not None)


def trace(
    program: Program,
    answers: bytes,
    evidence: Evidence,
    open_leaves: tuple[int, ...],
    only: Collection[str] | None = None,
) -> tuple[TraceRule, ...]:
    """Build the trace of one line; for rules not in `only`, just the answers of their parts."""
    drawer = _Drawer(program, answers, evidence, frozenset(open_leaves))
    return tuple(drawer.rule(places, whole=only is None or places.rule.rule_id in only) for places in program.rules)


def open_tests(
    program: Program, answers: bytes, evidence: Evidence, open_leaves: tuple[int, ...]
) -> tuple[TraceNode, ...]:
    """Return the open tests that could still change the answer, in reading order, without their rules."""
    drawer = _Drawer(program, answers, evidence, frozenset(open_leaves))
    return tuple(drawer.node(index, (), whole=True) for index in sorted(open_leaves))


class _Drawer:
    def __init__(self, program: Program, answers: bytes, evidence: Evidence, open_leaves: frozenset[int]) -> None:
        self._program, self._answers, self._evidence = program, answers, evidence
        self._open = open_leaves

    def rule(self, places: RulePlaces, *, whole: bool) -> TraceRule:
        rule = places.rule
        parts = [
            self._part(index, rule.citations, whole=whole) for index in (places.applies, places.criteria, places.unless)
        ]
        return TraceRule(rule.rule_id, rule.kind, rule.title, rule.citations, rule.conflicts, *parts)

    def _part(self, index: int, cited: Cited, *, whole: bool) -> TraceNode | None:
        return None if index == ABSENT else self.node(index, cited, whole=whole)

    def node(self, index: int, cited: Cited, *, whole: bool) -> TraceNode:
        """Build the trace of a node; `cited`: the citation of the rule or criterion above, used if the node has none."""
        node = self._program.nodes[index]
        if isinstance(node, Leaf):
            return self._leaf(node, index, ANSWERS[self._answers[index]], node.citations or cited)
        return self._branch(node, index, node.citations or cited, whole=whole)

    def _branch(self, node: Branch, index: int, cited: Cited, *, whole: bool) -> TraceNode:
        places = self._program.children[index]
        return TraceNode(
            node.node_id,
            node.text,
            ANSWERS[self._answers[index]],
            _how(node),
            cited,
            node.conflicts,
            exempt=node.fold is Fold.IMPLIES and self._answers[places[0]] == NOT_MET,
            children=tuple(self.node(child, cited, whole=True) for child in places) if whole else (),
        )

    def _leaf(self, leaf: Leaf, index: int, answer: Answer, cited: Cited) -> TraceNode:
        evidence = self._evidence
        gaps: tuple[tuple[str, Gap], ...] = ()
        if answer is Answer.UNKNOWN:
            gaps = tuple((fact, self._gap(leaf, fact)) for fact in leaf.test.facts if self._unusable(leaf, fact))
        return TraceNode(
            leaf.node_id,
            leaf.text,
            answer,
            "test",
            cited,
            leaf.conflicts,
            facts=tuple(each for fact in leaf.test.facts for each in evidence.stated.get(fact, ())),
            gaps=gaps,
            document=leaf.document,
            judgement=leaf.judgement,
            material=index in self._open,
            test=leaf.test,
        )

    def _unusable(self, leaf: Leaf, fact: str) -> bool:
        return fact not in self._evidence.known or len(leaf.test.facts) == 1

    def _gap(self, leaf: Leaf, fact: str) -> Gap:
        gap = self._evidence.why_unknown(fact)
        return Gap.AWAITING_REVIEWER if gap is Gap.MISSING and leaf.judgement else gap


def _how(node: Branch) -> str:
    if node.fold is not Fold.AT_LEAST:
        return node.fold.value
    if node.at_least == len(node.children):
        return "all of"
    return "any of" if node.at_least == 1 else f"at least {node.at_least} of"
