"""What is informed of one fact by several: agreed, contradictory, illegible, settled."""

from __future__ import annotations

from dataclasses import replace

from adjudication.model.claim import SupportingFact, Value
from adjudication.policy.evidence import Gap, collect
from tests.builders.policy.policies import SERVED


def fact(value: Value, *, settles: bool = False, legible: bool = True) -> SupportingFact:
    return SupportingFact("a", value, "document", SERVED, settles=settles, legible=legible)


def test_the_same_value_stated_twice_is_known() -> None:
    evidence = collect([fact("x"), replace(fact("x"), source="claim")])
    assert evidence.known == {"a": "x"}
    assert len(evidence.stated["a"]) == 2


def test_two_values_are_a_conflict_and_so_unknown() -> None:
    evidence = collect([fact("x"), fact("y"), fact("x")])
    assert evidence.known == {}
    assert evidence.why_unknown("a") is Gap.CONFLICTING


def test_what_a_reviewer_settles_stands_whatever_else_is_shown_before_or_after() -> None:
    evidence = collect([fact("x"), fact("z", settles=True), fact("y")])
    assert evidence.known == {"a": "z"}
    assert evidence.gaps == {}


def test_the_last_thing_a_reviewer_settled_stands() -> None:
    assert collect([fact("x", settles=True), fact("y", settles=True)]).known == {"a": "y"}


def test_what_no_person_can_read_is_illegible() -> None:
    evidence = collect([fact("", legible=False)])
    assert evidence.known == {}
    assert evidence.why_unknown("a") is Gap.ILLEGIBLE


def test_a_legible_copy_makes_up_for_an_illegible_one() -> None:
    assert collect([fact("", legible=False), fact("x")]).known == {"a": "x"}


def test_a_fact_of_the_wrong_kind_is_unreadable_and_one_no_person_stated_is_missing() -> None:
    evidence = collect([fact("x")])
    assert evidence.why_unknown("a") is Gap.UNREADABLE
    assert evidence.why_unknown("b") is Gap.MISSING
