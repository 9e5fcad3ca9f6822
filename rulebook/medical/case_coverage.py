"""Finds the parts of a policy version that no case proves: tests that decide no case, structure that could change unnoticed.

In each case that reaches it, every leaf is given another answer, every child dropped, every all and any swapped, and every
rule and `rule_out` left out. A change that alters no case's outcome survives. Guides change no outcome: their tests must
be answered both ways, or are listed separately. Pure: the cases were run before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from adjudication.policy.leaves import MET, NOT_MET
from adjudication.policy.program import ABSENT, Program, RulePlaces
from adjudication.policy.tree import Branch, Fold, Leaf, PolicyVersion, Rule, RuleKind
from rulebook.medical.cases import Case, CaseRun, run_all
from rulebook.medical.outcome import changes_outcome, outcome

_Mutant = tuple[str, Branch, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Survivor:
    """A part that no case proves: the node or rule id, and the change that no case would notice."""

    node_id: str
    what: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """The changes tried, and those that no case noticed. `guide_only` are tests of advice that no case answers both ways."""

    leaves: int
    mutants: int
    survivors: tuple[Survivor, ...]
    guide_only: tuple[str, ...]

    def text(self, where: Callable[[str], str] = str) -> str:
        """List the survivors, one per line; `where` turns an id into a file and line, see locate()."""
        tried = f"{self.leaves} tests and {self.mutants} changes of structure tried"
        lines = [f"{tried}, {len(self.survivors)} not noticed by any case"]
        lines += [f"  {where(survivor.node_id)}: {survivor.what}" for survivor in self.survivors]
        lines += [f"  {where(node_id)}: guide only, not answered both ways" for node_id in self.guide_only]
        return "\n".join(lines)


def coverage(version: PolicyVersion, cases: Iterable[Case]) -> Coverage:
    """Try every leaf, branch and rule of a version on its cases."""
    runs: dict[str, list[CaseRun]] = {}
    for run in run_all(version, cases):
        runs.setdefault(run.program.code, []).append(run)
    tally = _Tally()
    for code in sorted(version.codes):
        reached = runs.get(code, [])
        _try_program(reached[0].program if reached else Program(version, code), reached, tally)
    return tally.coverage()


def locate(texts: Mapping[str, str], node_id: str) -> str:
    """Return the file and line of a node, or of its nearest named ancestor; `texts` are the chapters by label."""
    name = node_id
    while name:
        for label, text in texts.items():
            for number, line in enumerate(text.splitlines(), 1):
                if _names(line, name):
                    return f"{label}, line {number}: {node_id}"
        cut = max(name.rfind("."), name.rfind("-"))
        name = name[:cut] if cut > 0 else ""
    return node_id


def _names(line: str, name: str) -> bool:
    words = line.replace("{", " ").replace(",", " ").split("#")[0].split()
    if words[:1] == [f"{name}:"] and line.startswith(" "):
        return True
    return any(one in ("id:", "rule:") and other.strip("'\"}") == name for one, other in pairwise(words))


class _Tally:
    """The changes tried in any code's program so far, and those that a case noticed; keys keep the order of the policy."""

    def __init__(self) -> None:
        self.noticed: dict[tuple[str, str], bool] = {}
        self.leaves: set[str] = set()
        self.guides: dict[str, set[int]] = {}
        self.effective: set[str] = set()

    def open(self, node_id: str, what: str) -> bool:
        """Return whether no case has noticed a change yet, and record that it was tried."""
        return not self.noticed.setdefault((node_id, what), False)

    def coverage(self) -> Coverage:
        survivors = tuple(Survivor(*key) for key, noticed in self.noticed.items() if not noticed)
        guides = {node_id: answers for node_id, answers in self.guides.items() if node_id not in self.effective}
        guide_only = tuple(node_id for node_id, answers in guides.items() if not {MET, NOT_MET} <= answers)
        return Coverage(len(self.leaves), len(self.noticed) - len(self.leaves), survivors, guide_only)


_NO_CASE_TURNS = "no case turns on this test"


def _try_program(program: Program, runs: Sequence[CaseRun], tally: _Tally) -> None:
    effective = _effective(program)
    for index, node in enumerate(program.nodes):
        if index not in effective:
            if isinstance(node, Leaf):
                tally.guides.setdefault(node.node_id, set()).update(run.answers[index] for run in runs)
            continue
        tally.effective.add(node.node_id)
        above = program.above(index)
        if isinstance(node, Leaf):
            tally.leaves.add(node.node_id)
            if tally.open(node.node_id, _NO_CASE_TURNS):
                hit = any(changes_outcome(program, run.answers, run.gaps, run.outcome, index) for run in runs)
                tally.noticed[node.node_id, _NO_CASE_TURNS] = hit
        else:
            for what, branch, children in _mutants(program, index, node):
                if tally.open(node.node_id, what):
                    twin = program.altered(index, branch, children)
                    tally.noticed[node.node_id, what] = any(_notices(twin, run, above) for run in runs)
    _try_rules(program, runs, tally)


def _effective(program: Program) -> frozenset[int]:
    """Return the nodes under rules that change outcomes: all but guides."""
    waiting = [
        part
        for places in program.rules
        if places.rule.kind is not RuleKind.GUIDE
        for part in (places.applies, places.criteria, places.unless)
        if part != ABSENT
    ]
    found: set[int] = set()
    while waiting:
        index = waiting.pop()
        if index not in found:
            found.add(index)
            waiting += program.children[index]
    return frozenset(found)


def _notices(twin: Program, run: CaseRun, above: tuple[int, ...]) -> bool:
    return outcome(twin, twin.refold(run.answers, above), run.gaps) != run.outcome


def _mutants(program: Program, index: int, node: Branch) -> Iterator[_Mutant]:
    """Yield every change of one branch: its name, the branch, its children."""
    children = program.children[index]
    if node.fold is Fold.NOT:
        yield "not left out", _branch(node, 1), children
    elif node.fold is Fold.IMPLIES:
        yield "demanded of all, not only when it applies", _branch(node, 1), children[1:]
        yield "nothing demanded when it applies", _branch(node, 0), ()
    else:
        yield from _at_least_mutants(program, node, children)


def _at_least_mutants(program: Program, node: Branch, children: tuple[int, ...]) -> Iterator[_Mutant]:
    count, needed = len(children), node.at_least
    fewer = needed - 1 if needed == count else min(needed, count - 1)
    for place, child in enumerate(children):
        name = program.nodes[child].node_id
        yield f"without {name}", _branch(node, fewer), children[:place] + children[place + 1 :]
    if needed > 1:
        yield "any instead of " + ("all" if needed == count else str(needed)), _branch(node, 1), children
    if needed < count:
        yield "all instead of " + ("any" if needed == 1 else str(needed)), _branch(node, count), children


def _branch(node: Branch, at_least: int) -> Branch:
    return replace(node, fold=Fold.AT_LEAST, at_least=at_least)


def _try_rules(program: Program, runs: Sequence[CaseRun], tally: _Tally) -> None:
    for place, places in enumerate(program.rules):
        for what, others in _rule_mutants(program.rules, place, places.rule):
            if tally.open(places.rule.rule_id, what):
                twin = program.with_rules(others)
                noticed = any(outcome(twin, run.answers, run.gaps) != run.outcome for run in runs)
                tally.noticed[places.rule.rule_id, what] = noticed


def _rule_mutants(
    rules: tuple[RulePlaces, ...], place: int, rule: Rule
) -> Iterator[tuple[str, tuple[RulePlaces, ...]]]:
    before, after = rules[:place], rules[place + 1 :]
    if rule.kind is RuleKind.GUIDE:
        return
    yield "without this rule", (*before, *after)
    if rule.rule_out:
        weaker = replace(rules[place], rule=replace(rule, rule_out=False))
        yield "without its rule_out", (*before, weaker, *after)
    if rule.unaddressed:
        weaker = replace(rules[place], rule=replace(rule, unaddressed=False))
        yield "without its unaddressed", (*before, weaker, *after)
