"""Chooses the documents to request first: the open criteria of the likeliest way to cover a line, and no others.

If every criterion chosen here is answered favorably, the line is covered. A policy names its ordinary way first and its
exceptions after it, so the first way that is still open is chosen. Documents for the other ways are requested
only if this one fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Final

from adjudication.policy.leaves import MET, NOT_MET, UNKNOWN
from adjudication.policy.program import ABSENT, Program, RulePlaces
from adjudication.policy.tree import Branch, Fold, Leaf
from adjudication.policy.verdict import Result, open_rules, rule_line

Wanted = Mapping[int, int]
"""The index of each leaf to ask about, and the answer that favors the line."""

_STEPS: Final = 3
_TRIED: Final = 2
"""The number of rounds in which the search follows questions that answers open, and the most paths per round."""

_OPPOSITE: Final = {MET: NOT_MET, NOT_MET: MET}


@lru_cache(maxsize=4096)
def least_to_ask(program: Program, answers: bytes) -> Wanted:
    """Return the leaves of the likeliest way to cover the line; empty if no way is open or none needs a document.

    The likeliest rule is one that applies already, then the one that needs the fewest documents and answers.
    """
    search = _Search(program, answers)
    for way in _ways(search, program, answers):
        whole = _completed(program, answers, way, _STEPS)
        if whole is not None and search.documents(whole):
            return whole
    return {}


def _completed(program: Program, answers: bytes, way: Wanted, steps: int) -> Wanted | None:
    """Add the questions that the answers of a way would open, such as an exclusion of the stated condition that has an exception."""
    given = bytearray(answers)
    for leaf, want in way.items():
        given[leaf] = want
    folded = program.refold(given)
    ruling = rule_line(program, folded)
    if ruling.result is Result.MEETS:
        return way
    if not steps or not ruling.open_leaves:
        return None
    for more in islice(_ways(_Search(program, folded), program, folded), _TRIED):
        whole = _completed(program, folded, {**way, **more}, steps - 1)
        if whole is not None:
            return whole
    return None


def _ways(search: _Search, program: Program, answers: bytes) -> Iterator[Wanted]:
    """Yield the ways to cover a line under the rules that are still open, the likeliest first."""
    to_rule_out, maybe = open_rules(program, answers)
    ruled_out = search.all_of([search.first_of(_ways_out(places, answers)) for places in to_rule_out])
    if ruled_out is None:
        return
    if maybe is None:
        yield ruled_out
        return
    found = []
    for order, places in enumerate(maybe):
        way = search.all_of([ruled_out, search.settle_all(_ways_in(places))])
        if way is not None:
            open_still = places.applies != ABSENT and answers[places.applies] == UNKNOWN
            found.append((open_still, len(search.documents(way)), len(way), order, way))
    yield from (each[-1] for each in sorted(found, key=lambda each: each[:4]))


def _ways_in(places: RulePlaces) -> Iterator[tuple[int, int]]:
    """Yield the conditions under which a rule covers the line."""
    wanted = ((places.applies, MET), (places.criteria, MET), (places.unless, NOT_MET))
    return (each for each in wanted if each[0] != ABSENT)


def _ways_out(places: RulePlaces, answers: bytes) -> Iterator[tuple[int, int]]:
    """Yield, the likeliest first, answers that would each show that an exclusion or review does not apply."""
    wanted = [(places.criteria, NOT_MET), (places.unless, MET), (places.applies, NOT_MET)]
    if places.applies != ABSENT and answers[places.applies] == UNKNOWN:
        wanted = [wanted[2], *wanted[:2]]
    return (each for each in wanted if each[0] != ABSENT)


class _Search:
    """Finds which leaves would settle a node; None where no answer can."""

    def __init__(self, program: Program, answers: bytes) -> None:
        self._program, self._answers = program, answers
        self._known: dict[tuple[int, int], Wanted | None] = {}

    def documents(self, way: Wanted) -> frozenset[str]:
        leaves = (self._program.nodes[index] for index in way)
        return frozenset(leaf.document for leaf in leaves if isinstance(leaf, Leaf) and leaf.document is not None)

    def settle_all(self, wanted: Iterable[tuple[int, int]]) -> Wanted | None:
        return self.all_of([self.settle(index, want) for index, want in wanted])

    def first_of(self, wanted: Iterable[tuple[int, int]]) -> Wanted | None:
        return next((way for way in (self.settle(index, want) for index, want in wanted) if way is not None), None)

    def all_of(self, ways: Iterable[Wanted | None]) -> Wanted | None:
        """Join ways; None where one is impossible or two want opposite answers of one leaf."""
        joined: dict[int, int] = {}
        for way in ways:
            if way is None or any(joined.get(leaf, want) != want for leaf, want in way.items()):
                return None
            joined |= way
        return joined

    def settle(self, index: int, want: int) -> Wanted | None:
        answer = self._answers[index]
        if answer != UNKNOWN:
            return {} if answer == want else None
        key = (index, want)
        if key not in self._known:
            node = self._program.nodes[index]
            self._known[key] = {index: want} if isinstance(node, Leaf) else self._branch(node, index, want)
        return self._known[key]

    def _branch(self, node: Branch, index: int, want: int) -> Wanted | None:
        children = self._program.children[index]
        if node.fold is Fold.NOT:
            return self.settle(children[0], _OPPOSITE[want])
        if node.fold is Fold.IMPLIES:
            condition, consequence = children
            if want == NOT_MET:
                return self.settle_all([(condition, MET), (consequence, NOT_MET)])
            return self.first_of([(consequence, MET), (condition, NOT_MET)])
        needed = node.at_least if want == MET else len(children) - node.at_least + 1
        have = sum(self._answers[child] == want for child in children)
        ways = [self.settle(child, want) for child in children if self._answers[child] == UNKNOWN]
        possible = [way for way in ways if way is not None]
        if len(possible) < needed - have:
            return None
        possible.sort(key=self._asks_a_reviewer)
        return self.all_of(possible[: needed - have])

    def _asks_a_reviewer(self, way: Wanted) -> bool:
        leaves = (self._program.nodes[index] for index in way)
        return any(isinstance(leaf, Leaf) and leaf.document is None for leaf in leaves)
