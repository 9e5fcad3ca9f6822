"""What no sequence of events may do to a clock, and what must follow from any."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from adjudication.deadlines.calendar import Holidays, LegalCalendar
from adjudication.deadlines.comparison import compare
from adjudication.deadlines.compute import compute
from adjudication.deadlines.events import DeadlineEvent, EventKind
from adjudication.deadlines.periods import Period, Unit
from adjudication.deadlines.rule_book import NoDeadline
from adjudication.deadlines.rules import DeadlineRule, Extension, Tolling
from adjudication.deadlines.state import DeadlineState
from tests.builders.deadlines import CALENDAR, RULE

BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
ZONES = ("America/New_York", "America/Los_Angeles", "UTC", "Asia/Kolkata")
YEARS = frozenset(range(2024, 2032))

minutes = st.integers(0, 400 * 24 * 60)
instants = minutes.map(lambda n: BEGIN + timedelta(minutes=n))
lengths = st.integers(1, 90)
calendars = st.sampled_from(ZONES).map(lambda zone: LegalCalendar(zone, Holidays("t", YEARS, CALENDAR.holidays.closed)))
kinds = st.sampled_from(
    [
        EventKind.RECEIVED,
        EventKind.INFORMATION_REQUESTED,
        EventKind.INFORMATION_RECEIVED,
        EventKind.EXTENSION_NOTICE,
        EventKind.NOTICE_SENT,
    ]
)
histories = st.lists(st.builds(DeadlineEvent, kinds, instants), max_size=8).map(
    lambda events: [DeadlineEvent(EventKind.RECEIVED, BEGIN + timedelta(days=1)), *events]
)


@st.composite
def rules(draw: st.DrawFn) -> DeadlineRule:
    """Any rule the loader would accept: a stop and an extension only in units that go together."""
    unit = draw(st.sampled_from(Unit))
    period = Period(draw(lengths), unit)
    tolling = None
    if unit.stoppable and draw(st.booleans()):
        cap = Period(draw(lengths), draw(st.sampled_from([Unit.DAYS, Unit.BUSINESS_DAYS])))
        asked, answered = EventKind.INFORMATION_REQUESTED, EventKind.INFORMATION_RECEIVED
        tolling = Tolling(asked, answered, cap, draw(st.integers(1, 3)), restarts=draw(st.booleans()))
    extended_in = unit if tolling is not None else draw(st.sampled_from(Unit))
    extension = draw(st.none() | st.just(Extension(Period(draw(lengths), extended_in))))
    length = min(period.length, 12) if unit in (Unit.MONTHS, Unit.YEARS) else period.length
    if extension is not None and extended_in in (Unit.MONTHS, Unit.YEARS):
        extension = Extension(Period(1, extended_in))
    if unit is Unit.YEARS:
        length = 1
    return replace(RULE, period=Period(length, unit), tolling=tolling, extension=extension)


def run(rule: DeadlineRule, events: list[DeadlineEvent], calendar: LegalCalendar, now: datetime) -> DeadlineState:
    state = compute(rule, events, calendar, now)
    assert not isinstance(state, NoDeadline), state.words
    return state


@given(rules(), histories, calendars, instants)
def test_nothing_is_due_before_it_began_and_every_begun_clock_has_a_due_date(
    rule: DeadlineRule, events: list[DeadlineEvent], calendar: LegalCalendar, now: datetime
) -> None:
    state = run(rule, events, calendar, now)
    if state.started_at is None:
        assert state.due_at is None
    else:
        assert state.due_at is not None
        assert state.due_at >= state.started_at
        assert state.spent >= 0


@given(rules(), histories, calendars, instants)
def test_warnings_come_in_order_between_the_start_and_the_deadline(
    rule: DeadlineRule, events: list[DeadlineEvent], calendar: LegalCalendar, now: datetime
) -> None:
    state = run(rule, events, calendar, now)
    if state.warnings:
        assert state.started_at is not None
        assert state.due_at is not None
        times = [state.started_at, *(warning.at for warning in state.warnings), state.due_at]
        assert times == sorted(set(times))


@given(rules(), histories, calendars, instants)
def test_computing_again_or_in_another_order_gives_the_same_state(
    rule: DeadlineRule, events: list[DeadlineEvent], calendar: LegalCalendar, now: datetime
) -> None:
    state = run(rule, events, calendar, now)
    again = run(rule, list(reversed(events)), calendar, now)
    assert again == state
    assert compare(state, again) == ()


@given(rules(), histories, calendars, instants, st.integers(0, 60 * 24 * 60))
def test_as_time_passes_without_events_nothing_is_unspent_unmet_or_revived(
    rule: DeadlineRule, events: list[DeadlineEvent], calendar: LegalCalendar, now: datetime, later: int
) -> None:
    known = [event for event in events if event.at <= now]
    before = run(rule, known, calendar, now)
    after = run(rule, known, calendar, now + timedelta(minutes=later))
    assert after.started_at == before.started_at
    assert after.due_at == before.due_at
    assert after.met_at == before.met_at
    assert after.expired >= before.expired
    if rule.tolling is None or not rule.tolling.restarts:
        assert after.spent >= before.spent


@given(rules(), histories, calendars, instants)
def test_a_clock_that_is_neither_met_nor_run_out_always_wakes_again(
    rule: DeadlineRule, events: list[DeadlineEvent], calendar: LegalCalendar, now: datetime
) -> None:
    state = run(rule, events, calendar, now)
    if state.started_at is not None and state.met_at is None and not state.expired:
        assert state.wakes_at is not None
        assert state.wakes_at >= now


@given(lengths, st.data(), calendars)
def test_a_stop_of_so_many_days_moves_the_due_date_by_so_many_days(
    length: int, data: st.DataObject, calendar: LegalCalendar
) -> None:
    tolling = Tolling(EventKind.INFORMATION_REQUESTED, EventKind.INFORMATION_RECEIVED, Period(90, Unit.DAYS))
    rule = replace(RULE, period=Period(length, Unit.DAYS), tolling=tolling)
    received = data.draw(instants)
    asked = received + timedelta(minutes=data.draw(st.integers(0, (length - 1) * 24 * 60)))
    answered = asked + timedelta(minutes=data.draw(st.integers(0, 89 * 24 * 60)))
    plain = [DeadlineEvent(EventKind.RECEIVED, received)]
    stopped = [
        *plain,
        DeadlineEvent(EventKind.INFORMATION_REQUESTED, asked),
        DeadlineEvent(EventKind.INFORMATION_RECEIVED, answered),
    ]
    without, with_stop = run(rule, plain, calendar, received), run(rule, stopped, calendar, answered)
    assert without.due_on is not None
    assert with_stop.due_on is not None
    days = (calendar.day_of(answered) - calendar.day_of(asked)).days
    assert (with_stop.due_on - without.due_on).days == days


@given(rules(), histories, calendars, instants)
def test_an_extension_or_a_stop_never_brings_the_deadline_nearer(
    rule: DeadlineRule, events: list[DeadlineEvent], calendar: LegalCalendar, now: datetime
) -> None:
    plain = replace(rule, tolling=None, extension=None)
    with_all, without = run(rule, events, calendar, now), run(plain, events, calendar, now)
    if with_all.due_at is not None:
        assert without.due_at is not None
        assert with_all.due_at >= without.due_at
