"""Answers a criterion whose facts have several values: if every value gives the same answer, there is no conflict.

Of several dated events, one that fits is enough if the policy allows it: two visits are not a contradiction. The same applies to
several true reasons, except a reason that must be the only one.
"""

from __future__ import annotations

from itertools import product

from adjudication.policy.evidence import Evidence, Subject
from adjudication.policy.leaves import MET, NOT_MET, UNKNOWN, Choice, Dated
from adjudication.policy.tree import Leaf

_MOST = 16
"""The most values tried per criterion; a person judges a chart with more."""


def weighed(leaf: Leaf, evidence: Evidence, subject: Subject) -> int:
    """Answer a leaf for each value of its facts; unknown where the answers differ."""
    facts = [fact for fact in leaf.test.facts if fact in evidence.several]
    choices = list(product(*(evidence.several[fact] for fact in facts)))
    if not choices or not all(choices) or len(choices) > _MOST:
        return UNKNOWN
    answers = {
        leaf.test.answer({**evidence.known, **dict(zip(facts, values, strict=True))}, subject) for values in choices
    }
    if len(answers) == 1:
        return answers.pop()
    if isinstance(leaf.test, Choice) and leaf.test.several is not None:
        decides = MET if leaf.test.several == "any" else NOT_MET
        return decides if decides in answers else UNKNOWN
    one_is_enough = isinstance(leaf.test, Dated) and leaf.test.any_of_several and facts == [leaf.test.fact]
    by_side = evidence.sided.issuperset(facts)  # weakness on one side is enough, even if the other side is strong
    return MET if (one_is_enough or by_side) and MET in answers else UNKNOWN
