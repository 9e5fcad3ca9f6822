"""The compiled evaluator gives the same answer to every criterion as plain recursion over the tree."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from adjudication.model.claim import SupportingFact
from adjudication.policy.evidence import Subject, collect
from adjudication.policy.trace import ANSWERS
from adjudication.policy.tree import Rule
from tests.builders.policy.naive import naive_answer
from tests.builders.policy.policies import a_program
from tests.builders.policy.trees import mixed_trees, subjects, supporting_facts


@settings(max_examples=120, deadline=None)
@given(mixed_trees(), st.lists(st.tuples(st.lists(supporting_facts, max_size=12), subjects), min_size=1, max_size=3))
def test_every_criterion_is_answered_as_plain_recursion_answers_it(
    rules: tuple[Rule, ...], lines: list[tuple[list[SupportingFact], Subject]]
) -> None:
    program = a_program(*rules)
    for facts, subject in lines:
        evidence = collect(facts)
        answers = program.answer(evidence, subject)
        found = {node.node_id: ANSWERS[answers[index]] for index, node in enumerate(program.nodes)}
        assert found == {node.node_id: naive_answer(node, evidence, subject) for node in program.nodes}
        assert program.refold(answers) == answers
