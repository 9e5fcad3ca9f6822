"""The first due time of a pended claim: the earliest of its open legal deadlines and of its pends' due times.

A claim without a legal deadline (no rule is loaded) still has the due times of its pends; the missing deadline has its own alert.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from adjudication.deadlines.claim_deadlines import due_first
from adjudication.deadlines.rule_book import NoDeadline
from adjudication.deadlines.state import DeadlineState
from adjudication.model.findings import Citation
from adjudication.model.vocabulary import PendCode


@dataclass(frozen=True, slots=True)
class FirstDue:
    """The first deadline. `rule` names the deadline's rule, or the pend if not `legal`; `tolled`: the deadline is tolled
    and `due_at` is the latest it can become. `statutory_at` and `statutory_rule`: the first legal deadline, even if
    a pend is due before it; None if none runs. `statutory_stopped`: it is stopped.
    """

    due_at: datetime
    rule: str
    legal: bool
    tolled: bool
    citation: Citation | None
    statutory_at: datetime | None = None
    statutory_rule: str = ""
    statutory_stopped: bool = False


def first_due(
    states: Iterable[DeadlineState | NoDeadline], pends: Iterable[tuple[PendCode, datetime]]
) -> FirstDue | None:
    """Return the first due date; None for a claim without open pends and deadlines. Of two at one instant, the law's comes first."""
    waits = min(((due_at, code) for code, due_at in pends), default=None)
    if waits is None:
        return None
    pend = FirstDue(waits[0], waits[1], legal=False, tolled=False, citation=None)
    state = due_first(states)
    if state is None or state.due_at is None:
        return pend
    stopped = state.tolled_since is not None
    if state.due_at > pend.due_at:
        return replace(pend, statutory_at=state.due_at, statutory_rule=state.rule_id, statutory_stopped=stopped)
    return FirstDue(
        due_at=state.due_at,
        rule=state.rule_id,
        legal=True,
        tolled=stopped,
        citation=state.citation,
        statutory_at=state.due_at,
        statutory_rule=state.rule_id,
        statutory_stopped=stopped,
    )
