"""Brute force: every way in which the open tests of a small policy could still be answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

from hypothesis import strategies as st

from adjudication.model.facts import Answer
from adjudication.policy.evidence import Evidence
from adjudication.policy.leaves import MET, NOT_MET, UNKNOWN
from adjudication.policy.program import Program
from adjudication.policy.tree import Leaf, Node
from tests.builders.policy.naive import decided, naive_answer
from tests.builders.policy.trees import SUBJECT

MOST_OPEN = 9


@st.composite
def partly_known(draw: st.DrawFn, program: Program) -> dict[str, bool]:
    """Facts for some of the tests of a policy of yes-or-no facts; few enough are left open to try all completions."""
    names = list(flags(program))
    left_open = draw(st.sets(st.sampled_from(names), max_size=MOST_OPEN)) if names else set()
    return {name: draw(st.booleans()) for name in names if name not in left_open}


def flags(program: Program) -> Mapping[str, int]:
    """The place of the one test of each fact."""
    return {node.test.facts[0]: i for i, node in enumerate(program.nodes) if isinstance(node, Leaf)}


def answered(program: Program, known: Mapping[str, bool]) -> bytes:
    return program.answer(Evidence(dict(known)), SUBJECT)


def completions(program: Program, known: Mapping[str, bool]) -> Iterator[dict[str, bool]]:
    """All ways to know every fact."""
    missing = [name for name in flags(program) if name not in known]
    for values in product((True, False), repeat=len(missing)):
        yield {**known, **dict(zip(missing, values, strict=True))}


def says(node: Node, known: Mapping[str, bool]) -> Answer:
    return naive_answer(node, Evidence(dict(known)), SUBJECT)


def agreed(answers: set[Answer]) -> int:
    """What all completions agree on; unknown when they do not."""
    assert Answer.UNKNOWN not in answers
    if len(answers) > 1:
        return UNKNOWN
    return MET if answers == {decided(True)} else NOT_MET
