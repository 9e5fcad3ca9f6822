"""What letters of an appeal are drawn from, which of them its state asks for, and where its level leads on to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from adjudication.appeals.rules import AppealLevel, AppealPath, Appellant, Forum, Missed
from adjudication.appeals.state import AppealState, Ended, LevelResult
from adjudication.letters.assembly import DecidedLine, ServiceLine
from adjudication.letters.elements import Audience, LetterKind, NextLevel
from adjudication.letters.reasons import in_words
from adjudication.letters.wording import AppealRoute
from adjudication.model.determination import LineDetermination

_ENDED: Final = {Ended.DISMISSED: LetterKind.APPEAL_DISMISSAL, Ended.WITHDRAWN: LetterKind.APPEAL_WITHDRAWAL}
_OF_RESULTS: Final = frozenset(
    {
        LetterKind.APPEAL_REVERSAL,
        LetterKind.APPEAL_DENIAL,
        LetterKind.APPEAL_CLINICAL_DENIAL,
        LetterKind.APPEAL_FORWARDING,
    }
)
_MEMBERS: Final = frozenset({Appellant.MEMBER, Appellant.REPRESENTATIVE})


@dataclass(frozen=True, slots=True)
class AppealedLine:
    """A line under appeal: as it was denied, and as the ruling was told since; None where nothing was."""

    service: ServiceLine
    denied: DecidedLine | None = None
    now: LineDetermination | None = None


@dataclass(frozen=True, slots=True)
class AppealLetterFacts:
    """An appeal as its letters tell it.

    `rationale`: what the decider wrote. `why_longer`: why more time is needed, written by a person for the notice.
    `forwarded_at`: when the file left for the next level. `received_at`: when the level told of was asked for; None:
    it is the present one.
    """

    state: AppealState
    lines: tuple[AppealedLine, ...]
    rationale: str = ""
    why_longer: str = ""
    forwarded_at: datetime | None = None
    received_at: datetime | None = None

    @property
    def came_at(self) -> datetime:
        """When the plan was asked for what these letters tell."""
        return self.received_at or self.state.received_at


def kinds_due(told: AppealLetterFacts) -> tuple[LetterKind, ...]:
    """Return the letters that the state of an appeal asks for; another forum tells its own decisions."""
    state = told.state
    if state.ended is not None:
        return (_ENDED[state.ended],)
    if state.undecided and not state.outside:
        return _while_open(told)
    goes_on = state.forward_owed_from is not None or told.forwarded_at is not None
    forwarding = (LetterKind.APPEAL_FORWARDING,) if goes_on else ()
    result = own_result(state)
    return forwarding if result is None else (_decided(result, state), *forwarding)


def own_result(state: AppealState) -> LevelResult | None:
    """Return what the plan's last level came to, or None."""
    own = [r for r in state.results if state.case.path.level(r.level).forum is Forum.PLAN]
    return own[-1] if own else None


def level_told(state: AppealState) -> AppealLevel:
    """Return the level of the plan that letters tell of: the present one, else the last before another forum's."""
    visited = [state.case.path.level(name) for name in state.visited]
    return next((level for level in reversed(visited) if level.forum is Forum.PLAN), state.level)


def opens_to_member(path: AppealPath) -> bool:
    """Say whether the member is a party: nobody else's dispute with the plan is told to them."""
    return any(standing.appellant in _MEMBERS for standing in path.standing)


def step_told(kind: LetterKind, told: AppealLetterFacts) -> str:
    """Name the step that a letter tells, by its level and moment: a level dismissed twice is told twice."""
    state = told.state
    result = own_result(state)
    at = told.came_at
    if state.ended_at is not None:
        at = state.ended_at
    elif result is not None and kind in _OF_RESULTS:
        at = result.at
    return f"{level_told(state).name} {at.isoformat()}"


def way_of(state: AppealState) -> AppealRoute:
    """Return the path of an appeal, and where its level leads on to by itself or when somebody asks."""
    level, path = level_told(state), state.case.path
    followers = [*level.next, *([] if level.forward is None else [level.forward.to])]
    if state.ended is Ended.DISMISSED:
        followers = [] if level.dismissal is None else [level.dismissal.review_by]
    levels = (path.level(name) for name in followers)
    forums = {each.forum.value for each in levels if state.case.clinical or not each.clinical_only}
    onward = frozenset(place for place in NextLevel if place.value in forums)
    return AppealRoute(path.name, onward or frozenset({NextLevel.NOWHERE}))


def day_told(at: datetime, state: AppealState, audience: Audience) -> str:
    """Write the legal day of an instant, in the time zone of the plan, as the reader reads it."""
    day = state.case.calendar.day_of(at)
    return in_words(day) if audience is Audience.MEMBER else day.isoformat()


def _while_open(told: AppealLetterFacts) -> tuple[LetterKind, ...]:
    """Of a time that passed a letter tells only what the law gives the appellant for it; else somebody answers for it."""
    if told.state.deemed is not None:
        return (LetterKind.APPEAL_OVERDUE,) if told.state.deemed is Missed.EXHAUSTED else ()
    longer = (LetterKind.APPEAL_EXTENSION,) if told.state.extended or told.why_longer else ()
    return (LetterKind.APPEAL_ACKNOWLEDGEMENT, *longer)


def _decided(result: LevelResult, state: AppealState) -> LetterKind:
    if not result.adverse:
        return LetterKind.APPEAL_REVERSAL
    return LetterKind.APPEAL_CLINICAL_DENIAL if state.case.clinical else LetterKind.APPEAL_DENIAL
