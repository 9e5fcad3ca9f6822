"""A policy version compiled for one procedure code, and its evaluation on one line.

Every criterion is always evaluated, also after a failure, so that one request can name all missing
documents. That stays cheap because the answers with no facts at all are computed once, at load, and a line only
recomputes the criteria its known facts can touch. Answers are one byte per node, in the order of `nodes`; while they are
computed they are two bit sets, of the nodes that are met and of those that are unknown (adjudication/policy/bit_sets.py).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Final

from adjudication.policy.answer_memory import AnswerMemory
from adjudication.policy.bit_sets import Bits, FoldStep, bits_of, bytes_of, fold_all, fold_changed, fold_step
from adjudication.policy.evidence import Evidence, Subject
from adjudication.policy.leaves import MET, NOT_MET, UNKNOWN, Dated, Known
from adjudication.policy.several import weighed
from adjudication.policy.tree import Branch, Leaf, Node, PolicyVersion, Rule, RuleKind

EVALUATOR_VERSION: Final = "1"
"""Changes whenever the order of nodes or the meaning of a fold does; stored with every trace."""

ABSENT: Final = -1
_PLANS_KEPT: Final = 1024
_FOLDED_KEPT: Final = 1024
"""The most cached results by the answers of all leaves: charts differ in dates and numbers more than in answers."""
_LeafStep = Callable[[Known, Subject], int]


@dataclass(frozen=True, slots=True)
class _Plan:
    """The nodes that one set of known facts can change.

    `facts`: those read by tests on their value only. `leaves`: the other tests, by index. `same`: the
    bits that none of these tests changes. `folds`: the branches above them.
    """

    same: int
    facts: tuple[str, ...]
    leaves: tuple[tuple[int, _LeafStep], ...]
    folds: tuple[FoldStep, ...]


@dataclass(frozen=True, slots=True)
class RulePlaces:
    """The positions of a rule's parts among the nodes; ABSENT when it has no such part."""

    rule: Rule
    applies: int
    criteria: int
    unless: int


SETTLING: Final = frozenset({RuleKind.ADMINISTRATIVE, RuleKind.EXCLUDED, RuleKind.REFERS, RuleKind.REVIEW})
"""Kinds of rules that settle a line if they hold."""


class Program:
    """The rules of one version for one code, ready to run."""

    def __init__(self, version: PolicyVersion, code: str) -> None:
        """Order the nodes with children before parents, and compute the answers without any known fact."""
        self.version = version
        self.code = code
        layout = _Layout()
        self.rules = tuple(
            RulePlaces(rule, layout.place(rule.applies), layout.place(rule.criteria), layout.place(rule.unless))
            for rule in version.rules
            if code in rule.codes
        )
        self.passes_on = bool(self.rules) and all(places.rule.passes_on for places in self.rules)
        """True if the version leaves the code to the next authority wherever none of its rules applies."""
        self.nodes: tuple[Node, ...] = tuple(layout.nodes)
        self.children: tuple[tuple[int, ...], ...] = tuple(layout.children)
        self._lay_rules()
        self._folds = {i: fold_step(i, n, self.children[i]) for i, n in enumerate(self.nodes) if isinstance(n, Branch)}
        self._leaves = {i: n.test for i, n in enumerate(self.nodes) if isinstance(n, Leaf)}
        self._parents: dict[int, list[int]] = {}
        for index, children in enumerate(self.children):
            for child in children:
                self._parents.setdefault(child, []).append(index)
        self._always, self._touched = self._reach()
        self._facts = frozenset(self._touched)
        quiet = (node for node in self.nodes if isinstance(node, Leaf) and node.silent != UNKNOWN)
        self._quiet = frozenset(fact for leaf in quiet for fact in leaf.test.facts)
        unsaid = (t for t in self._leaves.values() if isinstance(t, Dated) and t.unsaid_within_days is not None)
        self._begins = frozenset(test.not_before for test in unsaid if test.not_before is not None)
        self._plans: dict[frozenset[str], _Plan] = {}
        self._memory = AnswerMemory(self._leaves)
        self._claim_plan = self._new_plan((), self._always)
        self._by_claim: dict[tuple[int, int, frozenset[str]], Bits] = {}
        self._folded: dict[Bits, bytes] = {}

    def answer(self, evidence: Evidence, subject: Subject) -> bytes:
        """Answer every node for one line: first from the claim itself, then with the changes by its facts."""
        if evidence.gaps and (unusable := self._begins.intersection(evidence.gaps)):
            # An unusable day is not the same as no mention: this value is no day to any test.
            evidence = replace(evidence, known={**dict.fromkeys(unusable, ""), **evidence.known})
        known = evidence.known
        touched = self._facts.intersection(known)
        if evidence.gaps:
            # An unusable fact is not the same as no mention: the test runs and finds it unknown.
            touched |= self._quiet.intersection(evidence.gaps) | self._facts.intersection(evidence.several)
        plan = self._plan(touched)
        base = self._of_claim(subject)
        met, unknown = base[0] & plan.same, base[1] & plan.same
        for fact in plan.facts:
            found = self._memory.of_value(fact, known)
            met |= found[0]
            unknown |= found[1]
        for index, test in plan.leaves:
            answer = test(known, subject)
            if answer == MET:
                met |= 1 << index
            elif answer == UNKNOWN:
                unknown |= 1 << index
        if evidence.several:
            met, unknown = self._weigh((met, unknown), evidence, subject)
        # The answers of the leaves decide those of all nodes, and the branches of `base` come from the leaves of the claim.
        folded = self._folded.get((met, unknown))
        if folded is None:
            if len(self._folded) >= _FOLDED_KEPT:
                self._folded.clear()
            folded = bytes_of(fold_changed((met, unknown), base, plan.folds), len(self.nodes))
            self._folded[met, unknown] = folded
        return folded

    def _of_claim(self, subject: Subject) -> Bits:
        """Return the answers where no fact is known; cached by the answers of the claim itself, which are the same for many claims."""
        met, unknown = self._memory.of_codes(subject), 0
        for index, test in self._claim_plan.leaves:
            answer = test({}, subject)
            met |= (answer == MET) << index
            unknown |= (answer == UNKNOWN) << index
        found = self._by_claim.get((met, unknown, subject.presumes))
        if found is None:
            same, (silent_met, silent_unknown) = self._claim_plan.same, self._silence(subject.presumes)
            leaves = met | silent_met & same, unknown | silent_unknown & same
            if len(self._by_claim) >= _PLANS_KEPT:
                self._by_claim.clear()
            found = self._by_claim[met, unknown, subject.presumes] = fold_all(leaves, self._folds.values())
        return found

    def _silence(self, presumes: frozenset[str]) -> Bits:
        """Return the answers of tests whose facts no record mentions, for a plan with presumptions about these."""

        def answer(node: Node) -> int:
            if not isinstance(node, Leaf):
                return NOT_MET
            return node.silent if node.presumption is None or node.presumption in presumes else UNKNOWN

        return bits_of(bytes(answer(node) for node in self.nodes))

    def _weigh(self, bits: Bits, evidence: Evidence, subject: Subject) -> Bits:
        """Answer the tests whose facts have several values."""
        met, unknown = bits
        for index, test in self._leaves.items():
            leaf = self.nodes[index]
            if isinstance(leaf, Leaf) and any(fact in evidence.several for fact in test.facts):
                answer, others = weighed(leaf, evidence, subject), ~(1 << index)
                met = met & others | (answer == MET) << index
                unknown = unknown & others | (answer == UNKNOWN) << index
        return met, unknown

    def refold(self, answers: Sequence[int], above: Iterable[int] | None = None) -> bytes:
        """Return the answers of all nodes for given answers of the leaves.

        `above` are the only branches to fold, children first, when the answers differ under those alone.
        """
        steps = [self._folds[index] for index in (self._folds if above is None else above)]
        met, unknown = bits_of(bytes(answers))
        same = ~sum(step.bit for step in steps)
        return bytes_of(fold_all((met & same, unknown & same), steps), len(self.nodes))

    def above(self, index: int) -> tuple[int, ...]:
        """Return the branches whose answer depends on a node, itself included, children first."""
        return tuple(place for place in sorted(_upward(index, self._parents)) if place in self._folds)

    def altered(self, index: int, branch: Branch, children: tuple[int, ...]) -> Program:
        """Return this program with one branch changed, for the tools that test policies; it shares all the rest."""
        twin = copy(self)
        twin.nodes = (*self.nodes[:index], branch, *self.nodes[index + 1 :])
        twin.children = (*self.children[:index], children, *self.children[index + 1 :])
        twin._folds = {**self._folds, index: fold_step(index, branch, children)}  # noqa: SLF001 - of the same class
        twin._plans = {}  # noqa: SLF001
        twin._by_claim = {}  # noqa: SLF001
        twin._folded = {}  # noqa: SLF001
        twin._claim_plan = twin._new_plan((), self._always)  # noqa: SLF001
        return twin

    def with_rules(self, rules: tuple[RulePlaces, ...]) -> Program:
        """Return this program with other rules over the same nodes, for the tools that test policies."""
        twin = copy(self)
        twin.rules = rules
        twin._lay_rules()  # noqa: SLF001 - of the same class
        return twin

    def _lay_rules(self) -> None:
        """Index the rules that settle and those that cover a line, with the positions of their parts.

        An absent part points behind the nodes: first a value that is always met, then one that never is.
        """
        met, never = len(self.nodes), len(self.nodes) + 1
        self.settling = tuple(i for i, places in enumerate(self.rules) if places.rule.kind in SETTLING)
        self.covering = tuple(i for i, places in enumerate(self.rules) if places.rule.kind is RuleKind.COVERED)
        self.parts = tuple(
            (
                met if places.applies == ABSENT else places.applies,
                met if places.criteria == ABSENT else places.criteria,
                never if places.unless == ABSENT else places.unless,
            )
            for places in self.rules
        )

    def leaves_in(self, index: int) -> tuple[int, ...]:
        """Return the indexes of the leaves at or under a node."""
        if not self.children[index]:
            return (index,)
        return tuple(dict.fromkeys(leaf for child in self.children[index] for leaf in self.leaves_in(child)))

    def _reach(self) -> tuple[frozenset[int], dict[str, frozenset[int]]]:
        """Index the nodes that the claim itself can change, and those that each fact can change."""
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
            plan = self._plans[known] = self._new_plan(known, set().union(*(self._touched[fact] for fact in known)))
        return plan

    def _new_plan(self, names: Collection[str], places: Collection[int]) -> _Plan:
        """Build the plan for a set of facts, which can change the nodes at these indexes."""
        tests = {index: self._leaves[index] for index in sorted(places) if index in self._leaves}
        leaves = tuple((index, test.answer) for index, test in tests.items() if not self._memory.answers(test))
        folds = tuple(self._folds[index] for index in sorted(places) if index in self._folds)
        facts = tuple(fact for fact in sorted(names) if fact in self._memory.facts)
        return _Plan(~sum(1 << index for index in tests), facts, leaves, folds)


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
