"""The words of a refusal say what is needed, and are of the right kind for what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.problem_words import value_problems
from streams.intake.decode import Refused, decode_submission
from tests.builders.events import a_claim_event, a_line, a_record

LINE = a_line()


def _reasons(**changes: Any) -> list[tuple[str | None, str]]:
    refused = decode_submission(a_record(a_claim_event(**changes)))
    assert isinstance(refused, Refused)
    return [(reason.field, reason.message.partition(";")[0]) for reason in refused.reasons]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([{**LINE, "charge": "x"}], [("data.lines.0.charge", "write a plain number such as 1450.00")]),
        ([], [("data.lines", "the list is empty")]),
        ([LINE] * 1000, [("data.lines", "the list has too many entries")]),
        (LINE, [("data.lines", "a list is needed here")]),
        ("72148", [("data.lines", "a list is needed here")]),
        ([7], [("data.lines.0", "an object with named values is needed here")]),
        ([{**LINE, "modifiers": ["26", "TC", "59", "LT", "RT"]}], [("data.lines.0.modifiers", "the list has too many entries")]),
        ([{**LINE, "units": "0"}], [("data.lines.0.units", "the number is too small")]),
        ([{**LINE, "charge": "1.234"}], [("data.lines.0.charge", "the number has too many decimals")]),
        ([{**LINE, "number": "1"}], [("data.lines.0.number", "a whole number is needed here, without quotes")]),
        ([{**LINE, "number": 0}], [("data.lines.0.number", "the number is too small")]),
        ([{**LINE, "service_date": "0"}], [("data.lines.0.service_date", "write a date as 2025-11-03, with a day that the calendar has")]),
        ([{**LINE, "code": 72148}], [("data.lines.0.code", "a text is needed here")]),
        ([{**LINE, "code": ""}], [("data.lines.0.code", "write a procedure code of five characters in capitals, such as 72148")]),
        ([{**LINE, "modifiers": ["xs"]}], [("data.lines.0.modifiers.0", "write a code of two characters in capitals")]),
        ([{**LINE, "revenue_code": "612"}], [("data.lines.0.revenue_code", "write four digits, such as 0612")]),
    ],
)  # fmt: skip
def test_a_list_that_does_not_fit_is_refused_for_what_is_wrong_with_it(
    lines: Any, expected: list[tuple[str, str]]
) -> None:
    found = _reasons(lines=lines)
    assert [field for field, _ in found] == [field for field, _ in expected]
    for (_, words), (_, wanted) in zip(found, expected, strict=True):
        assert words.startswith(wanted)


def test_a_diagnosis_as_an_837_writes_it_is_refused_with_the_form_that_is_needed() -> None:
    """An 837 leaves the point of an ICD-10-CM code out; who passes it on unchanged reads what to write."""
    words = "write an ICD-10-CM code in capitals with its point, such as M51.16"
    assert _reasons(diagnoses=["M5116"]) == [("data.diagnoses.0", words)]


def test_limits_of_the_contract_are_named_and_nothing_that_was_sent() -> None:
    errors: list[dict[str, Any]] = [
        {"type": "too_long", "loc": ("a",), "ctx": {"max_length": 4, "actual_length": 5, "field_type": "Tuple"}, "msg": ""},
        {"type": "too_short", "loc": ("b",), "ctx": {"min_length": 2, "actual_length": 1, "field_type": "Tuple"}, "msg": ""},
        {"type": "some_new_kind", "loc": ("c",), "msg": "quotes SECRET"},
    ]  # fmt: skip
    words = [problem.words for problem in value_problems(errors)]
    assert words == [
        "the list has too many entries; at most 4 are allowed",
        "the list has too few entries; at least 2 are needed",
        "the value does not fit the contract",
    ]
