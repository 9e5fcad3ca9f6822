"""What three-valued folding promises: exact, monotone, and only asking for what could still matter."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from adjudication.model.claim import Value
from adjudication.policy.evidence import Evidence, Subject
from adjudication.policy.leaves import MET, NOT_MET, UNKNOWN, Flag
from adjudication.policy.tree import Branch, Fold, Leaf, Node, Rule, RuleKind
from adjudication.policy.verdict import material
from tests.builders.policy.completions import agreed, answered, completions, flags, partly_known, says
from tests.builders.policy.policies import CITED, a_program
from tests.builders.policy.trees import a_rule, facts, mixed_trees, plain_trees, subjects, values

QUICK = settings(max_examples=120, deadline=None)
leaf_answers = st.lists(st.sampled_from((MET, NOT_MET, UNKNOWN)), min_size=1, max_size=7)


@QUICK
@given(leaf_answers, st.data())
def test_k_of_n_says_what_all_completions_agree_on(given_answers: list[int], data: st.DataObject) -> None:
    needed = data.draw(st.integers(1, len(given_answers)))
    leaves = tuple(Leaf(f"leaf-{n}", "A test.", Flag(f"f.{n}"), CITED, "order") for n in range(len(given_answers)))
    program = a_program(a_rule(1, RuleKind.COVERED, Branch("k", "k of n", Fold.AT_LEAST, leaves, needed)))
    found = program.refold([*given_answers, UNKNOWN])[-1]
    options = [(MET, NOT_MET) if answer == UNKNOWN else (answer,) for answer in given_answers]
    reached = {completed.count(MET) >= needed for completed in product(*options)}
    assert found == (UNKNOWN if len(reached) == 2 else MET if reached == {True} else NOT_MET)


@QUICK
@given(plain_trees(), st.data())
def test_a_tree_is_decided_exactly_when_all_completions_agree(tree: Node, data: st.DataObject) -> None:
    program = a_program(a_rule(1, RuleKind.COVERED, tree))
    known = data.draw(partly_known(program))
    reached = {says(tree, whole) for whole in completions(program, known)}
    assert answered(program, known)[program.rules[0].criteria] == agreed(reached)


@QUICK
@given(plain_trees(), st.data())
def test_a_leaf_is_asked_for_exactly_when_some_completion_turns_on_it(tree: Node, data: st.DataObject) -> None:
    program = a_program(a_rule(1, RuleKind.COVERED, tree))
    known = data.draw(partly_known(program))
    asked = material(program, answered(program, known), (program.rules[0].criteria,))
    turning = {
        place
        for fact, place in flags(program).items()
        if fact not in known
        and any(
            says(tree, whole) is not says(tree, {**whole, fact: not whole[fact]})
            for whole in completions(program, known)
        )
    }
    assert set(asked) == turning
    assert len(asked) == len(turning)


@QUICK
@given(mixed_trees(), st.dictionaries(facts, values), st.dictionaries(facts, values), subjects)
def test_more_evidence_never_takes_an_answer_back(
    rules: tuple[Rule, ...], first: dict[str, Value], more: dict[str, Value], subject: Subject
) -> None:
    program = a_program(*rules)
    before = program.answer(Evidence(first), subject)
    after = program.answer(Evidence({**more, **first}), subject)
    taken_back = [
        node.node_id for node, old, new in zip(program.nodes, before, after, strict=True) if old not in (UNKNOWN, new)
    ]
    assert taken_back == []


@QUICK
@given(mixed_trees(), st.dictionaries(facts, values), st.lists(subjects, min_size=2, max_size=3))
def test_a_line_is_answered_the_same_whatever_was_answered_before_it(
    rules: tuple[Rule, ...], known: dict[str, Value], lines: list[Subject]
) -> None:
    used, wide = a_program(*rules), Evidence({**known, "unasked.fact": Decimal(1)})
    for subject in lines:
        used.answer(wide, subject)
    assert used.answer(Evidence(known), lines[0]) == a_program(*rules).answer(wide, lines[0])
