"""A policy version compiled for one procedure code, and its evaluation on one line.

Every criterion gets an answer, always: nothing stops at the first failure, so one request can name everything that
is missing. That stays cheap because the answers with no facts at all are computed once, at load, and a line only
recomputes the criteria its known facts can touch. Answers are one byte a node, in the order of `nodes`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Final

from adjudication.policy.evidence import Evidence, Subject
from adjudication.policy.leaves import MET, NOT_MET, UNKNOWN, Known
from adjudication.policy.several import weighed
from adjudication.policy.tree import Branch, Fold, Leaf, Node, PolicyVersion, Rule

EVALUATOR_VERSION: Final = "1"
"""Changes whenever the order of nodes or the meaning of a fold does; stored with every trace."""

ABSENT: Final = -1
_PLANS_KEPT: Final = 1024

_FoldStep = Callable[[bytearray], int]
_LeafStep = Callable[[Known, Subject], int]
_Plan = tuple[tuple[tuple[int, _LeafStep], ...], tuple[tuple[int, _FoldStep], ...]]


@dataclass(frozen=True, slots=True)
class RulePlaces:
    """Where the parts of a rule stand among the nodes; ABSENT when it has no such part."""

    rule: Rule
    applies: int
    criteria: int
    unless: int


class Program:
    """The rules of one version that speak about one code, ready to run."""

    def __init__(self, version: PolicyVersion, code: str) -> None:
        """Lay the nodes out with children before parents, and answer everything once with nothing known."""
        self.version = version
        self.code = code
        layout = _Layout()
        self.rules = tuple(
            RulePlaces(rule, layout.place(rule.applies), layout.place(rule.criteria), layout.place(rule.unless))
            for rule in version.rules
            if code in rule.codes
        )
        self.passes_on = bool(self.rules) and all(places.rule.passes_on for places in self.rules)
        """Whether the version leaves the code to the next authority wherever none of its rules holds."""
        self.nodes: tuple[Node, ...] = tuple(layout.nodes)
        self.children: tuple[tuple[int, ...], ...] = tuple(layout.children)
        self._folds = {i: _fold(n, self.children[i]) for i, n in enumerate(self.nodes) if isinstance(n, Branch)}
        self._leaves = {i: n.test.answer for i, n in enumerate(self.nodes) if isinstance(n, Leaf)}
        self._parents: dict[int, list[int]] = {}
        for index, children in enumerate(self.children):
            for child in children:
                self._parents.setdefault(child, []).append(index)
        self._always, self._touched = self._reach()
        self._facts = frozenset(self._touched)
        quiet = (node for node in self.nodes if isinstance(node, Leaf) and node.silent != UNKNOWN)
        self._quiet = frozenset(fact for leaf in quiet for fact in leaf.test.facts)
        self._plans: dict[frozenset[str], _Plan] = {}
        baseline = bytearray(node.silent if isinstance(node, Leaf) else UNKNOWN for node in self.nodes)
        for index, fold in self._folds.items():
            baseline[index] = fold(baseline)
        self._baseline = bytes(baseline)

    def answer(self, evidence: Evidence, subject: Subject) -> bytes:
        """Answer every node for one line."""
        answers = bytearray(self._baseline)
        known = evidence.known
        touched = self._facts.intersection(known)
        if evidence.gaps:
            # Mentioned but unusable is not silence: the test runs and finds it unknown.
            touched |= self._quiet.intersection(evidence.gaps) | self._facts.intersection(evidence.several)
        leaves, folds = self._plan(touched)
        for index, test in leaves:
            answers[index] = test(known, subject)
        if evidence.several:
            self._weigh(answers, [index for index, _ in leaves], evidence, subject)
        for index, fold in folds:
            answers[index] = fold(answers)
        return bytes(answers)

    def _weigh(self, answers: bytearray, leaves: Iterable[int], evidence: Evidence, subject: Subject) -> None:
        """Answer the tests whose facts have several values."""
        for index in leaves:
            leaf = self.nodes[index]
            if isinstance(leaf, Leaf) and any(fact in evidence.several for fact in leaf.test.facts):
                answers[index] = weighed(leaf, evidence, subject)

    def refold(self, answers: Sequence[int], above: Iterable[int] | None = None) -> bytes:
        """Fold given answers of the leaves again: the result of the tree with these answers.

        `above` are the only branches to fold, children first, when the answers differ under those alone.
        """
        folded = bytearray(answers)
        for index in self._folds if above is None else above:
            folded[index] = self._folds[index](folded)
        return bytes(folded)

    def above(self, index: int) -> tuple[int, ...]:
        """Return the branches whose answer depends on a node, itself included, children first."""
        return tuple(place for place in sorted(_upward(index, self._parents)) if place in self._folds)

    def altered(self, index: int, branch: Branch, children: tuple[int, ...]) -> Program:
        """Return this program with one branch changed, for the tools that test policies; it shares all the rest."""
        twin = copy(self)
        twin.nodes = (*self.nodes[:index], branch, *self.nodes[index + 1 :])
        twin.children = (*self.children[:index], children, *self.children[index + 1 :])
        twin._folds = {**self._folds, index: _fold(branch, children)}  # noqa: SLF001 - of the same class
        twin._plans = {}  # noqa: SLF001
        twin._baseline = twin.refold(self._baseline, self.above(index))  # noqa: SLF001
        return twin

    def with_rules(self, rules: tuple[RulePlaces, ...]) -> Program:
        """Return this program with other rules over the same nodes, for the tools that test policies."""
        twin = copy(self)
        twin.rules = rules
        return twin

    def leaves_in(self, index: int) -> tuple[int, ...]:
        """Return the places of the leaves at or under a node."""
        if not self.children[index]:
            return (index,)
        return tuple(dict.fromkeys(leaf for child in self.children[index] for leaf in self.leaves_in(child)))

    def _reach(self) -> tuple[frozenset[int], dict[str, frozenset[int]]]:
        """Say which nodes the claim itself can change, and which each fact can."""
        always: set[int] = set()
        touched: dict[str, set[int]] = {}
        for index, node in enumerate(self.nodes):
            if not isinstance(node, Leaf):
                continue
            path = _upward(index, self._parents)
            for fact in node.test.facts:
                touched.setdefault(fact, set()).update(path)
            if not node.test.facts:
                always |= path
        return frozenset(always), {fact: frozenset(path) for fact, path in touched.items()}

    def _plan(self, known: frozenset[str]) -> _Plan:
        plan = self._plans.get(known)
        if plan is None:
            if len(self._plans) >= _PLANS_KEPT:
                self._plans.clear()
            plan = self._plans[known] = self._new_plan(known)
        return plan

    def _new_plan(self, known: Iterable[str]) -> _Plan:
        order = sorted(self._always.union(*(self._touched[fact] for fact in known)))
        leaves = tuple((index, self._leaves[index]) for index in order if index in self._leaves)
        return leaves, tuple((index, self._folds[index]) for index in order if index in self._folds)


class _Layout:
    """Nodes in post-order; a part used by several rules is laid out once."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.children: list[tuple[int, ...]] = []
        self._places: dict[str, int] = {}

    def place(self, node: Node | None) -> int:
        if node is None:
            return ABSENT
        if node.node_id not in self._places:
            children = tuple(self.place(child) for child in node.children) if isinstance(node, Branch) else ()
            self._places[node.node_id] = len(self.nodes)
            self.nodes.append(node)
            self.children.append(children)
        return self._places[node.node_id]


def _upward(index: int, parents: dict[int, list[int]]) -> set[int]:
    found: set[int] = set()
    waiting = [index]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += parents.get(node, ())
    return found


def _fold(node: Branch, children: tuple[int, ...]) -> _FoldStep:
    if node.fold is Fold.NOT:
        (child,) = children
        return lambda answers: (MET, NOT_MET, UNKNOWN)[answers[child]]
    if node.fold is Fold.IMPLIES:
        condition, consequence = children
        return lambda answers: MET if answers[condition] == NOT_MET else _implied(answers, condition, consequence)
    return _at_least(children, node.at_least)


def _implied(answers: bytearray, condition: int, consequence: int) -> int:
    if answers[consequence] == MET:
        return MET
    return answers[consequence] if answers[condition] == MET else UNKNOWN


def _at_least(children: tuple[int, ...], needed: int) -> _FoldStep:
    """With m children met and u unknown, k of n is met if m >= k, not met if m + u < k, else unknown."""

    def fold(answers: bytearray) -> int:
        met = unknown = 0
        for child in children:
            answer = answers[child]
            if answer == MET:
                met += 1
            elif answer == UNKNOWN:
                unknown += 1
        if met >= needed:
            return MET
        return NOT_MET if met + unknown < needed else UNKNOWN

    return fold
