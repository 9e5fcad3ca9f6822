"""Days of a year whose holidays no person loaded are not counted: a person loads them, and nothing is concluded before."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import orjson
import pytest

from adjudication.appeals.actions import Decide, Extend, NoteDeadline, OpenLevel
from adjudication.appeals.deadlines import Deadline, deadlines, decision_deadline, gap_notices, gaps, next_gap_notice
from adjudication.appeals.duty import Duty
from adjudication.appeals.filing import FilingOutcome, assess
from adjudication.appeals.filing_window import FilingDates
from adjudication.appeals.independence import LineRuling, Ruling
from adjudication.appeals.rules import Appellant, Matter
from adjudication.appeals.state import fold
from adjudication.deadlines.calendar import NO_CALENDAR, Holidays, LegalCalendar
from adjudication.model.vocabulary import LineNumber, PlanId, ProductLine
from contracts.event_builders.appeals import happened
from storage.appeals.event_history import happened_in
from tests.builders.appeals import (
    NEW_YORK,
    RATIONALE,
    SPECIALIST,
    WEEKENDS,
    Appeal,
    a_filing,
    an_appeal,
    at_work,
    end_of,
    received,
    rules,
    shipped,
)
from tests.builders.appeals import (
    SECOND_MD as SECOND,
)

EP, MA = ProductLine.ESSENTIAL_PLAN, ProductLine.MEDICARE_ADVANTAGE
LAST_LOADED = LegalCalendar(NEW_YORK, Holidays("ny", frozenset({2025}), frozenset({date(2025, 12, 25)})))
CHRISTMAS = received(date(2025, 12, 22), notice_on=date(2025, 12, 1))


def a_grievance(calendar: LegalCalendar = LAST_LOADED) -> Appeal:
    """A member's grievance, acknowledged within 15 business days: here they reach into the next year."""
    return an_appeal(EP, matter=Matter.ADMINISTRATIVE, calendar=calendar, **CHRISTMAS)


def test_a_day_that_cannot_be_counted_is_a_gap_that_says_what_to_load_and_by_when() -> None:
    (gap,) = gaps(a_grievance().state)
    assert gap.duty is Duty.ACKNOWLEDGEMENT
    assert "holidays of 2026 are not loaded in the calendar 'ny'" in gap.words
    assert "law/holidays/" in gap.words
    # 15 weekdays after 22 December without Christmas, which is loaded; none of 2026 is taken for a holiday.
    assert gap.act_by == end_of(2026, 1, 13)
    assert Duty.ACKNOWLEDGEMENT not in {deadline.duty for deadline in deadlines(a_grievance().state)}


def test_what_is_counted_in_calendar_days_asks_for_no_holidays() -> None:
    assert Duty.DECISION in a_grievance(NO_CALENDAR).owes()
    assert gaps(an_appeal(MA, calendar=NO_CALENDAR).state) == ()


def test_nothing_is_concluded_from_a_day_no_person_can_count() -> None:
    grievance = a_grievance()
    grievance.waits(days=400)
    assert grievance.refuses(NoteDeadline(Duty.ACKNOWLEDGEMENT)) == "not-owed"


def test_once_the_year_is_loaded_the_same_appeal_is_counted_from_its_own_first_day() -> None:
    holidays = Holidays("ny", frozenset({2025, 2026}), LAST_LOADED.holidays.closed | {date(2026, 1, 1)})
    loaded = LegalCalendar(NEW_YORK, holidays)
    assert gaps(a_grievance(loaded).state) == ()
    assert a_grievance(loaded).due(Duty.ACKNOWLEDGEMENT) == end_of(2026, 1, 14)


def test_a_filing_whose_last_day_cannot_be_counted_is_neither_in_time_nor_late() -> None:
    dispute = a_filing(MA, appellant=Appellant.CONTRACT_PROVIDER, **received(date(2025, 9, 2)))
    answer = assess(dispute, rules(), NO_CALENDAR)
    assert (answer.outcome, answer.path) == (FilingOutcome.NO_RULE, None)
    assert "no calendar is named" in answer.words
    assert assess(dispute, rules(), WEEKENDS).outcome is not FilingOutcome.NO_RULE


def second_level(calendar: LegalCalendar) -> Appeal:
    """A grievance upheld at the end of the last year that is loaded."""
    grievance = a_grievance(calendar)
    grievance.does(Decide((LineRuling(LineNumber(1), Ruling.UPHELD),), RATIONALE), SPECIALIST)
    return grievance


def test_who_asks_for_a_further_level_learns_which_year_is_missing_and_a_feed_is_not_held_late() -> None:
    grievance = second_level(LAST_LOADED)
    dates = FilingDates(at_work(date(2025, 12, 30)), notice_on=date(2025, 12, 22))
    onward = OpenLevel("grievance-appeal", dates, datetime(2025, 12, 30, tzinfo=UTC))
    grievance.now = datetime(2025, 12, 30, 12, tzinfo=UTC)
    assert grievance.refuses(onward, SPECIALIST) == "calendar-gap"
    grievance.does(onward)
    assert not grievance.state.late
    assert {gap.duty for gap in gaps(grievance.state)} == {Duty.ACKNOWLEDGEMENT, Duty.DECISION}


def test_an_appeal_is_decided_all_the_same_and_extended_while_its_time_cannot_be_over() -> None:
    grievance = second_level(LAST_LOADED)
    grievance.now = datetime(2025, 12, 30, 12, tzinfo=UTC)
    dates = FilingDates(at_work(date(2025, 12, 30)), notice_on=date(2025, 12, 22))
    grievance.does(OpenLevel("grievance-appeal", dates, grievance.now))
    assert not isinstance(decision_deadline(grievance.state), Deadline)
    assert grievance.refuses(Extend("SYN-NOTICE"), SPECIALIST) == "no-extension"
    grievance.waits(days=20)
    grievance.does(Decide((LineRuling(LineNumber(1), Ruling.UPHELD),), RATIONALE), SECOND)


def test_the_shipped_plans_each_name_a_calendar_and_an_unknown_plan_has_none() -> None:
    reference = shipped()
    at = datetime(2025, 9, 2, tzinfo=UTC)
    for plan in reference.plans:
        calendar = reference.deadlines.calendar_of(plan, at)
        assert calendar is not None
        assert calendar.holidays.name in reference.deadlines.holidays
    assert reference.deadlines.calendar_of(PlanId("SYN-NO-SUCH-PLAN"), at) is None


def looked_at(grievance: Appeal) -> tuple[str, ...]:
    """What is informed of gaps when a person looks now; it is shown once."""
    shown = gap_notices(grievance.state, grievance.now)
    grievance.state = fold(grievance.state, shown)
    assert gap_notices(grievance.state, grievance.now) == ()
    return tuple(happened(event) for event in shown)


def test_before_the_earliest_it_can_be_due_it_is_warned_and_then_shown_once_that_this_has_come() -> None:
    grievance = a_grievance()
    earliest = end_of(2026, 1, 13)
    found = []
    while (at := next_gap_notice(grievance.state, grievance.now)) is not None:
        assert looked_at(grievance) == ()
        grievance.now = at
        found.append((earliest - at, looked_at(grievance)))
    assert found == [
        *((timedelta(hours=hours), (f"deadline-gap-near:acknowledgement:{hours}h",)) for hours in (72, 24, 4)),
        (timedelta(0), ("deadline-gap-reached:acknowledgement",)),
    ]
    (gap,) = gaps(grievance.state)
    assert gap.act_by == earliest


def test_who_looks_late_learns_where_it_stands_and_not_of_every_warning_before() -> None:
    grievance = a_grievance()
    grievance.waits(days=40)
    assert looked_at(grievance) == ("deadline-gap-reached:acknowledgement",)
    assert next_gap_notice(grievance.state, grievance.now) is None


def test_a_further_level_is_announced_again() -> None:
    grievance = a_grievance()
    grievance.waits(days=40)
    looked_at(grievance)
    grievance.does(Decide((LineRuling(LineNumber(1), Ruling.UPHELD),), RATIONALE), SPECIALIST)
    grievance.does(OpenLevel("grievance-appeal", FilingDates(grievance.now), grievance.now))
    grievance.waits(days=120)
    assert looked_at(grievance) == ("deadline-gap-reached:acknowledgement", "deadline-gap-reached:decision")


@pytest.mark.parametrize("name", ["ClockGapReached", "DeadlineGapReached"])
def test_a_trail_written_under_the_older_name_is_read(name: str) -> None:
    event = {"at": "2026-01-14T05:00:00Z", "by": None, "due": "decision", "act_by": "2026-01-14T04:59:59Z"}
    content = orjson.dumps({"asked": {}, "events": [{"happened": name, "event": event}]}).decode()
    assert happened_in(content) == ("deadline-gap-reached:decision",)
