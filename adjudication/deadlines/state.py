"""The state of one deadline at one instant, with arithmetic that a person can check line by line.

It holds no member data: dates, lengths, rule ids and citations only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from adjudication.deadlines.periods import Unit
from adjudication.deadlines.rules import AtExpiry, DeadlineKind
from adjudication.model.findings import Citation


@dataclass(frozen=True, slots=True)
class DeadlineWarning:
    """A warning before a deadline: when, how many hours before, and which role (or the case's `owner`) is notified."""

    at: datetime
    hours_before: int
    notify: str


@dataclass(frozen=True, slots=True)
class TakenExtension:
    """The extension, once taken: when its notice was sent and how long it is, in words."""

    notice_at: datetime
    length: str


@dataclass(frozen=True, slots=True)
class DeadlineState:
    """One deadline as of one moment. Times are UTC; `due_on` is the legal day of `due_at`, the last instant on time.

    `started_at` None: its first event has not happened. While stopped (`tolled_since`), `due_at` is the latest it can
    become (it runs again at `resumes_by` without an answer) and no warning is due. `spent` is in days, for a deadline in
    hours in seconds. `expired` stays true when the deadline was met too late. `warnings`: all warnings, past and future, in time order.
    """

    rule_id: str
    kind: DeadlineKind
    unit: Unit
    as_of: datetime
    started_at: datetime | None
    due_at: datetime | None
    due_on: date | None
    tolled_since: datetime | None
    resumes_by: datetime | None
    spent: int
    extension: TakenExtension | None
    warnings: tuple[DeadlineWarning, ...]
    met_at: datetime | None
    expired: bool
    at_expiry: AtExpiry
    escalates_to: str
    interest: str | None
    citation: Citation
    arithmetic: tuple[str, ...]

    @property
    def running(self) -> bool:
        """Return whether time passes: begun, not stopped, not met, not run out."""
        return self.started_at is not None and self.tolled_since is None and self.met_at is None and not self.expired

    @property
    def warnings_given(self) -> tuple[DeadlineWarning, ...]:
        """The warnings that are due; there may be several if the case was not checked for a while."""
        return tuple(warning for warning in self.warnings if warning.at <= self.as_of)

    @property
    def next_warning(self) -> DeadlineWarning | None:
        """The next warning; None if the deadline is stopped, met or passed."""
        return next((warning for warning in self.warnings if warning.at > self.as_of), None) if self.running else None

    @property
    def wakes_at(self) -> datetime | None:
        """Return the next time at which this state changes by itself: a warning, the end of a stop, the deadline; None if it never does."""
        if self.met_at is not None or self.expired:
            return None
        if self.tolled_since is not None:
            return self.resumes_by
        return self.next_warning.at if self.next_warning is not None else self.due_at
