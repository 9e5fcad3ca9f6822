"""Everything an appeal owes, by when, with the arithmetic and the rule: what timers are set from and screens show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from adjudication.appeals.arithmetic import due
from adjudication.appeals.due import Due
from adjudication.appeals.rules import DecisionPeriod, Period, Urgency
from adjudication.appeals.state import AppealState
from adjudication.findings import Citation


@dataclass(frozen=True, slots=True)
class Deadline:
    """One thing owed. `due_at` is the first moment that is too late."""

    what: Due
    due_at: datetime
    arithmetic: str
    citation: Citation


def deadlines(state: AppealState) -> tuple[Deadline, ...]:
    """Return what is owed now and not yet noted as missed, the earliest first."""
    owed = [deadline for deadline in _owed(state) if deadline.what not in state.missed]
    return tuple(sorted(owed, key=lambda deadline: (deadline.due_at, deadline.what)))


def decision_deadline(state: AppealState) -> Deadline | None:
    """Return by when the present level is to be decided; None while its clock waits, or where the law gives no time."""
    rule = decision_rule(state)
    if rule is None or state.clock_from is None or state.outside:
        return None
    at = due(state.clock_from, rule.period, state.case.holidays)
    told = rule.period.told
    if state.extended and rule.extension is not None:
        unit = {rule.extension.unit.value: rule.extension.length}  # the loader allows days and hours only
        at += timedelta(**unit)
        told = f"{told}, extended by {rule.extension.told}"
    return Deadline(Due.DECISION, at, _counted(told, state.clock_from, at), rule.citation)


def decision_rule(state: AppealState) -> DecisionPeriod | None:
    """Return the period that governs: the expedited one where it is expedited and the law has one."""
    rule = state.level.decision(state.case.subject, state.urgency)
    return rule or state.level.decision(state.case.subject, Urgency.STANDARD)


def _owed(state: AppealState) -> Iterator[Deadline]:
    if state.ended is None:
        yield from _owed_before_decision(state)
    yield from _owed_after_decision(state)


def _owed_before_decision(state: AppealState) -> Iterator[Deadline]:
    level = state.level
    if level.acknowledge is not None and state.acknowledged_at is None and state.undecided and not state.outside:
        yield _from(Due.ACKNOWLEDGEMENT, state.received_at, level.acknowledge.period, state, level.acknowledge.citation)
    standing = state.case.path.standing_of(state.case.appellant)
    if state.missing and standing is not None and standing.proof_within is not None:
        yield _from(Due.PROOF, state.received_at, standing.proof_within, state, standing.citation)
    decision = decision_deadline(state)
    if decision is not None and state.undecided and state.deemed is None:
        yield decision


def _owed_after_decision(state: AppealState) -> Iterator[Deadline]:
    forward = state.level.forward
    if state.forward_owed_from is not None and forward is not None:
        decision = decision_deadline(state)
        if state.urgency is Urgency.EXPEDITED and forward.expedited_within is not None:
            yield _from(Due.FORWARD, state.forward_owed_from, forward.expedited_within, state, forward.citation)
        elif decision is not None:
            told = f"In the time limit of the decision. {decision.arithmetic}"
            yield Deadline(Due.FORWARD, decision.due_at, told, forward.citation)
    decided_at = next((level for level in reversed(state.results) if level.favourable), None)
    if state.effect_owed_from is not None and decided_at is not None:
        effect = state.case.path.level(decided_at.level).effect(state.case.subject, state.urgency)
        if effect is not None:
            yield _from(Due.EFFECTUATION, state.effect_owed_from, effect.period, state, effect.citation)


def _from(what: Due, start: datetime, period: Period, state: AppealState, citation: Citation) -> Deadline:
    at = due(start, period, state.case.holidays)
    return Deadline(what, at, _counted(period.told, start, at), citation)


def _counted(told: str, start: datetime, at: datetime) -> str:
    return f"{told} from {start:%Y-%m-%d %H:%M}: before {at:%Y-%m-%d %H:%M}."
