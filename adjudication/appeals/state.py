"""The state of an appeal, folded from its events. adjudication/appeals/apply.py decides which actions it allows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from adjudication.appeals import events as happened
from adjudication.appeals.duty import Duty
from adjudication.appeals.events import Event
from adjudication.appeals.filing import DismissalGround, FilingResult
from adjudication.appeals.independence import Involved, LineRuling, Ruling
from adjudication.appeals.rules import (
    AppealLevel,
    AppealPath,
    Appellant,
    EffectuationFrom,
    Forum,
    LateDecisionEffect,
    Proof,
    Subject,
    Urgency,
)
from adjudication.deadlines.calendar import NO_CALENDAR, LegalCalendar
from adjudication.model.determination import ReviewerSignature
from adjudication.model.vocabulary import ClaimId, LineNumber
from adjudication.people import LicenseNeeded


class Ended(StrEnum):
    """The ways in which an appeal ends without a decision."""

    WITHDRAWN = "withdrawn"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class AppealCase:
    """The parts of an appeal that never change. `involved`: every person who took part in the denial.

    `physician_requested_expedited`: a physician asked for an expedited appeal, which the plan may not refuse.
    """

    appeal_id: str
    claim_id: ClaimId
    path: AppealPath
    appellant: Appellant
    subject: Subject
    clinical: bool
    lines: frozenset[LineNumber]
    involved: tuple[Involved, ...]
    providers: frozenset[str]
    license_needed: LicenseNeeded
    physician_requested_expedited: bool = False
    calendar: LegalCalendar = NO_CALENDAR


@dataclass(frozen=True, slots=True)
class LevelResult:
    """The result of a level; `by` None: decided by another forum or by law (deemed)."""

    level: str
    at: datetime
    rulings: tuple[LineRuling, ...]
    by: str | None
    signature: ReviewerSignature | None = None

    @property
    def adverse(self) -> bool:
        """Return whether any part of the denial is upheld."""
        return any(ruling.ruling is not Ruling.OVERTURNED for ruling in self.rulings)

    @property
    def favorable(self) -> bool:
        """Return whether any part of the denial is overturned."""
        return any(ruling.ruling is not Ruling.UPHELD for ruling in self.rulings)


@dataclass(frozen=True, slots=True)
class AppealState:
    """The current state of an appeal. `period_from` None: the time to decide has not started, because a proof is missing.

    `gap_alerts`: the time of the last alert about each deadline that could not be computed.
    `ground`: a ground to dismiss the appeal; the level cannot be decided until a person dismisses or accepts the appeal.
    """

    case: AppealCase
    level: AppealLevel
    received_at: datetime
    period_from: datetime | None
    missing: frozenset[Proof]
    late: bool
    urgency: Urgency
    urgency_open: bool
    involved: tuple[Involved, ...]
    good_cause: bool | None = None
    acknowledged_at: datetime | None = None
    decider: str | None = None
    documents: tuple[str, ...] = ()
    extended: bool = False
    results: tuple[LevelResult, ...] = ()
    visited: tuple[str, ...] = ()
    deemed: LateDecisionEffect | None = None
    forward_owed_from: datetime | None = None
    effectuation_owed_from: datetime | None = None
    ended: Ended | None = None
    ended_at: datetime | None = None
    ended_because: DismissalGround | None = None
    ground: DismissalGround | None = None
    missed_deadlines: tuple[Duty, ...] = ()
    gap_alerts: tuple[tuple[Duty, datetime], ...] = ()
    superseded_by: str | None = None

    @property
    def result(self) -> LevelResult | None:
        """The result of the present level, or None."""
        return next((r for r in self.results if r.level == self.level.name), None)

    @property
    def outside(self) -> bool:
        """Return whether the appeal is at another forum."""
        return self.level.forum is not Forum.PLAN

    @property
    def held_up(self) -> bool:
        """Return whether it cannot be decided yet: a proof is missing, it was filed late, or there is a ground to dismiss it."""
        return bool(self.missing) or self.late or self.ground is not None

    @property
    def undecided(self) -> bool:
        """Return whether the plan or another forum still has to decide the present level."""
        return self.ended is None and self.result is None and self.forward_owed_from is None

    @property
    def open_lines(self) -> frozenset[LineNumber]:
        """The lines that no level has overturned in full yet."""
        won = {r.line for result in self.results for r in result.rulings if r.ruling is Ruling.OVERTURNED}
        return self.case.lines - won


def open_appeal(case: AppealCase, answer: FilingResult, received_at: datetime) -> AppealState:
    """Return the state of a new appeal at the first level of its path."""
    first = case.path.levels[0]
    standing = case.path.standing_of(case.appellant)
    waits = bool(answer.missing) and standing is not None and standing.waits_for_proof
    late = answer.window is not None and answer.window.timely is False
    return AppealState(
        case=case,
        level=first,
        received_at=received_at,
        period_from=None if waits else received_at,
        missing=answer.missing,
        late=late,
        urgency=answer.urgency,
        urgency_open=answer.urgency_open,
        involved=case.involved,
        visited=(first.name,),
        ground=answer.ground,
    )


def fold(state: AppealState, history: Iterable[Event]) -> AppealState:
    """Apply events in their order."""
    for event in history:
        state = after(state, event)
    return state


def after(state: AppealState, event: Event) -> AppealState:
    """Apply one event."""
    return FOLDS[type(event)](state, event)


def _after_acknowledgement(state: AppealState, event: happened.Acknowledged) -> AppealState:
    return replace(state, acknowledged_at=event.at)


def _after_documents(state: AppealState, event: happened.DocumentsAdded) -> AppealState:
    return replace(state, documents=(*state.documents, *event.references))


def _after_good_cause(state: AppealState, event: happened.GoodCauseDecided) -> AppealState:
    return _clear_missed_decision(replace(state, good_cause=event.accepted, late=not event.accepted))


def _after_urgency(state: AppealState, event: happened.UrgencyDecided) -> AppealState:
    urgency = Urgency.EXPEDITED if event.expedited else Urgency.STANDARD
    return replace(state, urgency=urgency, urgency_open=False)


def _after_assignment(state: AppealState, event: happened.DeciderAssigned) -> AppealState:
    return replace(state, decider=event.person_id)


def _after_extension(state: AppealState, _event: happened.Extended) -> AppealState:
    return replace(state, extended=True)


def _after_missed(state: AppealState, event: happened.DeadlineMissed) -> AppealState:
    return replace(state, missed_deadlines=(*state.missed_deadlines, event.due))


def _after_gap_near(state: AppealState, event: happened.DeadlineGapNear) -> AppealState:
    return replace(state, gap_alerts=(*state.gap_alerts, (event.due, event.act_by - timedelta(hours=event.hours))))


def _after_gap_reached(state: AppealState, event: happened.DeadlineGapReached) -> AppealState:
    return replace(state, gap_alerts=(*state.gap_alerts, (event.due, event.act_by)))


def _after_outside(state: AppealState, event: happened.OutsideRuled) -> AppealState:
    return _with_result(state, LevelResult(event.level, event.at, event.rulings, None))


def _after_forward(state: AppealState, event: happened.Forwarded) -> AppealState:
    moved = _at_level(state, event.level, event.at)
    return replace(moved, forward_owed_from=None, late=False, missing=frozenset())


def _after_opening(state: AppealState, event: happened.LevelOpened) -> AppealState:
    moved = _at_level(state, event.level, event.received_at)
    return replace(moved, late=event.late, good_cause=None, ended=None, ended_at=None, ended_because=None, ground=None)


def _after_withdrawal(state: AppealState, event: happened.Withdrawn) -> AppealState:
    return replace(state, ended=Ended.WITHDRAWN, ended_at=event.at)


def _after_dismissal(state: AppealState, event: happened.Dismissed) -> AppealState:
    return replace(state, ended=Ended.DISMISSED, ended_at=event.at, ended_because=event.ground)


def _after_heard_anyway(state: AppealState, _event: happened.HeardAnyway) -> AppealState:
    return _clear_missed_decision(replace(state, ground=None))


def _after_effectuated(state: AppealState, _event: happened.Effectuated) -> AppealState:
    return replace(state, effectuation_owed_from=None)


def _after_dismissal_vacated(state: AppealState, _event: happened.DismissalVacated) -> AppealState:
    """Reopen the appeal without the ground of its dismissal; other open requirements remain."""
    state = _clear_missed_decision(replace(state, ended=None, ended_at=None, ended_because=None, ground=None))
    return replace(state, late=False, good_cause=True) if state.late and state.good_cause is False else state


def _after_proof(state: AppealState, event: happened.ProofReceived) -> AppealState:
    missing = state.missing - {event.proof}
    begins = event.at if state.period_from is None and not missing else state.period_from
    return _clear_missed_decision(
        replace(state, missing=missing, period_from=begins, documents=(*state.documents, event.reference))
    )


def _after_decision(state: AppealState, event: happened.Decided) -> AppealState:
    took_part = [Involved(event.by, f"decided {event.level}")]
    if event.consulted is not None:
        took_part.append(Involved(event.consulted, f"consulted at {event.level}"))
    result = LevelResult(event.level, event.at, event.rulings, event.by, event.signature)
    state = _with_result(state, result)
    forwards = result.adverse and state.level.forward is not None
    return replace(
        state,
        involved=(*state.involved, *took_part),
        forward_owed_from=event.at if forwards else None,
    )


def _after_deemed(state: AppealState, event: happened.Deemed) -> AppealState:
    state = replace(state, deemed=event.missed, missed_deadlines=(*state.missed_deadlines, Duty.DECISION))
    if event.missed is LateDecisionEffect.FORWARD:
        return replace(state, forward_owed_from=event.at)
    if event.missed is LateDecisionEffect.OVERTURNED:
        rulings = tuple(LineRuling(line, Ruling.OVERTURNED) for line in sorted(state.open_lines))
        return _with_result(state, LevelResult(event.level, event.at, rulings, None))
    return state


def _after_claim_superseded(state: AppealState, event: happened.ClaimTakenBack) -> AppealState:
    """Add the ground that the claim was superseded: the plan can only dismiss its undecided level; another forum still decides its own."""
    ground = DismissalGround.TAKEN_BACK if state.undecided and not state.outside else state.ground
    return replace(state, ground=ground, superseded_by=event.by_claim)


def _clear_missed_decision(state: AppealState) -> AppealState:
    """If the appeal can be decided now, remove a missed decision deadline, so that its legal consequence is recorded."""
    if state.held_up:
        return state
    return replace(state, missed_deadlines=tuple(due for due in state.missed_deadlines if due is not Duty.DECISION))


def _with_result(state: AppealState, result: LevelResult) -> AppealState:
    rule = state.level.effectuation_rule(state.case.subject, state.urgency)
    from_request = rule is not None and rule.counted_from is EffectuationFrom.REQUEST
    owed = (state.period_from or state.received_at) if from_request else result.at
    return replace(
        state,
        results=(*state.results, result),
        effectuation_owed_from=owed if result.favorable else state.effectuation_owed_from,
    )


def _at_level(state: AppealState, level: str, received_at: datetime) -> AppealState:
    return replace(
        state,
        level=state.case.path.level(level),
        received_at=received_at,
        period_from=received_at,
        acknowledged_at=None,
        decider=None,
        extended=False,
        deemed=None,
        missed_deadlines=(),
        gap_alerts=(),
        visited=(*state.visited, level),
    )


FOLDS: Final[Mapping[type, Callable[[AppealState, Any], AppealState]]] = {
    happened.Acknowledged: _after_acknowledgement,
    happened.ProofReceived: _after_proof,
    happened.DocumentsAdded: _after_documents,
    happened.GoodCauseDecided: _after_good_cause,
    happened.UrgencyDecided: _after_urgency,
    happened.DeciderAssigned: _after_assignment,
    happened.Extended: _after_extension,
    happened.Decided: _after_decision,
    happened.Forwarded: _after_forward,
    happened.OutsideRuled: _after_outside,
    happened.LevelOpened: _after_opening,
    happened.Withdrawn: _after_withdrawal,
    happened.Dismissed: _after_dismissal,
    happened.DismissalVacated: _after_dismissal_vacated,
    happened.HeardAnyway: _after_heard_anyway,
    happened.Effectuated: _after_effectuated,
    happened.Deemed: _after_deemed,
    happened.DeadlineMissed: _after_missed,
    happened.DeadlineGapNear: _after_gap_near,
    happened.DeadlineGapReached: _after_gap_reached,
    happened.ClaimTakenBack: _after_claim_superseded,
}
