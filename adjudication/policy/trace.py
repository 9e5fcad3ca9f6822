"""The trace of one line under one policy version: a tree parallel to the policy. Everything told is drawn from it.

Letters, document requests, reviewer screens and remittance remarks are renderings of this; nothing re-evaluates.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from adjudication.claim import SupportingFact
from adjudication.facts import Answer
from adjudication.findings import Citation
from adjudication.policy.evidence import Evidence, Gap
from adjudication.policy.leaves import MET, NOT_MET, UNKNOWN
from adjudication.policy.program import ABSENT, Program, RulePlaces
from adjudication.policy.tree import Branch, Fold, Leaf, RuleKind

ANSWERS = {MET: Answer.MET, NOT_MET: Answer.NOT_MET, UNKNOWN: Answer.UNKNOWN}


@dataclass(frozen=True, slots=True)
class TraceNode:
    """One criterion with its answer. `gaps` say why each fact it could not use is unknown; `exempt`: not applicable."""

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
        """The parts it has."""
        yield from (part for part in (self.applies, self.criteria, self.unless) if part is not None)


def trace(program: Program, answers: bytes, evidence: Evidence, open_leaves: tuple[int, ...]) -> tuple[TraceRule, ...]:
    """Draw the whole trace of one line."""
    drawer = _Drawer(program, answers, evidence, frozenset(open_leaves))
    return tuple(drawer.rule(places) for places in program.rules)


class _Drawer:
    def __init__(self, program: Program, answers: bytes, evidence: Evidence, open_leaves: frozenset[int]) -> None:
        self._program, self._answers, self._evidence = program, answers, evidence
        self._open = open_leaves

    def rule(self, places: RulePlaces) -> TraceRule:
        rule = places.rule
        parts = [self._part(index) for index in (places.applies, places.criteria, places.unless)]
        return TraceRule(rule.rule_id, rule.kind, rule.title, rule.citations, rule.conflicts, *parts)

    def _part(self, index: int) -> TraceNode | None:
        return None if index == ABSENT else self._node(index)

    def _node(self, index: int) -> TraceNode:
        node = self._program.nodes[index]
        answer = ANSWERS[self._answers[index]]
        if isinstance(node, Leaf):
            return self._leaf(node, index, answer)
        return self._branch(node, index, answer)

    def _branch(self, node: Branch, index: int, answer: Answer) -> TraceNode:
        children = tuple(self._node(child) for child in self._program.children[index])
        return TraceNode(
            node.node_id,
            node.text,
            answer,
            _how(node),
            node.citations,
            node.conflicts,
            exempt=node.fold is Fold.IMPLIES and children[0].answer is Answer.NOT_MET,
            children=children,
        )

    def _leaf(self, leaf: Leaf, index: int, answer: Answer) -> TraceNode:
        evidence = self._evidence
        gaps: tuple[tuple[str, Gap], ...] = ()
        if answer is Answer.UNKNOWN:
            gaps = tuple((fact, self._gap(leaf, fact)) for fact in leaf.test.facts if self._unusable(leaf, fact))
        return TraceNode(
            leaf.node_id,
            leaf.text,
            answer,
            "test",
            leaf.citations,
            leaf.conflicts,
            facts=tuple(told for fact in leaf.test.facts for told in evidence.told.get(fact, ())),
            gaps=gaps,
            document=leaf.document,
            judgement=leaf.judgement,
            material=index in self._open,
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
