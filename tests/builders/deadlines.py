"""Clock rules, calendars and events as a claims examiner writes them: days of New York, at noon unless a time is given."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from adjudication.deadlines.calendar import Holidays, LegalCalendar
from adjudication.deadlines.compute import compute
from adjudication.deadlines.events import DeadlineEvent, EventKind
from adjudication.deadlines.periods import Period, Unit
from adjudication.deadlines.rule_book import NoDeadline
from adjudication.deadlines.rules import (
    AtExpiry,
    DeadlineKind,
    DeadlineRule,
    Extension,
    Scope,
    Situation,
    Tolling,
    WarningRule,
)
from adjudication.deadlines.state import DeadlineState
from adjudication.model.findings import Citation
from adjudication.model.vocabulary import DateRange, PlanId, ProductLine

NEW_YORK = ZoneInfo("America/New_York")

OFF_2025 = frozenset({date(2025, 11, 11), date(2025, 11, 27), date(2025, 12, 25)})
"""The holidays of the last two months of 2025; all that the hand-made calendar knows of 2025."""

CALENDAR = LegalCalendar(
    "America/New_York", Holidays("test", frozenset({2025, 2026}), OFF_2025 | {date(2026, 1, 1), date(2026, 1, 19)})
)

ANSWER_45 = Tolling(EventKind.INFORMATION_REQUESTED, EventKind.INFORMATION_RECEIVED, at_most=Period(45, Unit.DAYS))

RULE = DeadlineRule(
    rule_id="thirty-days",
    kind=DeadlineKind.POST_SERVICE,
    label="Decide a claim",
    scope=Scope(),
    in_force=DateRange(date(2024, 1, 1)),
    period=Period(30, Unit.DAYS),
    starts_on=(EventKind.RECEIVED,),
    ends_on=frozenset({EventKind.NOTICE_SENT}),
    at_expiry=AtExpiry.DEEMED_EXHAUSTED,
    escalates_to="supervisor",
    citation=Citation("29-cfr-2560-503-1", "(f)(2)(iii)(B)"),
    confidence="checked",
    warnings=(WarningRule(72, "owner"), WarningRule(24, "supervisor"), WarningRule(4, "supervisor")),
    tolling=ANSWER_45,
    extension=Extension(Period(15, Unit.DAYS)),
)
"""30 days, stopped by a request for at most 45, extended once by 15."""


def rule_of(length: int, unit: Unit, **changes: Any) -> DeadlineRule:
    """A rule that only counts: no stop, no extension, unless given."""
    return replace(RULE, period=Period(length, unit), **({"tolling": None, "extension": None} | changes))


def instant(text: str) -> datetime:
    """`2025-11-01` is noon of that day in New York; `2025-11-01 09:30` is that time there."""
    day, _, clock = text.partition(" ")
    return datetime.fromisoformat(f"{day}T{clock or '12:00'}").replace(tzinfo=NEW_YORK).astimezone(UTC)


def events(**times: str) -> list[DeadlineEvent]:
    """Events by name, for example `received="2025-11-01", information_requested="2025-11-10"`."""
    return [DeadlineEvent(EventKind(name.replace("_", "-")), instant(text)) for name, text in times.items()]


def state_at(
    now: str, happened: list[DeadlineEvent], rule: DeadlineRule = RULE, calendar: LegalCalendar = CALENDAR
) -> DeadlineState:
    """The state of a clock; a test that gets NoClock instead fails here, with its words."""
    state = compute(rule, happened, calendar, instant(now))
    assert not isinstance(state, NoDeadline), state.words
    return state


def a_situation(
    plan: str = "HUDSON-COMM", product: str = "commercial", on: str = "2025-11-03", **flags: Any
) -> Situation:
    """A clean electronic claim of a contracted provider, unless stated otherwise."""
    known = {"clean": True, "contracted": True, "electronic": True, "prior_authorization": False} | flags
    return Situation(PlanId(plan), ProductLine(product), instant(on), **known)


def days_after(day: str, count: int) -> date:
    """A date so many calendar days later."""
    return date.fromisoformat(day) + timedelta(days=count)
