from __future__ import annotations

from adjudication.model.facts import Answer
from adjudication.policy.near_misses import near_misses
from adjudication.policy.trace import TraceNode, TraceRule
from adjudication.policy.tree import RuleKind

MET, NOT_MET, UNKNOWN = Answer.MET, Answer.NOT_MET, Answer.UNKNOWN


def leaf(name: str, answer: Answer) -> TraceNode:
    return TraceNode(name, name, answer, "test", (), ())


def of(how: str, answer: Answer, *children: TraceNode, name: str = "") -> TraceNode:
    return TraceNode(name or how, name, answer, how, (), (), children=children)


def rule(criteria: TraceNode, applies: Answer = MET, kind: RuleKind = RuleKind.COVERED, name: str = "R") -> TraceRule:
    return TraceRule(name, kind, name, (), (), leaf("applies", applies), criteria, None)


TRIAL = of("all of", NOT_MET, leaf("weeks", NOT_MET), leaf("end", MET), leaf("outcome", MET), name="trial")
RED_FLAG = of("any of", NOT_MET, leaf("cancer", NOT_MET), leaf("fracture", NOT_MET), name="red flag")
CARE = of("any of", NOT_MET, RED_FLAG, TRIAL, name="care")


def outline(node: TraceNode) -> tuple[str, list[object]]:
    return node.node_id, [outline(child) for child in node.children]


def test_of_several_ways_the_one_that_came_closest_is_followed_to_what_failed() -> None:
    [miss] = near_misses([rule(of("all of", NOT_MET, leaf("visit", MET), CARE))])
    assert [outline(each) for each in miss.criteria] == [("care", [("weeks", [])])]


def test_everything_that_must_hold_and_does_not_is_named() -> None:
    criteria = of("all of", NOT_MET, leaf("order", NOT_MET), leaf("question", UNKNOWN), leaf("x-ray", NOT_MET))
    [miss] = near_misses([rule(criteria)])
    assert [each.node_id for each in miss.criteria] == ["order", "x-ray"]


def test_rules_that_do_not_apply_or_do_not_cover_or_are_open_are_left_out() -> None:
    fails = leaf("f", NOT_MET)
    rules = [
        rule(fails, applies=NOT_MET),
        rule(fails, kind=RuleKind.EXCLUDED),
        rule(leaf("f", UNKNOWN)),
        rule(leaf("f", MET)),
    ]
    assert near_misses(rules) == ()


def test_the_rule_with_the_fewest_failures_comes_first() -> None:
    two = rule(of("all of", NOT_MET, leaf("a", NOT_MET), leaf("b", NOT_MET)), name="two")
    one = rule(leaf("a", NOT_MET), applies=UNKNOWN, name="one")
    assert [miss.rule_id for miss in near_misses([two, one])] == ["one", "two"]
