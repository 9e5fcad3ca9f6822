"""Everything an appeal owes, by when, with the arithmetic and the rule: what timers are set from and screens show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from adjudication.appeals.due import Due
from adjudication.appeals.filing_window import due, earliest
from adjudication.appeals.rules import DecisionPeriod, Period, Urgency
from adjudication.appeals.state import AppealState
from adjudication.deadlines.calendar import CalendarGapError
from adjudication.model.findings import Citation
from adjudication.people import Role

GAP_OWNER: Final = Role.POLICY_OWNER
"""Under what somebody waits for a rule or a calendar year that is not loaded, and whose it is."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """One thing owed. `due_at` is the first moment that is too late."""

    what: Due
    due_at: datetime
    arithmetic: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class DeadlineGap:
    """One thing owed, of which nobody can say by when, and what to load. Nothing is concluded from it.

    `act_by`: the earliest it can be due, whatever days turn out to be holidays; its owner loads them before. `since`:
    when its clock began.
    """

    what: Due
    since: datetime
    act_by: datetime
    words: str
    citation: Citation


def deadlines(state: AppealState) -> tuple[Deadline, ...]:
    """Return what is owed now and not yet noted as missed, the earliest first; what has no date is among the gaps."""
    owed = [each for each in _owed(state) if isinstance(each, Deadline) and each.what not in state.missed]
    return tuple(sorted(owed, key=lambda deadline: (deadline.due_at, deadline.what)))


def gaps(state: AppealState) -> tuple[DeadlineGap, ...]:
    """Return what is owed by a day that cannot be counted, for a year of holidays is not loaded."""
    return tuple(each for each in _owed(state) if isinstance(each, DeadlineGap) and each.what not in state.missed)


def decision_deadline(state: AppealState) -> Deadline | DeadlineGap | None:
    """Return by when the present level is to be decided; None while its clock waits, or where the law gives no time."""
    rule = decision_rule(state)
    if rule is None or state.clock_from is None or state.outside:
        return None
    more = rule.extension if state.extended else None
    return _from(Due.DECISION, state.clock_from, rule.period, state, rule.citation, more)


def decision_rule(state: AppealState) -> DecisionPeriod | None:
    """Return the period that governs: the expedited one where it is expedited and the law has one."""
    rule = state.level.decision(state.case.subject, state.urgency)
    return rule or state.level.decision(state.case.subject, Urgency.STANDARD)


def _owed(state: AppealState) -> Iterator[Deadline | DeadlineGap]:
    if state.ended is None:
        yield from _owed_before_decision(state)
    yield from _owed_after_decision(state)


def _owed_before_decision(state: AppealState) -> Iterator[Deadline | DeadlineGap]:
    level = state.level
    if level.acknowledge is not None and state.acknowledged_at is None and state.undecided and not state.outside:
        yield _from(Due.ACKNOWLEDGEMENT, state.received_at, level.acknowledge.period, state, level.acknowledge.citation)
    standing = state.case.path.standing_of(state.case.appellant)
    if state.missing and standing is not None and standing.proof_within is not None:
        yield _from(Due.PROOF, state.received_at, standing.proof_within, state, standing.citation)
    decision = decision_deadline(state)
    if decision is not None and state.undecided and state.deemed is None:
        yield decision


def _owed_after_decision(state: AppealState) -> Iterator[Deadline | DeadlineGap]:
    forward = state.level.forward
    if state.forward_owed_from is not None and forward is not None:
        decision = decision_deadline(state)
        if state.urgency is Urgency.EXPEDITED and forward.expedited_within is not None:
            yield _from(Due.FORWARD, state.forward_owed_from, forward.expedited_within, state, forward.citation)
        elif decision is not None:
            yield _with_the_decision(decision, forward.citation)
    decided_at = next((level for level in reversed(state.results) if level.favourable), None)
    if state.effect_owed_from is not None and decided_at is not None:
        effect = state.case.path.level(decided_at.level).effect(state.case.subject, state.urgency)
        if effect is not None:
            yield _from(Due.EFFECTUATION, state.effect_owed_from, effect.period, state, effect.citation)


def _with_the_decision(decision: Deadline | DeadlineGap, citation: Citation) -> Deadline | DeadlineGap:
    """What goes on by itself leaves in the time limit of the decision."""
    if isinstance(decision, DeadlineGap):
        return replace(decision, what=Due.FORWARD, citation=citation)
    told = f"In the time limit of the decision. {decision.arithmetic}"
    return Deadline(Due.FORWARD, decision.due_at, told, citation)


def _from(
    what: Due, start: datetime, period: Period, state: AppealState, citation: Citation, more: Period | None = None
) -> Deadline | DeadlineGap:
    """Count a period; `more` is what it was extended by (the loader allows days and hours only)."""
    longer = timedelta() if more is None else timedelta(**{more.unit.value: more.length})
    told = period.told if more is None else f"{period.told}, extended by {more.told}"
    try:
        at = due(start, period, state.case.holidays) + longer
    except CalendarGapError as gap:
        at = earliest(start, period) + longer
        return DeadlineGap(what, start, at, f"{told} from {start:%Y-%m-%d}: {gap}", citation)
    return Deadline(what, at, f"{told} from {start:%Y-%m-%d %H:%M}: before {at:%Y-%m-%d %H:%M}.", citation)
