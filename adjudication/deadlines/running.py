"""One deadline while its events are applied in time order; each effect adds a line to the arithmetic.

It is mutable and internal: compute.py turns it into a frozen state. Events after the deadline was met are ignored.
"""

from __future__ import annotations

from datetime import UTC, datetime

from adjudication.deadlines.calendar import LegalCalendar
from adjudication.deadlines.events import DeadlineEvent, EventKind
from adjudication.deadlines.periods import Unit, ends, reach, spent_between
from adjudication.deadlines.rules import DeadlineRule
from adjudication.deadlines.state import TakenExtension
from adjudication.deadlines.words import Words


class Running:
    """A deadline that has begun."""

    def __init__(self, rule: DeadlineRule, calendar: LegalCalendar, start: DeadlineEvent) -> None:
        """Begin at the starting event."""
        self.rule = rule
        self.calendar = calendar
        self.started_at = start.at.astimezone(UTC)
        self.met_at: datetime | None = None
        self.stopped_at: datetime | None = None
        self.resumes_by: datetime | None = None
        self.extension: TakenExtension | None = None
        self._anchor = self.started_at  # the time since which it has run without a stop
        self._spent = 0  # ticks used up before the anchor
        self._stops = 0
        self._request_open = False
        self._words = Words(rule, calendar)
        self.lines = [self._words.began(start)]
        if rule.assumption:
            self.lines.append(rule.assumption)

    def take(self, event: DeadlineEvent) -> None:
        """Apply one event. Events must come in time order; events before the start have no effect."""
        at = event.at.astimezone(UTC)
        if at < self.started_at or self.met_at is not None:
            return
        self.advance_to(at)
        if event.kind in self.rule.ends_on:
            self.met_at = at
            self.lines.append(self._words.met(event, at, self.due_at()))
            return
        if event.kind is EventKind.EXTENSION_NOTICE:
            self._extend(at)
        tolling = self.rule.tolling
        if tolling is None:
            return
        if event.kind is tolling.resumes_on:
            self._request_open = False
            self._resume(at)
        elif event.kind is tolling.stops_on:
            self._request_open = True
        if event.kind in (tolling.stops_on, EventKind.EXTENSION_NOTICE) and self._request_open:
            self._stop(at, asked=event.kind is tolling.stops_on)

    def advance_to(self, at: datetime) -> None:
        """Advance the time: a stop ends when the time to answer has passed, unless the deadline was met before."""
        if self.met_at is None and self.stopped_at is not None and self.resumes_by is not None and at > self.resumes_by:
            self._request_open = False
            self._resume(self.resumes_by, unanswered=True)

    def due_at(self) -> datetime:
        """Return the last instant on time by the events so far; while stopped, the latest it can become."""
        anchor, spent = self._anchor, self._spent
        if self.stopped_at is not None and self.resumes_by is not None:
            anchor, spent = self.resumes_by, self._kept(self.stopped_at)
        period, rule = self.rule.period, self.rule.extension
        longer = rule.period if rule is not None and self.extension is not None else None
        return self._rolled(reach(period.unit, anchor, period.ticks - spent, self.calendar, longer))

    def spent_at(self, at: datetime) -> int:
        """Count the ticks used up by an instant; months and years are not counted in parts and give 0."""
        if not self.rule.period.unit.stoppable:
            return 0
        until = self.stopped_at if self.stopped_at is not None else at
        return self._spent + spent_between(self.rule.period.unit, self._anchor, until, self.calendar)

    def conclude(self, now: datetime, due_at: datetime) -> None:
        """Add the last lines of the arithmetic: the due time, and the deadline's state."""
        if self.stopped_at is not None and self.resumes_by is not None and self.met_at is None:
            self.lines.append(self._words.stopped(self.stopped_at, self.resumes_by, self.spent_at(now)))
        self.lines.append(self._words.due(due_at, stopped=self.stopped_at is not None))
        if self.met_at is None and now > due_at:
            self.lines.append(self._words.ran_out(now, due_at))

    def _extend(self, at: datetime) -> None:
        longer = self.rule.extension
        if longer is None:
            self.lines.append(self._words.refused(at, "this rule allows no extension"))
        elif self.extension is not None:
            self.lines.append(self._words.refused(at, "the one extension was already taken"))
        elif at > self._notice_by():
            self.lines.append(self._words.refused(at, "its notice came too late"))
        else:
            self.extension = TakenExtension(at, str(longer.period))
            self.lines.append(self._words.extended(at, longer))

    def _notice_by(self) -> datetime:
        within = self.rule.extension.notice_within if self.rule.extension is not None else None
        return self.due_at() if within is None else min(self.due_at(), ends(self.started_at, within, self.calendar))

    def _stop(self, at: datetime, *, asked: bool) -> None:
        tolling = self.rule.tolling
        if tolling is None or self.stopped_at is not None:
            return
        if tolling.needs_extension and self.extension is None:
            self.lines.append(self._words.not_stopped(at, "no notice of extension was sent with the request"))
        elif self._stops >= tolling.times:
            if asked:
                self.lines.append(self._words.not_stopped(at, "it was already stopped as often as the rule allows"))
        elif at > self.due_at():
            self.lines.append(self._words.not_stopped(at, "it had already run out"))
        else:
            self._stops += 1
            self.resumes_by = ends(at, tolling.at_most, self.calendar)
            self.stopped_at = at

    def _resume(self, at: datetime, *, unanswered: bool = False) -> None:
        if self.stopped_at is None:
            return
        restarts = self.rule.tolling is not None and self.rule.tolling.restarts
        self.lines.append(self._words.resumed(self.stopped_at, at, unanswered=unanswered, restarts=restarts))
        self._spent = self._kept(self.stopped_at)
        self._anchor, self.stopped_at, self.resumes_by = at, None, None

    def _kept(self, stopped_at: datetime) -> int:
        """The ticks that still count as used up once a stop ends."""
        if self.rule.tolling is not None and self.rule.tolling.restarts:
            return 0
        return self._spent + spent_between(self.rule.period.unit, self._anchor, stopped_at, self.calendar)

    def _rolled(self, due_at: datetime) -> datetime:
        if not self.rule.business_end or self.rule.period.unit is Unit.HOURS:
            return due_at
        return self.calendar.end_of(self.calendar.on_or_after(self.calendar.day_of(due_at)))
