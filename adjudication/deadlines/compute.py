"""Computes one deadline from its events: when it started, stopped, resumed, was extended and is due, with the arithmetic.

A pure function of rule, events, calendar and `now`, so a corrected rule gives the corrected state (comparison.py
shows the difference). Events later than `now` are ignored. rule_book.py chooses the rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from adjudication.deadlines.calendar import CalendarGapError, LegalCalendar
from adjudication.deadlines.events import DeadlineEvent, require_zone
from adjudication.deadlines.rule_book import NoDeadline, NoDeadlineReason
from adjudication.deadlines.rules import DeadlineRule
from adjudication.deadlines.running import Running
from adjudication.deadlines.state import DeadlineState, DeadlineWarning


def compute(
    rule: DeadlineRule, events: Iterable[DeadlineEvent], calendar: LegalCalendar, now: datetime
) -> DeadlineState | NoDeadline:
    """Return the state of a deadline at `now`, or NoDeadline where it needs business days of a year without holidays loaded.

    Raises NaiveTimeError for a time without a zone.
    """
    require_zone(now, "the time asked about")
    happened = sorted((e for e in events if e.at <= now), key=lambda e: e.order)
    try:
        return _state(rule, happened, calendar, now.astimezone(UTC))
    except CalendarGapError as gap:
        soonest = _state(rule, happened, calendar.earliest(), now.astimezone(UTC))
        return NoDeadline(rule.kind, NoDeadlineReason.CALENDAR_GAP, f"{rule.rule_id}: {gap}", soonest=soonest)


def _state(rule: DeadlineRule, events: list[DeadlineEvent], calendar: LegalCalendar, now: datetime) -> DeadlineState:
    start = starting_event(rule, events)
    if start is None:
        return _not_started(rule, now)
    deadline = Running(rule, calendar, start)
    for event in events:
        deadline.take(event)
    deadline.advance_to(now)
    due_at = deadline.due_at()
    late = (deadline.met_at or now) > due_at
    deadline.conclude(now, due_at)
    return DeadlineState(
        rule_id=rule.rule_id,
        kind=rule.kind,
        unit=rule.period.unit,
        as_of=now,
        started_at=start.at.astimezone(UTC),
        due_at=due_at,
        due_on=calendar.day_of(due_at),
        tolled_since=None if deadline.met_at is not None else deadline.stopped_at,
        resumes_by=None if deadline.met_at is not None else deadline.resumes_by,
        spent=deadline.spent_at(deadline.met_at or now),
        extension=deadline.extension,
        warnings=() if deadline.stopped_at is not None else _warnings(rule, start.at, due_at, deadline.met_at),
        met_at=deadline.met_at,
        expired=late,
        at_expiry=rule.at_expiry,
        escalates_to=rule.escalates_to,
        interest=rule.interest,
        citation=rule.citation,
        arithmetic=tuple(deadline.lines),
    )


def starting_event(rule: DeadlineRule, events: Iterable[DeadlineEvent]) -> DeadlineEvent | None:
    """Return the first event of the kind the rule prefers among those it may start on."""
    happened = list(events)
    for kind in rule.starts_on:
        found = [event for event in happened if event.kind is kind]
        if found:
            return min(found, key=lambda event: event.at)
    return None


def _warnings(
    rule: DeadlineRule, start: datetime, due_at: datetime, met_at: datetime | None
) -> tuple[DeadlineWarning, ...]:
    """Leave out warnings on or before the start (72 hours of 72), or after the deadline was met."""
    every = (DeadlineWarning(due_at - timedelta(hours=w.hours_before), w.hours_before, w.notify) for w in rule.warnings)
    kept = (w for w in every if w.at > start and (met_at is None or w.at < met_at))
    return tuple(sorted(kept, key=lambda w: w.at))


def _not_started(rule: DeadlineRule, now: datetime) -> DeadlineState:
    kinds = " or ".join(kind.value for kind in rule.starts_on)
    return DeadlineState(
        rule_id=rule.rule_id,
        kind=rule.kind,
        unit=rule.period.unit,
        as_of=now,
        started_at=None,
        due_at=None,
        due_on=None,
        tolled_since=None,
        resumes_by=None,
        spent=0,
        extension=None,
        warnings=(),
        met_at=None,
        expired=False,
        at_expiry=rule.at_expiry,
        escalates_to=rule.escalates_to,
        interest=rule.interest,
        citation=rule.citation,
        arithmetic=(f"not started: waits for {kinds}; then {rule.period} ({_cited(rule)})",),
    )


def _cited(rule: DeadlineRule) -> str:
    return f"{rule.citation.source} {rule.citation.locator}"
