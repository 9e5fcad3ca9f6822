"""The arithmetic of a deadline in words: one line per step, dates as legal days, lengths with their unit.

Every printed number is one that the computation used.
"""

from __future__ import annotations

from datetime import datetime

from adjudication.deadlines.calendar import LegalCalendar
from adjudication.deadlines.events import DeadlineEvent
from adjudication.deadlines.periods import Unit
from adjudication.deadlines.rules import DeadlineRule, Extension

_HOUR = 3600


def when_in_words(at: datetime, unit: Unit, calendar: LegalCalendar) -> str:
    """Write an instant as a legal day, or to the minute where the period is in hours."""
    if unit is Unit.HOURS:
        return f"{at.astimezone(calendar.zone):%Y-%m-%d %H:%M %Z}"
    return calendar.day_of(at).isoformat()


def due_in_words(due_at: datetime, unit: Unit, calendar: LegalCalendar) -> str:
    """Write a deadline in the time zone in which it was counted."""
    if unit is Unit.HOURS:
        return when_in_words(due_at, unit, calendar)
    return f"{calendar.day_of(due_at)}, end of the day ({calendar.time_zone})"


class Words:
    """Writes the sentences about one deadline."""

    def __init__(self, rule: DeadlineRule, calendar: LegalCalendar) -> None:
        """Take the rule and the calendar whose days are written."""
        self._rule = rule
        self._calendar = calendar

    def began(self, start: DeadlineEvent) -> str:
        """Return the event from which the deadline counts, its length and its rule."""
        rule = self._rule
        cited = f"{rule.citation.source} {rule.citation.locator}"
        return f"{start.kind} {self.when(start.at)}; {rule.period} ({cited})"

    def stopped(self, since: datetime, resumes_by: datetime, spent: int) -> str:
        """Write that the deadline is stopped, how much of it is spent and when it resumes at the latest."""
        latest = self._calendar.day_of(resumes_by)
        return (
            f"stopped since {self.when(since)} by {self._stopping()}, {self._amount(spent)} spent; "
            f"runs again on the answer, or on {latest}"
        )

    def resumed(self, since: datetime, at: datetime, *, unanswered: bool, restarts: bool) -> str:
        """Write from when to when the deadline was stopped."""
        line = f"stopped {self.when(since)} to {self.when(at)} ({self._stood(since, at)})"
        if unanswered:
            line += ": no answer came in time, so it runs again"
        if restarts:
            line += f"; {self._rule.period} begin again"
        return line

    def extended(self, at: datetime, longer: Extension) -> str:
        """Return the sentence that the extension was taken in time."""
        return f"extended by {longer.period}: notice sent {self.when(at)}"

    def refused(self, at: datetime, why: str) -> str:
        """Return why a notice of extension changes nothing."""
        return f"not extended by the notice of {self.when(at)}: {why}"

    def not_stopped(self, at: datetime, why: str) -> str:
        """Return why a request changes nothing."""
        return f"not stopped on {self.when(at)}: {why}"

    def met(self, event: DeadlineEvent, at: datetime, due_at: datetime) -> str:
        """Return when and by what the deadline was met, or how late."""
        line = f"met by {event.kind} on {self.when(at)}"
        return line if at <= due_at else f"{line}, {self._late(at, due_at)} late"

    def due(self, due_at: datetime, *, stopped: bool) -> str:
        """Return the due time, in the zone of the deadline."""
        name = "due at the latest" if stopped else "due"
        return f"{name} {due_in_words(due_at, self._rule.period.unit, self._calendar)}"

    def ran_out(self, now: datetime, due_at: datetime) -> str:
        """Return the sentence that the deadline passed, with its effect."""
        follows = self._rule.at_expiry.value.replace("-", " ")
        return f"ran out {self._late(now, due_at)} ago: {follows}; escalates to {self._rule.escalates_to}"

    def when(self, at: datetime) -> str:
        """Name an instant as the deadline counts it: a legal day, or to the minute for a deadline in hours."""
        return when_in_words(at, self._rule.period.unit, self._calendar)

    def _stopping(self) -> str:
        """Name the event that stops the deadline, and the law that names it."""
        tolling = self._rule.tolling
        if tolling is None:
            return "nothing"
        cited = tolling.citation or self._rule.citation
        return f"{tolling.stops_on} ({cited.source} {cited.locator})"

    def _amount(self, ticks: int) -> str:
        if self._rule.period.unit is Unit.HOURS:
            return _hours(ticks)
        return f"{ticks} {'day' if ticks == 1 else 'days'}"

    def _stood(self, since: datetime, at: datetime) -> str:
        if self._rule.period.unit is Unit.HOURS:
            return _hours(int((at - since).total_seconds()))
        return self._amount((self._calendar.day_of(at) - self._calendar.day_of(since)).days)

    def _late(self, at: datetime, due_at: datetime) -> str:
        if self._rule.period.unit is Unit.HOURS:
            return _hours(int((at - due_at).total_seconds()))
        return self._amount((self._calendar.day_of(at) - self._calendar.day_of(due_at)).days)


def _hours(seconds: int) -> str:
    hours, rest = divmod(seconds, _HOUR)
    return f"{hours} h {rest // 60} min" if rest >= 60 else f"{hours} h"
