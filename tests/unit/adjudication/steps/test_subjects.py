"""The services that a policy sees next to a line: other claims of the member, and other days of the same claim."""

from __future__ import annotations

from datetime import timedelta

from adjudication.model.claim import Claim
from adjudication.steps.subjects import Subjects
from tests.builders.activities.claims import SERVICE_DATE
from tests.builders.claims import a_claim, a_line

LATER = SERVICE_DATE + timedelta(days=2)


def seen_by_each(claim: Claim) -> list[list[tuple[str, int]]]:
    """Return of each line the services in its history, by code and days after the first day."""
    subjects = Subjects(claim, (), reading_days=3)
    seen = [subjects.of(line).history for line in claim.lines]
    return [[(each.code, (each.service_date - SERVICE_DATE).days) for each in history] for history in seen]


def test_a_line_of_another_day_of_the_claim_is_history_as_if_billed_on_a_separate_claim() -> None:
    claim = a_claim(a_line("72148"), a_line("72158", on=LATER))
    assert seen_by_each(claim) == [[("72158", 2)], [("72148", 0)]]


def test_lines_of_one_day_are_no_history_of_each_other() -> None:
    assert seen_by_each(a_claim("72148", "72141")) == [[], []]
    mixed = a_claim("72148", "72141", a_line("72148", on=LATER))
    assert seen_by_each(mixed) == [[("72148", 2)], [("72148", 2)], [("72148", 0), ("72141", 0)]]


def test_the_reading_of_a_study_some_days_later_is_no_other_service() -> None:
    claim = a_claim(a_line("72148", "TC"), a_line("72148", "26", on=LATER))
    assert seen_by_each(claim) == [[], []]
