"""The state of an appeal, folded from its events. It allows or refuses nothing; adjudication/appeals/case.py does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from adjudication.appeals import events as happened
from adjudication.appeals.arithmetic import Holidays
from adjudication.appeals.due import Due
from adjudication.appeals.events import Event
from adjudication.appeals.filing import FilingAnswer, Ground
from adjudication.appeals.independence import Involved, LineRuling, Ruling
from adjudication.appeals.rules import (
    AppealLevel,
    AppealPath,
    Appellant,
    EffectFrom,
    Forum,
    Missed,
    Proof,
    Subject,
    Urgency,
)
from adjudication.determination import ReviewerSignature
from adjudication.review.people import LicenceNeeded
from adjudication.vocabulary import ClaimId, LineNumber


class Ended(StrEnum):
    """How an appeal ended without a decision."""

    WITHDRAWN = "withdrawn"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class AppealCase:
    """What never changes about an appeal. `involved`: everybody who took part in the denial, whatever their part."""

    appeal_id: str
    claim_id: ClaimId
    path: AppealPath
    appellant: Appellant
    subject: Subject
    clinical: bool
    lines: frozenset[LineNumber]
    involved: tuple[Involved, ...]
    providers: frozenset[str]
    needed: LicenceNeeded
    physician_asked: bool = False
    ground: Ground | None = None
    holidays: Holidays = frozenset()


@dataclass(frozen=True, slots=True)
class LevelResult:
    """What a level came to; `by` None: another forum, or the law (deemed)."""

    level: str
    at: datetime
    rulings: tuple[LineRuling, ...]
    by: str | None
    signature: ReviewerSignature | None = None

    @property
    def adverse(self) -> bool:
        """Whether anything of the denial stands."""
        return any(ruling.ruling is not Ruling.OVERTURNED for ruling in self.rulings)

    @property
    def favourable(self) -> bool:
        """Whether anything of the denial fell."""
        return any(ruling.ruling is not Ruling.UPHELD for ruling in self.rulings)


@dataclass(frozen=True, slots=True)
class AppealState:
    """An appeal as it is now. `clock_from` None: the clock waits for a proof."""

    case: AppealCase
    level: AppealLevel
    received_at: datetime
    clock_from: datetime | None
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
    deemed: Missed | None = None
    forward_owed_from: datetime | None = None
    effect_owed_from: datetime | None = None
    ended: Ended | None = None
    ended_at: datetime | None = None
    missed: tuple[Due, ...] = ()

    @property
    def result(self) -> LevelResult | None:
        """What the present level came to, or None."""
        return next((r for r in self.results if r.level == self.level.name), None)

    @property
    def outside(self) -> bool:
        """Whether another forum has it."""
        return self.level.forum is not Forum.PLAN

    @property
    def waiting_for_appellant(self) -> bool:
        """Whether it cannot be decided yet: a proof is missing, or nobody weighed why it was late."""
        return bool(self.missing) or self.late

    @property
    def undecided(self) -> bool:
        """Whether the present level still has to come to something."""
        return self.ended is None and self.result is None and self.forward_owed_from is None


def opened(case: AppealCase, answer: FilingAnswer, received_at: datetime) -> AppealState:
    """Start an appeal at the first level of its path, with what the filing came with."""
    first = case.path.levels[0]
    standing = case.path.standing_of(case.appellant)
    waits = bool(answer.missing) and standing is not None and standing.clock_waits
    late = answer.window is not None and answer.window.timely is False
    return AppealState(
        case=case,
        level=first,
        received_at=received_at,
        clock_from=None if waits else received_at,
        missing=answer.missing,
        late=late,
        urgency=answer.urgency,
        urgency_open=answer.urgency_open,
        involved=case.involved,
        visited=(first.name,),
    )


def fold(state: AppealState, history: Iterable[Event]) -> AppealState:
    """Fold a history in."""
    for event in history:
        state = after(state, event)
    return state


def after(state: AppealState, event: Event) -> AppealState:
    """Fold one event in."""
    match event:
        case happened.Acknowledged(at=at):
            return replace(state, acknowledged_at=at)
        case happened.DocumentsAdded(references=references):
            return replace(state, documents=(*state.documents, *references))
        case happened.ProofReceived():
            return _with_proof(state, event)
        case happened.GoodCauseDecided(accepted=accepted):
            return replace(state, good_cause=accepted, late=not accepted)
        case happened.UrgencyDecided(expedited=expedited):
            urgency = Urgency.EXPEDITED if expedited else Urgency.STANDARD
            return replace(state, urgency=urgency, urgency_open=False)
        case happened.DeciderAssigned(person_id=person_id):
            return replace(state, decider=person_id)
        case happened.Extended():
            return replace(state, extended=True)
        case happened.DeadlineMissed(due=due):
            return replace(state, missed=(*state.missed, due))
        case _:
            return _after_turn(state, event)


def _after_turn(state: AppealState, event: Event) -> AppealState:
    """Fold in what ends a level, opens one, or ends the appeal."""
    match event:
        case happened.Decided():
            return _after_decision(state, event)
        case happened.OutsideRuled(at=at, level=level, rulings=rulings):
            return _with_result(state, LevelResult(level, at, rulings, None))
        case happened.Deemed():
            return _after_deemed(state, event)
        case happened.Forwarded(at=at, level=level):
            moved = _at_level(state, level, at)
            return replace(moved, forward_owed_from=None, late=False, missing=frozenset())
        case happened.LevelOpened(level=level, late=late, received_at=received_at):
            return replace(_at_level(state, level, received_at), late=late, good_cause=None, ended=None, ended_at=None)
        case happened.Withdrawn(at=at):
            return replace(state, ended=Ended.WITHDRAWN, ended_at=at)
        case happened.Dismissed(at=at):
            return replace(state, ended=Ended.DISMISSED, ended_at=at)
        case happened.DismissalVacated():
            return replace(state, ended=None, ended_at=None, late=False, good_cause=True if state.late else None)
        case happened.Effectuated():
            return replace(state, effect_owed_from=None)
        case _:
            return state


def _with_proof(state: AppealState, event: happened.ProofReceived) -> AppealState:
    missing = state.missing - {event.proof}
    clock = event.at if state.clock_from is None and not missing else state.clock_from
    return replace(state, missing=missing, clock_from=clock, documents=(*state.documents, event.reference))


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
    state = replace(state, deemed=event.missed, missed=(*state.missed, Due.DECISION))
    if event.missed is Missed.FORWARD:
        return replace(state, forward_owed_from=event.at)
    if event.missed is Missed.OVERTURNED:
        rulings = tuple(LineRuling(line, Ruling.OVERTURNED) for line in sorted(state.case.lines))
        return _with_result(state, LevelResult(event.level, event.at, rulings, None))
    return state


def _with_result(state: AppealState, result: LevelResult) -> AppealState:
    effect = state.level.effect(state.case.subject)
    from_request = effect is not None and effect.counted_from is EffectFrom.REQUEST
    owed = (state.clock_from or state.received_at) if from_request else result.at
    return replace(
        state, results=(*state.results, result), effect_owed_from=owed if result.favourable else state.effect_owed_from
    )


def _at_level(state: AppealState, level: str, received_at: datetime) -> AppealState:
    return replace(
        state,
        level=state.case.path.level(level),
        received_at=received_at,
        clock_from=received_at,
        acknowledged_at=None,
        decider=None,
        extended=False,
        deemed=None,
        missed=(),
        visited=(*state.visited, level),
    )
