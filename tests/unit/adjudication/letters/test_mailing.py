"""The notice of a denial is sent when the last letter that it needs is mailed (29 CFR 2560.503-1(f): notify the claimant)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from adjudication.deadlines.rules import DeadlineKind
from adjudication.deadlines.state import DeadlineState
from adjudication.letters.letter import Audience
from adjudication.letters.mailing import DecidedVersion, MailedLetter, notice_sent_at
from adjudication.model.vocabulary import PlanId
from adjudication.review.claim_deadlines import CaseTimes, MailedNotice, claim_deadlines
from rulebook.library import default_policies_dir, load_reference

PLAN, OTHER = PlanId("HUDSON-COMM"), PlanId("CASCADE-MA")
REFERENCE = load_reference(default_policies_dir())


def day(number: int) -> datetime:
    return datetime(2026, 3, number, 12, tzinfo=UTC)


def denied(version: int = 1, on: int = 2) -> DecidedVersion:
    return DecidedVersion(version, day(on), denies=True)


def letters(step: str, member: int | None, provider: int | None) -> list[MailedLetter]:
    return [
        MailedLetter(Audience.MEMBER, step, None if member is None else day(member)),
        MailedLetter(Audience.PROVIDER, step, None if provider is None else day(provider)),
    ]


def test_a_decision_that_denies_nothing_is_its_own_notice() -> None:
    assert notice_sent_at([DecidedVersion(1, day(2), denies=False)], [PLAN], []) == day(2)


@pytest.mark.parametrize(
    ("mailed", "sent"),
    [
        ([], None),
        (letters("version 1", 4, None), None),
        (letters("version 1", None, 5), None),
        (letters("version 1", 4, 6), day(6)),
        (letters("version 2", 4, 6), None),
    ],
)
def test_a_denial_is_notified_when_its_last_letter_is_mailed(mailed: list[MailedLetter], sent: datetime | None) -> None:
    assert notice_sent_at([denied()], [PLAN], mailed) == sent


def test_a_denial_by_two_plans_needs_the_letters_of_both() -> None:
    first = letters(f"version 1, plan {PLAN}", 3, 3)
    assert notice_sent_at([denied()], [PLAN, OTHER], first) is None
    assert notice_sent_at([denied()], [PLAN, OTHER], [*first, *letters(f"version 1, plan {OTHER}", 4, 5)]) == day(5)


def test_a_later_version_notifies_in_place_of_one_that_was_never_mailed() -> None:
    assert notice_sent_at([denied(1), denied(2, on=5)], [PLAN], letters("version 2", 7, 8)) == day(8)
    assert notice_sent_at([denied(1), DecidedVersion(2, day(5), denies=False)], [PLAN], []) == day(5)


def test_an_earlier_mailing_stands_though_a_later_version_was_not_mailed() -> None:
    assert notice_sent_at([denied(1), denied(2, on=5)], [PLAN], letters("version 1", 3, 3)) == day(3)


def deadlines_met(times: CaseTimes) -> set[datetime | None]:
    states = [state for state in claim_deadlines(times, REFERENCE, day(20)) if isinstance(state, DeadlineState)]
    assert {state.kind for state in states} >= {DeadlineKind.POST_SERVICE}
    return {state.met_at for state in states}


def test_the_deadlines_of_a_denial_are_met_by_the_mailing_and_not_by_the_decision() -> None:
    decided = CaseTimes(day(1), (PLAN,), (), decided_at=day(2), notice=MailedNotice(None))
    assert deadlines_met(decided) == {None}
    mailed = CaseTimes(day(1), (PLAN,), (), decided_at=day(2), notice=MailedNotice(day(9)))
    assert deadlines_met(mailed) == {day(9)}


def test_a_decision_made_before_mailings_were_recorded_counts_as_sent_when_it_was_made() -> None:
    assert deadlines_met(CaseTimes(day(1), (PLAN,), (), decided_at=day(2))) == {day(2)}
