"""What the lint finds, where it states it, and what it says to do."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from rulebook.authoring.lint import ERROR, WARNING, LintFinding, lint
from tests.builders.policy.policy_folders import CASES, CHAPTER, HEADER, spoil

TODAY = date(2025, 9, 1)
_REPEATING = """\
        - {flag: imaging.limited}
        - any: [{flag: imaging.limited, id: T-01.second, text: Once more.%s}, {flag: informed.of.risks}]
"""


def test_a_fact_that_a_rule_reads_as_well_is_no_mere_advice(policies: Path) -> None:
    spoil(policies, CHAPTER, "unless: {flag: implant.cleared}", "unless: {flag: informed.of.risks, id: T-02.shown}")
    spoil(policies, CASES, "implant.cleared", "informed.of.risks")
    assert about(lint(policies, TODAY, with_cases=False), "read by advice only") == []


def about(found: list[LintFinding], what: str) -> list[LintFinding]:
    return [finding for finding in found if what in finding.what]


ADVICE_ONLY = "informed.of.risks is read by advice only, so that no value of it changes a result"


def test_a_sound_draft_has_no_error_and_no_warning_but_that_it_is_a_draft(policies: Path) -> None:
    """Its advice reads a fact that no rule reads: that is said too."""
    found = [finding for finding in lint(policies, TODAY) if finding.place.file.startswith("medical/")]
    assert [(finding.severity, finding.what) for finding in found] == [(WARNING, "is a draft"), (WARNING, ADVICE_ONLY)]
    assert "claimwright policy release brain-mrs 1.0" in found[0].remedy


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "what", "remedy"),
    [
        (
            CHAPTER,
            "flag: imaging.limited",
            "flag: imaging.limted",
            23,
            "imaging.limted is not known",
            "imaging.limited",
        ),
        (CHAPTER, "kind: guide", "kind: advice", None, "Input should be", "correct the value"),
        (
            CASES,
            "expect: {result: meets, rule: T-01}",
            "expect: {result: meets, rule: T-99}",
            15,
            "no rule T-99",
            "its rules",
        ),
        (HEADER, "in_force: {starts: 2025-01-01}", "in_force: [", None, "YAML", "correct the text"),
    ],
)
def test_an_error_says_file_and_line_and_what_to_do(  # noqa: PLR0917
    policies: Path, file: str, old: str, new: str, line: int | None, what: str, remedy: str
) -> None:
    spoil(policies, file, old, new)
    [found] = lint(policies, TODAY)
    assert found.severity == ERROR
    assert found.place.file == file
    assert line is None or found.place.line == line
    assert what in found.what
    assert remedy in found.remedy
    assert str(found).startswith(file)


def test_an_overdue_review_is_a_warning_from_the_day_after(policies: Path) -> None:
    spoil(policies, HEADER, "published_on: 2024-12-01", "published_on: 2024-12-01\nnext_review: 2025-09-01")
    assert about(lint(policies, TODAY), "next review") == []
    [found] = about(lint(policies, date(2025, 9, 2)), "next review")
    assert (found.severity, found.place.file) == (WARNING, HEADER)


def test_entries_their_authors_doubt_are_counted_by_file(policies: Path) -> None:
    spoil(policies, HEADER, "confidence: synthetic", "confidence: medium")
    [found] = [finding for finding in about(lint(policies, TODAY), "medium") if finding.place.file == CHAPTER]
    assert "entries are marked" in found.what


def test_a_fact_that_two_tests_of_one_code_demand_is_a_warning_at_the_second(policies: Path) -> None:
    spoil(policies, CHAPTER, "        - {flag: imaging.limited}\n", _REPEATING % "")
    [found] = about(lint(policies, TODAY), "imaging.limited is tested by")
    assert (found.place.file, found.place.line) == (CHAPTER, 24)
    assert "T-01.criteria.imaging.limited, T-01.second (code 76390)" in found.what


def test_the_warning_goes_when_the_second_test_says_that_it_repeats(policies: Path) -> None:
    spoil(policies, CHAPTER, "        - {flag: imaging.limited}\n", _REPEATING % ", repeats: true")
    found = lint(policies, TODAY)
    assert [finding for finding in found if finding.severity == ERROR] == []
    assert about(found, "is tested by") == []


def test_days_that_no_version_and_no_unloaded_period_covers_are_a_warning(policies: Path) -> None:
    second = policies / "medical" / "brain-mrs" / "2.0"
    shutil.copytree(policies / "medical" / "brain-mrs" / "1.0", second)
    shutil.rmtree(second / "cases")
    spoil(policies, HEADER, "{starts: 2025-01-01}", "{starts: 2025-01-01, ends: 2025-07-01}")
    spoil(policies, "medical/brain-mrs/2.0/version.yaml", '"1.0"', '"2.0"')
    spoil(policies, "medical/brain-mrs/2.0/version.yaml", "starts: 2025-01-01", "starts: 2025-08-01")
    spoil(policies, CASES, "service_date: 2025-09-02", "service_date: 2025-06-02")
    [found] = about(lint(policies, TODAY), "no version is in force")
    assert "from 2025-07-01 until 2025-08-01" in found.what
    spoil(policies, "medical/brain-mrs/2.0/version.yaml", "starts: 2025-08-01", "starts: 2025-07-01")
    assert about(lint(policies, TODAY), "no version is in force") == []


def test_a_test_on_which_no_case_turns_is_a_warning_with_its_line(policies: Path) -> None:
    assert about(lint(policies, TODAY), "no case turns on this test") == []
    text = (policies / CASES).read_text()
    start, end = text.index("  - case: An implant no document"), text.index("  - case: A second study of the day")
    (policies / CASES).write_text(text[:start] + text[end:])
    found = about(lint(policies, TODAY), "no case turns on this test")
    assert [finding.place.key for finding in found] == ["T-02.unless"]
    assert all(finding.place.file == CHAPTER and finding.place.line for finding in found)
    assert about(lint(policies, TODAY, with_cases=False), "no case turns") == []


def test_a_version_without_cases_is_a_warning(policies: Path) -> None:
    shutil.rmtree((policies / CASES).parent)
    [found] = about(lint(policies, TODAY), "has no cases")
    assert found.place.file == HEADER
