"""The questions that decide a line, in the order to ask them: the demand of each, and the value on record.

For an open line these are the fewest questions of the likeliest way to be covered, the condition first; for a decided
line they are the deciding criteria.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from adjudication.letters.asked_found import asked_of, found_of
from adjudication.letters.deciding import deciding_criteria
from adjudication.letters.line_trace import line_trace
from adjudication.policy.catalog import LegRuling
from adjudication.policy.evidence import Evidence
from adjudication.policy.least import least_to_ask
from adjudication.policy.program import ABSENT, Program
from adjudication.policy.trace import ANSWERS, open_tests
from adjudication.policy.verdict import Result

Units = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DecidingQuestion:
    """One question: its words, the policy's demand, the value on record, the facts that answer it, whether it is open."""

    node_id: str
    text: str
    asks: str
    found: str
    facts: tuple[str, ...]
    open: bool


@lru_cache(maxsize=64)
def _scope(program: Program) -> frozenset[int]:
    """Return the places that say whether a rule applies at all: the condition, before what it needs."""
    ahead = [rule.applies for rule in program.rules if rule.applies != ABSENT]
    found: set[int] = set()
    while ahead:
        place = ahead.pop()
        found.add(place)
        ahead += program.children[place]
    return frozenset(found)


def deciding_questions(
    leg: LegRuling, evidence: Evidence, served_on: date, units: Units
) -> tuple[DecidingQuestion, ...]:
    """Return the questions of one leg; none where no policy with criteria was applied, or it is met."""
    return tuple(_questions(leg, evidence, served_on, units))


def _questions(leg: LegRuling, evidence: Evidence, served_on: date, units: Units) -> Iterator[DecidingQuestion]:
    if leg.program is None or leg.ruling is None or leg.ruling.result is Result.MEETS:
        return
    wanted = least_to_ask(leg.program, leg.answers) if leg.ruling.open_leaves else {}
    places = {leg.program.nodes[place].node_id: answer for place, answer in wanted.items()}
    scope = _scope(leg.program)
    drawn = zip(sorted(wanted), open_tests(leg.program, leg.answers, evidence, tuple(wanted)), strict=True)
    for _, leaf in sorted(drawn, key=lambda each: (each[0] not in scope, each[0])):
        asks = asked_of(leaf, ANSWERS[places[leaf.node_id]], served_on, units)
        facts = tuple(dict.fromkeys(fact for fact, _ in leaf.gaps))
        yield DecidingQuestion(leaf.node_id, leaf.text, asks, found_of(leaf, units), facts, open=True)
    if wanted:
        return
    for each in deciding_criteria(line_trace(leg, evidence)):
        asks = asked_of(each.leaf, each.wanted, served_on, units)
        facts = tuple(dict.fromkeys(fact.fact for fact in each.leaf.facts))
        yield DecidingQuestion(each.leaf.node_id, each.leaf.text, asks, found_of(each.leaf, units), facts, open=False)
