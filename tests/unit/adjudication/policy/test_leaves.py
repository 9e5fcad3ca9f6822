"""Every kind of test at its edges. What is missing, contradictory or of the wrong kind is unknown, never no."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from adjudication.model.claim import SupportingFact, Value
from adjudication.policy.evidence import Service, ServiceHistory, Subject, collect
from adjudication.policy.leaves import (
    MET,
    NOT_MET,
    UNKNOWN,
    Age,
    Choice,
    CodeIn,
    Dated,
    DatedValue,
    Earlier,
    Elapsed,
    Flag,
    Judgment,
    LeafTest,
    Measure,
)
from adjudication.policy.tree import Leaf, RuleKind
from tests.builders.policy.policies import CITED, SERVED, a_program
from tests.builders.policy.trees import a_rule

LINE = Subject("76390", SERVED, SERVED)


def number(value: int | str) -> DatedValue:
    return DatedValue("", ((date.min, Decimal(value)),))


def ago(days: int) -> date:
    return SERVED - timedelta(days=days)


def answer_of(test: LeafTest, subject: Subject = LINE, **known: Value) -> int:
    return test.answer(known, subject)


EVERY_FACT_TEST: tuple[LeafTest, ...] = (
    Flag("a"),
    Judgment("a"),
    Choice("a", frozenset({"yes"}), frozenset({"yes", "no"})),
    Measure("a", number(1)),
    Dated("a"),
    Elapsed("a", "a", number(1)),
)


@pytest.mark.parametrize("test", EVERY_FACT_TEST, ids=lambda test: type(test).__name__)
def test_nothing_stated_is_unknown(test: LeafTest) -> None:
    assert answer_of(test) == UNKNOWN


@pytest.mark.parametrize("test", EVERY_FACT_TEST, ids=lambda test: type(test).__name__)
def test_a_value_of_the_wrong_kind_is_unknown(test: LeafTest) -> None:
    kinds: dict[str, Value] = {"flag": True, "day": SERVED, "number": Decimal(5), "code": "yes"}
    wanted = {"Flag": "flag", "Judgment": "flag", "Choice": "code", "Measure": "number"}.get(type(test).__name__, "day")
    wrong = [value for kind, value in kinds.items() if kind != wanted]
    assert [answer_of(test, a=value) for value in wrong] == [UNKNOWN] * 3


def test_a_flag_stated_no_is_not_met() -> None:
    assert (answer_of(Flag("a"), a=True), answer_of(Flag("a"), a=False)) == (MET, NOT_MET)
    assert (answer_of(Judgment("a"), a=True), answer_of(Judgment("a"), a=False)) == (MET, NOT_MET)


def test_a_code_the_dictionary_does_not_know_is_unknown_not_wrong() -> None:
    test = Choice("a", frozenset({"failed"}), frozenset({"failed", "improved"}))
    assert [answer_of(test, a=code) for code in ("failed", "improved", "faild")] == [MET, NOT_MET, UNKNOWN]


def test_both_bounds_of_a_measure_are_inside() -> None:
    test = Measure("a", number(6), number("8.5"))
    found = [answer_of(test, a=Decimal(value)) for value in ("5.99", "6", "8.5", "8.51")]
    assert found == [NOT_MET, MET, MET, NOT_MET]


def test_a_parameter_has_its_new_value_from_its_first_day_on() -> None:
    test = Measure("a", DatedValue("weeks", ((date.min, Decimal(4)), (SERVED, Decimal(6)))))
    day_before = replace(LINE, service_date=ago(1))
    assert answer_of(test, day_before, a=Decimal(5)) == MET
    assert answer_of(test, LINE, a=Decimal(5)) == NOT_MET


def test_an_event_on_the_day_of_service_counts_and_one_after_it_does_not() -> None:
    assert [answer_of(Dated("a"), a=ago(days)) for days in (1, 0, -1)] == [MET, MET, NOT_MET]


def test_an_event_that_may_follow_the_service_may() -> None:
    assert answer_of(Dated("a", may_follow=True), a=ago(-1)) == MET


def test_the_last_day_of_a_window_counts_and_the_day_before_it_does_not() -> None:
    test = Dated("a", within_days=number(84))
    assert [answer_of(test, a=ago(days)) for days in (0, 84, 85)] == [MET, MET, NOT_MET]


def test_a_window_of_no_days_is_the_day_of_service() -> None:
    test = Dated("a", within_days=number(0))
    assert [answer_of(test, a=ago(days)) for days in (1, 0)] == [NOT_MET, MET]


def test_an_event_on_the_day_it_may_not_precede_counts() -> None:
    test = Dated("a", not_before="b")
    assert [answer_of(test, a=ago(9), b=ago(days)) for days in (10, 9, 8)] == [MET, MET, NOT_MET]


def test_an_event_without_the_day_it_may_not_precede_is_unknown_unless_already_too_old() -> None:
    test = Dated("a", not_before="b", within_days=number(30))
    assert answer_of(test, a=ago(30)) == UNKNOWN
    assert answer_of(test, a=ago(31)) == NOT_MET
    assert answer_of(test, a=ago(-1)) == NOT_MET
    assert answer_of(test, a=ago(30), b=True) == UNKNOWN
    assert answer_of(test, b=ago(40)) == UNKNOWN


def test_where_the_first_day_is_never_mentioned_a_recent_event_counts_and_an_older_one_stays_open() -> None:
    test = Dated("a", not_before="b", unsaid_within_days=number(183))
    assert [answer_of(test, a=ago(days)) for days in (0, 183, 184)] == [MET, MET, UNKNOWN]
    assert [answer_of(test, a=ago(9), b=ago(days)) for days in (9, 8)] == [MET, NOT_MET]
    assert answer_of(test, a=ago(9), b="not a day") == UNKNOWN
    assert answer_of(test, a=ago(-1)) == NOT_MET


def test_a_first_day_that_is_mentioned_and_cannot_be_read_is_not_silence() -> None:
    leaf = Leaf("seen", "?", Dated("a", not_before="b", unsaid_within_days=number(183)), CITED, "order")
    program = a_program(a_rule(1, RuleKind.COVERED, leaf))
    subject = Subject("76390", SERVED, SERVED)
    seen = SupportingFact("a", ago(9), "document", SERVED, "SYN-MD", "SYN-D1")
    illegible = SupportingFact("b", False, "document", SERVED, "SYN-MD", "SYN-D1", legible=False)
    assert list(program.answer(collect([seen]), subject)) == [MET]
    assert list(program.answer(collect([seen, illegible]), subject)) == [UNKNOWN]


def test_silence_counts_only_for_a_plan_that_presumes_it() -> None:
    leaf = Leaf("drop", "?", Flag("a"), CITED, "order", silent=NOT_MET, presumption="none-seen")
    program = a_program(a_rule(1, RuleKind.COVERED, leaf))
    asks = Subject("76390", SERVED, SERVED)
    presumes = replace(asks, presumes=frozenset({"none-seen"}))
    other = replace(asks, presumes=frozenset({"another"}))
    for subject, silent in ((asks, UNKNOWN), (presumes, NOT_MET), (other, UNKNOWN), (asks, UNKNOWN)):
        assert list(program.answer(collect([]), subject)) == [silent]
    seen = SupportingFact("a", True, "document", SERVED, "SYN-MD", "SYN-D1")
    assert list(program.answer(collect([seen]), presumes)) == [MET]
    illegible = SupportingFact("a", False, "document", SERVED, "SYN-MD", "SYN-D1", legible=False)
    assert list(program.answer(collect([illegible]), presumes)) == [UNKNOWN]


def test_so_many_days_must_lie_between_two_events() -> None:
    test = Elapsed("first", "last", number(42))
    assert [answer_of(test, first=ago(50), last=ago(50 - days)) for days in (41, 42)] == [NOT_MET, MET]


def test_events_the_wrong_way_round_leave_no_time_between_them() -> None:
    assert answer_of(Elapsed("first", "last", number(0)), first=ago(1), last=ago(2)) == NOT_MET


def test_one_of_two_days_alone_is_unknown() -> None:
    test = Elapsed("first", "last", number(42))
    assert (answer_of(test, first=ago(9)), answer_of(test, last=ago(9))) == (UNKNOWN, UNKNOWN)


@pytest.mark.parametrize(("age", "answer"), [(17, NOT_MET), (18, MET), (64, MET), (65, NOT_MET), (None, UNKNOWN)])
def test_both_ages_are_inside_and_no_age_is_unknown(age: int | None, answer: int) -> None:
    assert answer_of(Age(number(18), number(64)), replace(LINE, age_years=age)) == answer


def test_a_service_counts_from_the_day_before_to_the_edge_of_its_window() -> None:
    test = Earlier(frozenset({"72148"}), number(365))
    found = [
        answer_of(test, replace(LINE, history=ServiceHistory((Service("72148", ago(days)),))))
        for days in (-1, 0, 1, 365, 366)
    ]
    assert found == [NOT_MET, NOT_MET, MET, MET, NOT_MET]


def test_so_many_earlier_services_are_counted_and_other_codes_are_not() -> None:
    test = Earlier(frozenset({"72148"}), number(365), at_least=2)
    once = ServiceHistory((Service("72148", ago(10)), Service("78813", ago(10))))
    assert answer_of(test, replace(LINE, history=once)) == NOT_MET
    assert answer_of(test, replace(LINE, history=ServiceHistory((*once, Service("72148", ago(20)))))) == MET


FULL = replace(LINE, diagnoses=("M54.16",), modifiers=("59",), place_of_service="22", same_day=("72148",))


@pytest.mark.parametrize(
    ("of", "code"),
    [
        ("procedure", "76390"),
        ("diagnosis", "M54.16"),
        ("modifier", "59"),
        ("place-of-service", "22"),
        ("same-day", "72148"),
    ],
)
def test_a_code_is_looked_for_where_the_test_says(of: str, code: str) -> None:
    assert answer_of(CodeIn(of, frozenset({code})), FULL) == MET
    others = {"procedure", "diagnosis", "modifier", "place-of-service", "same-day"} - {of}
    assert {answer_of(CodeIn(other, frozenset({code})), FULL) for other in others} == {NOT_MET}


def test_a_claim_without_the_field_has_no_such_code() -> None:
    assert answer_of(CodeIn("place-of-service", frozenset({"22"}))) == NOT_MET


def test_a_prefix_stands_for_every_code_under_it() -> None:
    test = CodeIn("diagnosis", frozenset(), ("M54.1", "C7"))
    assert answer_of(test, FULL) == MET
    assert answer_of(test, replace(LINE, diagnoses=("M54.2",))) == NOT_MET
