"""One clock of 30 days: what stops, extends, ends and outlives it, and the arithmetic it shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from adjudication.deadlines.claim_deadlines import due_first
from adjudication.deadlines.compute import compute
from adjudication.deadlines.events import EventKind
from adjudication.deadlines.periods import Period, Unit
from adjudication.deadlines.rule_book import NoDeadline, NoDeadlineReason
from adjudication.deadlines.rules import AtExpiry, Extension, Tolling
from adjudication.review.claim_deadlines import deadline_alerts
from tests.builders.deadlines import ANSWER_45, CALENDAR, RULE, events, instant, rule_of, state_at


def test_thirty_days_from_receipt_end_on_the_thirtieth_day() -> None:
    state = state_at("2025-11-05", events(received="2025-11-01"))
    assert (state.due_on, state.spent, state.running, state.expired) == (date(2025, 12, 1), 4, True, False)
    assert state.arithmetic == (
        "received 2025-11-01; 30 days (29-cfr-2560-503-1 (f)(2)(iii)(B))",
        "due 2025-12-01, end of the day (America/New_York)",
    )


def test_nothing_runs_before_the_first_event_and_the_clock_says_what_it_waits_for() -> None:
    state = state_at("2025-11-05", [])
    assert (state.started_at, state.due_at, state.running, state.wakes_at) == (None, None, False, None)
    assert state.arithmetic[0].startswith("not started: waits for received; then 30 days")


def test_a_request_stops_the_clock_and_the_answer_lets_the_rest_of_it_run() -> None:
    happened = events(received="2025-11-01", information_requested="2025-11-10", information_received="2025-11-20")
    state = state_at("2025-11-25", happened)
    assert (state.due_on, state.spent, state.tolled_since) == (date(2025, 12, 11), 14, None)
    assert state.arithmetic[1] == "stopped 2025-11-10 to 2025-11-20 (10 days)"


def test_while_stopped_it_shows_since_when_what_is_spent_and_the_latest_it_can_be_due() -> None:
    state = state_at("2025-11-15", events(received="2025-11-01", information_requested="2025-11-10"))
    assert state.tolled_since == instant("2025-11-10")
    assert (state.spent, state.due_on, state.running) == (9, date(2026, 1, 15), False)
    assert (state.next_warning, state.warnings, state.wakes_at) == (None, (), state.resumes_by)
    [line] = [
        each for each in state.arithmetic if each.startswith("stopped since 2025-11-10 by information-requested (")
    ]
    assert line.endswith("), 9 days spent; runs again on the answer, or on 2025-12-25")


def test_without_an_answer_it_runs_again_by_itself() -> None:
    state = state_at("2025-12-28", events(received="2025-11-01", information_requested="2025-11-10"))
    assert (state.tolled_since, state.due_on) == (None, date(2026, 1, 15))
    assert "stopped 2025-11-10 to 2025-12-25 (45 days): no answer came in time, so it runs again" in state.arithmetic


def test_an_answer_after_the_clock_runs_again_changes_nothing() -> None:
    happened = events(received="2025-11-01", information_requested="2025-11-10", information_received="2026-01-05")
    assert state_at("2026-01-06", happened).due_on == date(2026, 1, 15)


def test_a_second_request_does_not_stop_it_again() -> None:
    first = events(received="2025-11-01", information_requested="2025-11-10", information_received="2025-11-20")
    state = state_at("2025-11-28", [*first, *events(information_requested="2025-11-25")])
    assert state.due_on == date(2025, 12, 11)
    assert "not stopped on 2025-11-25: it was already stopped as often as the rule allows" in state.arithmetic


def test_a_request_after_it_ran_out_does_not_revive_it() -> None:
    state = state_at("2025-12-05", events(received="2025-11-01", information_requested="2025-12-03"))
    assert (state.expired, state.tolled_since, state.due_on) == (True, None, date(2025, 12, 1))
    assert "not stopped on 2025-12-03: it had already run out" in state.arithmetic


@pytest.mark.parametrize("stopped_on", ["2025-11-01", "2025-12-01"])
def test_a_stop_on_the_first_or_the_last_day_counts_in_full(stopped_on: str) -> None:
    asked = events(received="2025-11-01 08:00", information_requested=f"{stopped_on} 15:00")
    answered = events(information_received=f"{stopped_on[:8]}11 09:00")
    assert state_at("2025-12-12", [*asked, *answered]).due_on == date(2025, 12, 11)


def test_an_answer_on_the_day_of_the_request_moves_nothing() -> None:
    happened = events(
        received="2025-11-01", information_requested="2025-11-10 09:00", information_received="2025-11-10 16:00"
    )
    assert state_at("2025-11-11", happened).due_on == date(2025, 12, 1)


def test_under_erisa_a_request_stops_the_clock_only_with_a_notice_of_extension() -> None:
    rule = replace(RULE, tolling=replace(ANSWER_45, needs_extension=True))
    alone = state_at("2025-11-15", events(received="2025-11-01", information_requested="2025-11-10"), rule)
    assert (alone.tolled_since, alone.due_on) == (None, date(2025, 12, 1))
    assert "not stopped on 2025-11-10: no notice of extension was sent with the request" in alone.arithmetic
    both = events(
        received="2025-11-01",
        information_requested="2025-11-10",
        extension_notice="2025-11-12",
        information_received="2025-11-22",
    )
    # Stopped from the notice (11 days spent, 34 of 45 left) to the answer.
    assert state_at("2025-11-25", both, rule).due_on == date(2025, 12, 26)


def test_the_notice_that_asks_and_extends_at_once_stops_the_clock_and_nothing_says_that_it_did_not() -> None:
    rule = replace(RULE, tolling=replace(ANSWER_45, needs_extension=True))
    one = events(received="2025-11-01", information_requested="2025-11-10", extension_notice="2025-11-10")
    found = state_at("2025-11-15", one, rule)
    assert found.tolled_since is not None
    assert not any("not stopped" in line for line in found.arithmetic)


def test_where_the_law_states_it_the_whole_period_begins_again_with_the_answer() -> None:
    rule = replace(RULE, tolling=replace(ANSWER_45, restarts=True), extension=None)
    happened = events(received="2025-11-01", information_requested="2025-11-10", information_received="2025-11-20")
    state = state_at("2025-11-25", happened, rule)
    assert (state.due_on, state.spent) == (date(2025, 12, 20), 5)
    assert "stopped 2025-11-10 to 2025-11-20 (10 days); 30 days begin again" in state.arithmetic


def test_it_is_extended_once_by_a_notice_sent_in_time() -> None:
    happened = events(received="2025-11-01", extension_notice="2025-12-01 23:00")
    state = state_at("2025-12-02", happened)
    assert state.due_on == date(2025, 12, 16)
    assert state.extension is not None
    assert "extended by 15 days: notice sent 2025-12-01" in state.arithmetic
    again = state_at("2025-12-12", [*happened, *events(extension_notice="2025-12-10")])
    assert again.due_on == date(2025, 12, 16)
    assert "not extended by the notice of 2025-12-10: the one extension was already taken" in again.arithmetic


def test_a_notice_of_extension_after_the_last_day_extends_nothing() -> None:
    state = state_at("2025-12-03", events(received="2025-11-01", extension_notice="2025-12-02 00:30"))
    assert (state.due_on, state.extension, state.expired) == (date(2025, 12, 1), None, True)
    assert "not extended by the notice of 2025-12-02: its notice came too late" in state.arithmetic


def test_a_notice_that_must_come_within_two_days_of_the_start_extends_nothing_on_the_third() -> None:
    within = Extension(Period(14, Unit.DAYS), notice_within=Period(2, Unit.DAYS))
    rule = rule_of(30, Unit.DAYS, extension=within)
    second = state_at("2025-11-05", events(received="2025-11-01", extension_notice="2025-11-03"), rule)
    third = state_at("2025-11-05", events(received="2025-11-01", extension_notice="2025-11-04"), rule)
    assert (second.due_on, third.due_on) == (date(2025, 12, 15), date(2025, 12, 1))


def test_hours_can_be_extended_by_days() -> None:
    rule = rule_of(72, Unit.HOURS, extension=Extension(Period(14, Unit.DAYS)))
    state = state_at("2025-11-11", events(received="2025-11-10 10:00", extension_notice="2025-11-12 09:00"), rule)
    assert state.due_at == instant("2025-11-13 10:00")
    extended = state_at("2025-11-13", events(received="2025-11-10 10:00", extension_notice="2025-11-12"), rule)
    assert extended.due_on == date(2025, 11, 27)


def test_hours_stop_and_run_to_the_minute() -> None:
    rule = rule_of(72, Unit.HOURS, tolling=replace(ANSWER_45, at_most=Period(48, Unit.HOURS)))
    happened = events(
        received="2025-11-10 10:00",
        information_requested="2025-11-10 16:30",
        information_received="2025-11-11 08:00",
    )
    state = state_at("2025-11-11 09:00", happened, rule)
    assert state.due_at == instant("2025-11-14 01:30")
    assert state.spent == 7 * 3600 + 1800
    assert "stopped 2025-11-10 16:30 EST to 2025-11-11 08:00 EST (15 h 30 min)" in state.arithmetic


def test_business_days_that_were_left_run_on_after_the_stop() -> None:
    rule = rule_of(3, Unit.BUSINESS_DAYS, tolling=ANSWER_45)
    # Friday the 7th; one day spent on Monday; the answer on Friday the 14th; Monday and Tuesday are left.
    happened = events(received="2025-11-07", information_requested="2025-11-10", information_received="2025-11-14")
    assert state_at("2025-11-14 20:00", happened, rule).due_on == date(2025, 11, 18)


def test_a_last_day_on_a_sunday_moves_to_monday_only_where_the_rule_states_it() -> None:
    moved = rule_of(15, Unit.DAYS, business_end=True)
    kept = rule_of(15, Unit.DAYS)
    sunday = events(received="2025-11-01")
    assert state_at("2025-11-02", sunday, kept).due_on == date(2025, 11, 16)
    assert state_at("2025-11-02", sunday, moved).due_on == date(2025, 11, 17)


def test_it_is_met_by_its_own_event_and_not_by_another() -> None:
    decided = state_at("2025-12-02", events(received="2025-11-01", decided="2025-11-20"))
    assert (decided.met_at, decided.expired) == (None, True)
    sent = state_at("2025-12-02", events(received="2025-11-01", decided="2025-11-20", notice_sent="2025-11-21"))
    assert (sent.met_at, sent.expired, sent.wakes_at) == (instant("2025-11-21"), False, None)


def test_met_on_the_last_evening_is_met_and_one_second_into_the_next_day_is_late() -> None:
    last = state_at("2026-01-01", events(received="2025-11-01", notice_sent="2025-12-01 23:59"))
    late = state_at("2026-01-01", events(received="2025-11-01", notice_sent="2025-12-02 00:00"))
    assert (last.expired, late.expired) == (False, True)
    assert "met by notice-sent on 2025-12-02, 1 day late" in late.arithmetic


def test_it_runs_out_loudly() -> None:
    state = state_at("2025-12-04", events(received="2025-11-01"))
    assert (state.expired, state.at_expiry, state.escalates_to) == (True, AtExpiry.DEEMED_EXHAUSTED, "supervisor")
    assert state.arithmetic[-1] == "ran out 3 days ago: deemed exhausted; escalates to supervisor"


def test_warnings_come_72_24_and_4_hours_before_and_wake_the_case_one_after_the_other() -> None:
    happened = events(received="2025-11-01")
    due = state_at("2025-11-05", happened)
    assert [warning.hours_before for warning in due.warnings] == [72, 24, 4]
    assert due.wakes_at == due.warnings[0].at == instant("2025-11-28 23:59").replace(second=59)
    later = state_at("2025-12-01 12:00", happened)
    assert [warning.hours_before for warning in later.warnings_given] == [72, 24]
    assert later.next_warning is not None
    assert (later.next_warning.hours_before, later.next_warning.notify) == (4, "supervisor")
    assert state_at("2025-12-01 21:00", happened).wakes_at == due.due_at


def test_a_clock_of_72_hours_does_not_warn_72_hours_before() -> None:
    state = state_at("2025-11-10 11:00", events(received="2025-11-10 10:00"), rule_of(72, Unit.HOURS))
    assert [warning.hours_before for warning in state.warnings] == [24, 4]


def test_the_preferred_starting_event_counts_once_it_happened() -> None:
    rule = rule_of(30, Unit.DAYS, starts_on=(EventKind.BECAME_CLEAN, EventKind.RECEIVED))
    happened = events(received="2025-11-01", became_clean="2025-11-08")
    assert state_at("2025-11-05", happened, rule).due_on == date(2025, 12, 1)
    assert state_at("2025-11-10", happened, rule).due_on == date(2025, 12, 8)


def test_business_days_of_a_year_no_person_loaded_give_no_clock_and_the_reason() -> None:
    found = compute(
        rule_of(3, Unit.BUSINESS_DAYS), events(received="2026-12-31"), CALENDAR, instant("2026-12-31 15:00")
    )
    assert isinstance(found, NoDeadline)
    assert (found.reason, found.pend) == (NoDeadlineReason.CALENDAR_GAP, "P-POLICY")
    assert "holidays of 2027 are not loaded" in found.words


THREE_DAYS = rule_of(3, Unit.BUSINESS_DAYS, warnings=RULE.warnings)


def uncounted(now: str, **happened: str) -> NoDeadline:
    found = compute(THREE_DAYS, events(received="2026-12-31", **happened), CALENDAR, instant(now))
    assert isinstance(found, NoDeadline)
    return found


def test_a_gap_knows_the_earliest_it_can_be_due_as_if_the_missing_year_had_no_holiday() -> None:
    soonest = uncounted("2026-12-31 15:00").soonest
    assert soonest is not None
    assert soonest.due_on == date(2027, 1, 5)  # Friday the first of January may be closed; then it is later
    first = due_first([uncounted("2026-12-31 15:00")])
    assert first is not None
    assert (first.due_at, first.rule_id) == (soonest.due_at, "thirty-days (calendar-gap: at the earliest)")


def said(now: str, **happened: str) -> list[tuple[str, str]]:
    return [(each.kind, each.notify) for each in deadline_alerts(uncounted(now, **happened), instant("2026-12-31"))]


def test_a_gap_warns_whose_table_it_is_and_states_who_answers_for_the_clock_when_it_may_be_over() -> None:
    at_once = [("no-clock", "policy-owner")]
    warned = [("gap-warning", "policy-owner")]
    assert said("2026-12-31 15:00") == at_once
    assert said("2027-01-05 09:00") == at_once + warned * 2  # 72 and 24 hours before
    assert said("2027-01-06") == at_once + warned * 3 + [("gap-reached", "supervisor")]


def test_a_gap_of_what_was_done_before_it_could_be_over_says_nothing_more() -> None:
    assert said("2027-01-06", notice_sent="2027-01-02") == [("no-clock", "policy-owner")]


def test_any_event_may_be_named_as_the_one_that_stops() -> None:
    waits = Tolling(EventKind.DECIDED, EventKind.PAID, Period(10, Unit.DAYS))
    rule = rule_of(30, Unit.DAYS, tolling=waits)
    state = state_at("2025-11-20", events(received="2025-11-01", decided="2025-11-05", paid="2025-11-08"), rule)
    assert state.due_on == date(2025, 12, 4)


def test_what_happens_in_one_instant_is_taken_as_asked_then_answered() -> None:
    at_once = events(information_received="2025-11-10", information_requested="2025-11-10", received="2025-11-10")
    state = state_at("2025-11-11", at_once)
    assert (state.tolled_since, state.due_on) == (None, date(2025, 12, 10))


def test_a_clock_met_while_stopped_stays_as_it_was_met() -> None:
    happened = events(received="2025-11-01", information_requested="2025-11-10", notice_sent="2025-11-15")
    state = state_at("2026-03-01", happened)
    assert (state.met_at, state.spent, state.tolled_since) == (instant("2025-11-15"), 9, None)
    assert (state.expired, state.wakes_at) == (False, None)
    assert not any("no answer came" in line for line in state.arithmetic)
