from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import product

import pytest

from adjudication.facts import Answer, Facts, all_of, any_of
from tests.builders.facts import told

MET, NOT_MET, UNKNOWN = Answer.MET, Answer.NOT_MET, Answer.UNKNOWN


@pytest.mark.parametrize("answer", Answer)
def test_an_answer_refuses_to_be_a_bool(answer: Answer) -> None:
    with pytest.raises(TypeError, match="compare it with `is`"):
        bool(answer)
    with pytest.raises(TypeError):
        assert not answer


@pytest.mark.parametrize(("one", "other"), [*product(Answer, Answer)])
def test_all_and_any_are_the_three_valued_and_and_or(one: Answer, other: Answer) -> None:
    rank = {NOT_MET: 0, UNKNOWN: 1, MET: 2}
    pair = (one, other)
    assert all_of(pair) is min(pair, key=lambda answer: rank[answer])
    assert any_of(pair) is max(pair, key=lambda answer: rank[answer])


def test_nothing_is_all_met_and_not_any() -> None:
    assert all_of(()) is MET
    assert any_of(()) is NOT_MET


def test_a_fact_told_twice_alike_is_known_and_told_differently_is_conflicting() -> None:
    facts = Facts([told("a", True), told("a", True), told("b", True), told("b", False)])
    assert (facts.flag("a"), facts.flag("b"), facts.flag("c")) == (MET, UNKNOWN, UNKNOWN)
    assert [facts.why_unknown(name) for name in "bc"] == ["conflicting", "missing"]


def test_a_value_of_another_kind_is_unreadable_and_not_no() -> None:
    facts = Facts([told("flag", "yes"), told("day", "soon"), told("number", True), told("code", "perhaps")])
    assert facts.flag("flag") is UNKNOWN
    assert (facts.day("day"), facts.number("number")) == (None, None)
    assert facts.choice("code", frozenset({"failed"})) is None
    assert {facts.why_unknown(name) for name in ("flag", "day", "number", "code")} == {"unreadable"}


def test_a_known_value_is_read_as_its_kind() -> None:
    day = date(2025, 5, 1)
    facts = Facts([told("flag", False), told("day", day), told("number", Decimal(6)), told("code", "failed")])
    assert facts.flag("flag") is NOT_MET
    assert (facts.day("day"), facts.number("number")) == (day, Decimal(6))
    assert facts.choice("code", frozenset({"failed"})) == "failed"


def test_only_claimed_exceptions_are_answered_and_one_told_both_ways_is_unknown() -> None:
    facts = Facts([told("yes", True), told("no", False), told("both", True), told("both", False)])
    assert facts.claimed(("yes", "no", "both", "silent")) == {"yes": MET, "no": NOT_MET, "both": UNKNOWN}
