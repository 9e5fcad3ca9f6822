"""All deadlines of one claim at one instant, and the first one due.

If no rule applies, or days cannot be counted, the result contains a NoDeadline.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from adjudication.deadlines.compute import compute
from adjudication.deadlines.events import DeadlineEvent
from adjudication.deadlines.rule_book import DeadlineRules, NoDeadline, NoDeadlineReason
from adjudication.deadlines.rules import CLAIM_KINDS, DeadlineKind, Situation
from adjudication.deadlines.state import DeadlineState


def run_deadline(
    book: DeadlineRules, kind: DeadlineKind, situation: Situation, events: Iterable[DeadlineEvent], now: datetime
) -> DeadlineState | NoDeadline:
    """Select the rule of one kind and run it over the events."""
    governing = book.govern(kind, situation)
    if isinstance(governing, NoDeadline):
        return governing
    return compute(governing.rule, events, governing.calendar, now)


def run_deadlines(
    book: DeadlineRules,
    situation: Situation,
    events: Sequence[DeadlineEvent],
    now: datetime,
    kinds: Sequence[DeadlineKind] = CLAIM_KINDS,
) -> tuple[DeadlineState | NoDeadline, ...]:
    """Run every kind that applies; kinds without a rule are left out only if at least one other has one."""
    found = [run_deadline(book, kind, situation, events, now) for kind in kinds]
    kept = [one for one in found if not (isinstance(one, NoDeadline) and one.reason is NoDeadlineReason.NO_RULE)]
    return tuple(kept or found[:1])


def due_first(deadlines: Iterable[DeadlineState | NoDeadline]) -> DeadlineState | None:
    """Return the deadline not yet met that is due first, None if none runs. Each NoDeadline needs a person as well.

    A deadline whose days cannot be counted is placed at the earliest it can be due, which is added to its rule's name.
    """
    waiting = [c for c in map(_dated, deadlines) if c is not None and c.met_at is None and c.due_at is not None]
    return min(waiting, key=lambda deadline: (deadline.due_at, deadline.rule_id), default=None)


def wakes_first(deadlines: Iterable[DeadlineState | NoDeadline]) -> datetime | None:
    """Return the next time at which the state of a deadline changes without an event; None if there is none."""
    found = (deadline if isinstance(deadline, DeadlineState) else deadline.soonest for deadline in deadlines)
    return min((c.wakes_at for c in found if c is not None and c.wakes_at is not None), default=None)


def _dated(deadline: DeadlineState | NoDeadline) -> DeadlineState | None:
    if isinstance(deadline, DeadlineState):
        return deadline
    soonest = deadline.soonest
    return (
        None if soonest is None else replace(soonest, rule_id=f"{soonest.rule_id} ({deadline.reason}: at the earliest)")
    )
