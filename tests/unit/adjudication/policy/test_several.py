"""Several values of one fact are a conflict only where a criterion would be answered differently by them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from adjudication.model.claim import FactSubject, SupportingFact, Value
from adjudication.policy.evidence import Gap, Subject, collect
from adjudication.policy.leaves import (
    MET,
    NOT_MET,
    UNKNOWN,
    Choice,
    Dated,
    DatedValue,
    Flag,
    LeafTest,
    Measure,
    months_before,
)
from adjudication.policy.tree import Leaf, Rule, RuleKind
from tests.builders.policy.policies import CITED, SERVED, a_program

SIX = DatedValue("", ((date.min, Decimal(6)),))
WEEKS = Measure("weeks", SIX)
REASON = Choice("reason", frozenset({"worse", "new"}), frozenset({"worse", "new", "routine"}))
ROUTINE = Choice("reason", frozenset({"routine"}), frozenset({"worse", "new", "routine"}))
VISIT = Dated("visit", "onset")
ONE_VISIT = Dated("visit", "onset", any_of_several=True)
ONSET, BEFORE, AFTER = date(2025, 5, 1), date(2025, 4, 1), date(2025, 5, 20)


def answered(test: LeafTest, **values: tuple[Value, ...]) -> int:
    leaf = Leaf("leaf", "Asked?", test, CITED, "clinical-note")
    program = a_program(Rule("R", RuleKind.COVERED, "Covered", frozenset({"76390"}), CITED, criteria=leaf))
    facts = [SupportingFact(name, value, "document", SERVED) for name, stated in values.items() for value in stated]
    return program.answer(collect(facts), Subject("76390", SERVED, SERVED))[0]


@pytest.mark.parametrize(
    ("test", "values", "answer"),
    [
        (WEEKS, {"weeks": (Decimal(7), Decimal(8))}, MET),
        (WEEKS, {"weeks": (Decimal(2), Decimal(5))}, NOT_MET),
        (WEEKS, {"weeks": (Decimal(5), Decimal(8))}, UNKNOWN),
        (REASON, {"reason": ("worse", "new")}, MET),
        (REASON, {"reason": ("worse", "routine")}, UNKNOWN),
        (REASON, {"reason": ("worse", "not in the list")}, UNKNOWN),
        (replace(REASON, several="any"), {"reason": ("worse", "routine")}, MET),
        (replace(REASON, several="any"), {"reason": ("worse", "not in the list")}, MET),
        (replace(ROUTINE, several="sole"), {"reason": ("routine", "worse")}, NOT_MET),
        (replace(ROUTINE, several="sole"), {"reason": ("routine", "not in the list")}, UNKNOWN),
        (ROUTINE, {"reason": ("routine", "worse")}, UNKNOWN),
        (Flag("flag"), {"flag": (True, False)}, UNKNOWN),
        (Flag("flag"), {"flag": (True, Decimal(1))}, UNKNOWN),
        (VISIT, {"visit": (BEFORE, AFTER), "onset": (ONSET,)}, UNKNOWN),
        (ONE_VISIT, {"visit": (BEFORE, AFTER), "onset": (ONSET,)}, MET),
        (ONE_VISIT, {"visit": (BEFORE, date(2025, 3, 1)), "onset": (ONSET,)}, NOT_MET),
        (ONE_VISIT, {"visit": (BEFORE, AFTER)}, UNKNOWN),
        (ONE_VISIT, {"visit": (AFTER,), "onset": (ONSET, BEFORE)}, MET),
        (ONE_VISIT, {"visit": (AFTER,), "onset": (ONSET, date(2025, 5, 25))}, UNKNOWN),
    ],
)
def test_several_values_are_a_conflict_only_where_they_answer_differently(
    test: LeafTest, values: dict[str, tuple[Value, ...]], answer: int
) -> None:
    assert answered(test, **values) == answer


@pytest.mark.parametrize(
    ("sides", "answer"),
    [(("left", "right"), MET), (("left", "left"), UNKNOWN), ((None, "right"), UNKNOWN), ((None, None), UNKNOWN)],
)
def test_what_holds_on_one_side_holds_and_is_no_conflict(sides: tuple[str | None, str | None], answer: int) -> None:
    leaf = Leaf("leaf", "Asked?", Flag("foot-drop"), CITED, "clinical-note")
    program = a_program(Rule("R", RuleKind.COVERED, "Covered", frozenset({"76390"}), CITED, criteria=leaf))
    facts = [
        SupportingFact("foot-drop", value, "document", SERVED, about=FactSubject(side=side))
        for side, value in zip(sides, (True, False), strict=True)
    ]
    assert program.answer(collect(facts), Subject("76390", SERVED, SERVED))[0] == answer


def test_a_screening_that_denies_what_a_note_reports_stays_a_conflict() -> None:
    facts = [SupportingFact("flag", True, "document", SERVED), SupportingFact("none", True, "document", SERVED)]
    evidence = collect(facts, {"none": ("flag",)})
    assert (evidence.gaps["flag"], evidence.several) == (Gap.CONFLICTING, {})


@pytest.mark.parametrize(
    ("day", "months", "earlier"),
    [
        (date(2026, 9, 1), 6, date(2026, 3, 1)),
        (date(2026, 8, 31), 6, date(2026, 2, 28)),
        (date(2024, 8, 31), 6, date(2024, 2, 29)),
        (date(2026, 1, 15), 1, date(2025, 12, 15)),
        (date(2026, 3, 31), 13, date(2025, 2, 28)),
    ],
)
def test_months_are_of_the_calendar(day: date, months: int, earlier: date) -> None:
    assert months_before(day, months) == earlier
