"""Compares a deadline with the same deadline computed again, for example with a corrected rule, in words for a person.

It does not decide which of the two is right.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from adjudication.deadlines.rule_book import NoDeadline
from adjudication.deadlines.state import DeadlineState


@dataclass(frozen=True, slots=True)
class DeadlineChange:
    """One difference, as words before and after."""

    what: str
    before: str
    after: str

    def __str__(self) -> str:
        """Write the change in one line."""
        return f"{self.what}: {self.before} -> {self.after}"


def compare(before: DeadlineState | NoDeadline, after: DeadlineState | NoDeadline) -> tuple[DeadlineChange, ...]:
    """Return every difference that matters to a person; empty when computing again changed nothing."""
    old, new = _facts(before), _facts(after)
    names = dict.fromkeys((*old, *new))
    changes = [
        DeadlineChange(name, old.get(name, "none"), new.get(name, "none"))
        for name in names
        if old.get(name, "none") != new.get(name, "none")
    ]
    if isinstance(before, DeadlineState) and isinstance(after, DeadlineState) and before.due_on and after.due_on:
        changes = [_with_days(change, before.due_on, after.due_on) for change in changes]
    return tuple(changes)


def _with_days(change: DeadlineChange, before: date, after: date) -> DeadlineChange:
    days = (after - before).days
    if change.what != "due" or days == 0:
        return change
    moved = f"{abs(days)} {'day' if abs(days) == 1 else 'days'} {'later' if days > 0 else 'earlier'}"
    return DeadlineChange(change.what, change.before, f"{change.after} ({moved})")


def _facts(state: DeadlineState | NoDeadline) -> dict[str, str]:
    if isinstance(state, NoDeadline):
        return {"deadline": f"none ({state.reason}): {state.words}"}
    return {
        "rule": f"{state.rule_id} ({state.citation.source} {state.citation.locator})",
        "started": _instant(state.started_at),
        "due": _instant(state.due_at),
        "stopped since": _instant(state.tolled_since),
        "runs again by": _instant(state.resumes_by),
        "extended": state.extension.length if state.extension else "no",
        "met": _instant(state.met_at),
        "run out": "yes" if state.expired else "no",
        "at expiry": state.at_expiry.value,
        "escalates to": state.escalates_to,
        "warnings": ", ".join(f"{w.at.isoformat()} to {w.notify}" for w in state.warnings) or "none",
    }


def _instant(at: datetime | None) -> str:
    return at.isoformat() if at is not None else "none"
