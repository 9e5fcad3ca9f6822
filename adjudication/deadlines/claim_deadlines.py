"""All clocks of one claim at one moment, and the one that is due first.

May not drop a clock in silence: where no rule applies at all, or days cannot be counted, the answer holds a NoClock.
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


def due_first(clocks: Iterable[DeadlineState | NoDeadline]) -> DeadlineState | None:
    """Return the clock not yet met that is due first, None if none runs; NoClocks need a person besides.

    A clock whose days cannot be counted stands at the earliest it can be due, and its rule's name says so.
    """
    waiting = [c for c in map(_dated, clocks) if c is not None and c.met_at is None and c.due_at is not None]
    return min(waiting, key=lambda clock: (clock.due_at, clock.rule_id), default=None)


def wakes_first(clocks: Iterable[DeadlineState | NoDeadline]) -> datetime | None:
    """Return when the first of the clocks has something to say next; None if none ever has."""
    found = (clock if isinstance(clock, DeadlineState) else clock.soonest for clock in clocks)
    return min((c.wakes_at for c in found if c is not None and c.wakes_at is not None), default=None)


def _dated(clock: DeadlineState | NoDeadline) -> DeadlineState | None:
    if isinstance(clock, DeadlineState):
        return clock
    soonest = clock.soonest
    return None if soonest is None else replace(soonest, rule_id=f"{soonest.rule_id} ({clock.reason}: at the earliest)")
