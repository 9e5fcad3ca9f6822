"""The trace says of every criterion what was found, on what evidence, why not, and whether it still matters."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from adjudication.model.claim import SupportingFact, Value
from adjudication.model.facts import Answer
from adjudication.policy.evidence import Gap, Subject, collect
from adjudication.policy.leaves import Dated, Flag, Judgment
from adjudication.policy.program import Program
from adjudication.policy.trace import TraceNode, trace
from adjudication.policy.tree import Branch, Fold, Leaf, Node, Rule, RuleKind
from adjudication.policy.verdict import Result, rule_line
from tests.builders.policy.policies import CITED, SERVED, a_program

LINE = Subject("76390", SERVED, SERVED)


def flag(name: str) -> Leaf:
    return Leaf(name, f"Is {name} so?", Flag(name), CITED, "order")


def a_branch(name: str, fold: Fold, at_least: int, *children: Node) -> Branch:
    return Branch(name, "A combination.", fold, children, at_least, CITED)


def covered(criteria: Node, applies: Node | None = None) -> Program:
    return a_program(Rule("R-1", RuleKind.COVERED, "A rule", frozenset({"76390"}), CITED, applies, criteria))


def stated_facts(name: str, *values: Value, settles: bool = False) -> list[SupportingFact]:
    return [SupportingFact(name, value, "document", SERVED, settles=settles) for value in values]


def drawn(program: Program, facts: Iterable[SupportingFact]) -> TraceNode:
    evidence = collect(facts)
    answers = program.answer(evidence, LINE)
    (rule,) = trace(program, answers, evidence, rule_line(program, answers).open_leaves)
    assert rule.criteria is not None
    return rule.criteria


def leaf_of(node: TraceNode, name: str) -> TraceNode:
    return next(leaf for leaf in node.leaves() if leaf.node_id == name)


def test_every_criterion_is_drawn_even_after_one_has_failed() -> None:
    program = covered(a_branch("all", Fold.AT_LEAST, 3, flag("a"), flag("b"), flag("c")))
    node = drawn(program, [*stated_facts("a", False), *stated_facts("c", True)])
    assert node.answer is Answer.NOT_MET
    assert [leaf.answer for leaf in node.leaves()] == [Answer.NOT_MET, Answer.UNKNOWN, Answer.MET]


def test_only_what_could_still_change_the_result_is_marked_as_mattering() -> None:
    either = a_branch("either", Fold.AT_LEAST, 1, flag("a"), flag("b"))
    node = drawn(covered(a_branch("all", Fold.AT_LEAST, 2, either, flag("c"))), stated_facts("a", True))
    assert [leaf.node_id for leaf in node.leaves() if leaf.material] == ["c"]


def test_a_criterion_shows_who_stated_what_even_when_they_contradict_each_other() -> None:
    node = drawn(covered(flag("a")), stated_facts("a", True, False))
    assert node.answer is Answer.UNKNOWN
    assert node.gaps == (("a", Gap.CONFLICTING),)
    assert [fact.value for fact in node.facts] == [True, False]


def test_a_conflict_a_reviewer_settled_leaves_no_gap_and_keeps_what_was_stated() -> None:
    node = drawn(covered(flag("a")), [*stated_facts("a", True, False), *stated_facts("a", True, settles=True)])
    assert (node.answer, node.gaps, len(node.facts)) == (Answer.MET, (), 3)


def test_each_gap_names_its_reason() -> None:
    leaves = (flag("missing"), flag("unreadable"), Leaf("judged", "?", Judgment("judged"), CITED, None, True))
    node = drawn(covered(a_branch("all", Fold.AT_LEAST, 3, *leaves)), stated_facts("unreadable", "perhaps"))
    assert [leaf.gaps for leaf in node.leaves()] == [
        (("missing", Gap.MISSING),),
        (("unreadable", Gap.UNREADABLE),),
        (("judged", Gap.AWAITING_REVIEWER),),
    ]


def test_an_illegible_document_is_the_reason_given() -> None:
    facts = [SupportingFact("a", "", "document", SERVED, legible=False)]
    assert drawn(covered(flag("a")), facts).gaps == (("a", Gap.ILLEGIBLE),)


def test_of_two_days_only_the_one_that_is_missing_is_named() -> None:
    leaf = Leaf("seen", "?", Dated("seen", not_before="began"), CITED, "order")
    node = drawn(covered(leaf), stated_facts("seen", date(2025, 5, 1)))
    assert node.gaps == (("began", Gap.MISSING),)


def test_what_does_not_apply_is_met_by_exemption_and_states_it() -> None:
    program = covered(a_branch("when", Fold.IMPLIES, 1, flag("child"), flag("plausible")))
    exempt = drawn(program, stated_facts("child", False))
    assert (exempt.answer, exempt.exempt) == (Answer.MET, True)
    bound = drawn(program, [*stated_facts("child", True), *stated_facts("plausible", True)])
    assert (bound.answer, bound.exempt) == (Answer.MET, False)


def test_a_combination_says_how_it_combines() -> None:
    def how(node: Node) -> str:
        return drawn(covered(node), []).how

    three = (flag("a"), flag("b"), flag("c"))
    assert how(a_branch("x", Fold.AT_LEAST, 3, *three)) == "all of"
    assert how(a_branch("x", Fold.AT_LEAST, 1, *three)) == "any of"
    assert how(a_branch("x", Fold.AT_LEAST, 2, *three)) == "at least 2 of"
    assert how(a_branch("x", Fold.NOT, 1, flag("a"))) == "not"
    assert how(a_branch("x", Fold.IMPLIES, 1, flag("a"), flag("b"))) == "applies when"
    assert how(flag("a")) == "test"


def test_a_rule_that_may_not_apply_is_asked_only_whether_it_does() -> None:
    program = covered(flag("criterion"), applies=flag("condition"))
    answers = program.answer(collect([]), LINE)
    ruling = rule_line(program, answers)
    assert ruling.result is Result.DOCUMENTS
    assert [program.nodes[leaf].node_id for leaf in ruling.open_leaves] == ["condition"]
