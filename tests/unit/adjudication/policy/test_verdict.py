"""What a policy says of a line, one step of the fixed order at a time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adjudication.policy.evidence import Evidence, Gap, Subject
from adjudication.policy.leaves import Flag, Judgment
from adjudication.policy.tree import Label, Leaf, Rule, RuleKind
from adjudication.policy.verdict import Result, rule_line
from tests.builders.policy.policies import CITED, SERVED, a_program

CODE = frozenset({"76390"})
LINE = Subject("76390", SERVED, SERVED)


def flag(name: str) -> Leaf:
    return Leaf(name, f"Is {name} so?", Flag(name), CITED, f"{name}-record")


def a_rule(kind: RuleKind, name: str) -> Rule:
    return Rule(name, kind, f"The rule {name}", CODE, CITED)


COVERED = replace(a_rule(RuleKind.COVERED, "covers"), criteria=flag("needed"))
LIMITED = replace(COVERED, applies=flag("tumour"))
EXCLUDED = replace(a_rule(RuleKind.EXCLUDED, "excludes"), criteria=flag("unsafe"), label=Label.CODING)
LIFTABLE = replace(EXCLUDED, unless=flag("cleared"))
GUARD = replace(EXCLUDED, rule_out=True)
REVIEW = replace(a_rule(RuleKind.REVIEW, "reviews"), criteria=flag("unusual"))
ADMINISTRATIVE = replace(a_rule(RuleKind.ADMINISTRATIVE, "bundles"), criteria=flag("bundled"), label=Label.NOT_SEPARATE)
REFERS = replace(a_rule(RuleKind.REFERS, "refers"), criteria=flag("elsewhere"), refers_to="another")
OTHERWISE = replace(a_rule(RuleKind.OTHERWISE, "otherwise"), label=Label.EXPERIMENTAL)
UNADDRESSED = replace(OTHERWISE, unaddressed=True)

Said = tuple[str, str | None, str, tuple[str, ...]]


def said(*rules: Rule, **known: bool) -> Said:
    """Result, rule, label and the open tests."""
    return ruling_on(Evidence(dict(known)), *rules)


def ruling_on(evidence: Evidence, *rules: Rule) -> Said:
    program = a_program(*rules)
    ruling = rule_line(program, program.answer(evidence, LINE), evidence.gaps)
    return (
        ruling.result.value,
        None if ruling.rule is None else ruling.rule.rule_id,
        "" if ruling.label is None else ruling.label.value,
        tuple(program.nodes[leaf].node_id for leaf in ruling.open_leaves),
    )


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (("bundled", "unsafe", "elsewhere", "unusual"), ("administrative", "bundles", "not-separate")),
        (("unsafe", "elsewhere", "unusual"), ("adverse", "excludes", "coding")),
        (("elsewhere", "unusual"), ("referred", "refers", "")),
        (("unusual",), ("judgement", "reviews", "")),
        ((), ("meets", "covers", "")),
    ],
)
def test_the_first_rule_that_holds_settles_the_line_in_a_fixed_order(
    held: tuple[str, ...], expected: tuple[str, str, str]
) -> None:
    rules = (COVERED, REVIEW, REFERS, EXCLUDED, ADMINISTRATIVE)
    everything = dict.fromkeys(("unusual", "elsewhere", "unsafe", "bundled"), False)
    found = said(*rules, needed=True, **{**everything, **dict.fromkeys(held, True)})
    assert found == (*expected, ())


def test_an_exclusion_no_person_speaks_of_does_not_hold_the_line_up() -> None:
    assert said(COVERED, EXCLUDED, REVIEW, ADMINISTRATIVE, needed=True) == ("meets", "covers", "", ())


@pytest.mark.parametrize("rule", [GUARD, replace(REVIEW, rule_out=True), replace(ADMINISTRATIVE, rule_out=True)])
def test_what_must_be_ruled_out_holds_the_line_up_until_it_is(rule: Rule) -> None:
    name = "" if rule.criteria is None else rule.criteria.node_id
    assert said(COVERED, rule, needed=True) == ("documents", rule.rule_id, "", (name,))
    assert said(COVERED, rule, needed=True, **{name: False}) == ("meets", "covers", "", ())


def test_an_exclusion_that_holds_but_for_an_open_exception_asks_for_the_exception() -> None:
    assert said(COVERED, LIFTABLE, needed=True, unsafe=True) == ("documents", "excludes", "", ("cleared",))
    assert said(COVERED, LIFTABLE, needed=True, unsafe=True, cleared=True) == ("meets", "covers", "", ())
    assert said(COVERED, LIFTABLE, needed=True, unsafe=True, cleared=False) == ("adverse", "excludes", "coding", ())


def test_an_exclusion_lifted_beforehand_is_not_asked_about() -> None:
    guard = replace(LIFTABLE, rule_out=True)
    assert said(COVERED, guard, needed=True, cleared=True) == ("meets", "covers", "", ())


def test_once_a_rule_is_met_nothing_is_asked_of_the_others_that_would_cover() -> None:
    other = replace(COVERED, rule_id="covers-too", criteria=flag("useful"))
    assert said(COVERED, other, GUARD, needed=True) == ("documents", "excludes", "", ("unsafe",))


def test_while_nothing_is_met_everything_that_could_still_cover_is_asked_at_once() -> None:
    other = replace(COVERED, rule_id="covers-too", criteria=flag("useful"))
    assert said(COVERED, other, GUARD, OTHERWISE) == ("documents", "excludes", "", ("unsafe", "needed", "useful"))


def test_a_rule_that_may_not_apply_is_first_asked_whether_it_does() -> None:
    assert said(LIMITED, OTHERWISE) == ("documents", "covers", "", ("tumour",))
    assert said(LIMITED, OTHERWISE, tumour=True) == ("documents", "covers", "", ("needed",))


def test_only_a_reviewer_is_asked_where_only_a_reviewer_can_say() -> None:
    judged = replace(COVERED, criteria=Leaf("plausible", "Plausible?", Judgment("plausible"), CITED, None, True))
    assert said(judged) == ("judgement", "covers", "", ("plausible",))
    assert said(judged, GUARD) == ("documents", "excludes", "", ("unsafe", "plausible"))


@pytest.mark.parametrize(
    ("contradicted", "expected"),
    [
        ("needed", ("contradiction", "covers", "", ("needed", "useful"))),
        ("useful", ("contradiction", "covers", "", ("needed", "useful"))),
        ("unsafe", ("documents", "covers", "", ("needed", "useful"))),  # an exclusion no person has to rule out
    ],
)
def test_a_contradiction_that_matters_is_a_reviewers_whatever_else_is_missing(
    contradicted: str, expected: Said
) -> None:
    other = replace(COVERED, rule_id="covers-too", criteria=flag("useful"))
    assert ruling_on(Evidence(gaps={contradicted: Gap.CONFLICTING}), COVERED, other, EXCLUDED) == expected


def test_what_applied_and_failed_is_unfavorable_where_the_policy_says_what_else_is() -> None:
    assert said(LIMITED, OTHERWISE, tumour=True, needed=False) == ("adverse", "otherwise", "experimental", ())
    assert said(LIMITED, tumour=True, needed=False) == ("judgement", None, "", ())


def test_a_failed_rule_needs_no_exclusion_ruled_out() -> None:
    assert said(COVERED, GUARD, OTHERWISE, needed=False) == ("adverse", "otherwise", "experimental", ())


def test_a_failed_rule_does_not_stand_while_another_may_still_cover() -> None:
    other = replace(COVERED, rule_id="covers-too", criteria=flag("useful"))
    assert said(COVERED, other, OTHERWISE, needed=False) == ("documents", "covers-too", "", ("useful",))


def test_a_request_the_policy_does_not_speak_of_is_for_a_person() -> None:
    assert said(LIMITED, OTHERWISE, tumour=False) == ("judgement", "otherwise", "", ())


def test_a_request_the_policy_does_not_speak_of_is_unfavorable_where_it_states_it() -> None:
    assert said(LIMITED, UNADDRESSED, tumour=False) == ("adverse", "otherwise", "experimental", ())


def test_an_exclusion_is_ruled_out_before_a_request_is_called_unaddressed() -> None:
    assert said(LIMITED, GUARD, UNADDRESSED, tumour=False) == ("documents", "excludes", "", ("unsafe",))


def test_every_result_has_its_own_word() -> None:
    assert len({result.value for result in Result}) == len(Result) == 7
