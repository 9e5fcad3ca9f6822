"""The input of appeal letters: the facts, the letters due, the next level, and the dates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from adjudication.appeals.deadlines import (
    Deadline,
    DeadlineGap,
    deadlines,
    decision_deadline,
    decision_rule,
    extension_notice_deadline,
    gaps,
)
from adjudication.appeals.duty import Duty
from adjudication.appeals.rules import AppealLevel, AppealPath, Appellant, Forum, LateDecisionEffect
from adjudication.appeals.state import AppealState, Ended, LevelResult
from adjudication.letters.assembly import DecidedLine, ServiceLine
from adjudication.letters.dates import in_words
from adjudication.letters.letter import Element, ElementName, LetterError, LetterKind, NextLevel
from adjudication.letters.wording import AppealRoute, LetterLibrary
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
    """A line under appeal. `denied`: the denial; `now`: the determination after a ruling; each None if there is none."""

    service: ServiceLine
    denied: DecidedLine | None = None
    now: LineDetermination | None = None


@dataclass(frozen=True, slots=True)
class AppealLetterFacts:
    """An appeal as its letters describe it.

    `rationale`: the decider's text. `why_longer`: why more time is needed, written by a person for the letter.
    `forwarded_at`: when the file was sent to the next level. `received_at`: when the level that the letters are about
    was requested; None for the present level.
    """

    state: AppealState
    lines: tuple[AppealedLine, ...]
    rationale: str = ""
    why_longer: str = ""
    forwarded_at: datetime | None = None
    received_at: datetime | None = None

    @property
    def came_at(self) -> datetime:
        """Return when the plan received the request for the level that these letters are about."""
        return self.received_at or self.state.received_at


def kinds_due(facts: AppealLetterFacts) -> tuple[LetterKind, ...]:
    """Return the letters that are due for the state of an appeal. Another forum sends its own decisions."""
    state = facts.state
    if state.ended is not None:
        return (_ENDED[state.ended],)
    if state.undecided and not state.outside:
        return _while_open(facts)
    goes_on = state.forward_owed_from is not None or facts.forwarded_at is not None
    forwarding = (LetterKind.APPEAL_FORWARDING,) if goes_on else ()
    result = own_result(state)
    return forwarding if result is None else (_decided(result, state), *forwarding)


def own_result(state: AppealState) -> LevelResult | None:
    """Return the result of the plan's last decided level, or None."""
    own = [r for r in state.results if state.case.path.level(r.level).forum is Forum.PLAN]
    return own[-1] if own else None


def notice_deadline(state: AppealState, at: datetime) -> Deadline | DeadlineGap | None:
    """Return the deadline for the newest notice of an appeal; `at`: when the step that it reports was taken.

    The notice is that of the plan's decision, an extension, or the receipt. None after the appeal has left the decided
    level, or if the law sets no time.
    """
    result = own_result(state)
    if result is not None and result.level == state.level.name:
        return decision_deadline(state)
    if not state.undecided or state.outside:
        return None
    if state.extended:
        return extension_notice_deadline(state, at)
    fresh = replace(state, acknowledged_at=None, missed_deadlines=())
    return next((each for each in deadlines(fresh) if each.duty is Duty.ACKNOWLEDGEMENT), None)


def level_of(state: AppealState) -> AppealLevel:
    """Return the plan's level that letters are about: the present one, else the last one before another forum's."""
    visited = [state.case.path.level(name) for name in state.visited]
    return next((level for level in reversed(visited) if level.forum is Forum.PLAN), state.level)


def opens_to_member(path: AppealPath) -> bool:
    """Return whether the member is a party. A provider's dispute with the plan is not disclosed to the member."""
    return any(standing.appellant in _MEMBERS for standing in path.standing)


def step_name(kind: LetterKind, facts: AppealLetterFacts) -> str:
    """Name the step that a letter is about, by level and time: a level that is dismissed twice gets two letters."""
    state = facts.state
    result = own_result(state)
    at = facts.came_at
    if state.ended_at is not None:
        at = state.ended_at
    elif result is not None and kind in _OF_RESULTS:
        at = result.at
    return f"{level_of(state).name} {at.isoformat()}"


def route_of(state: AppealState) -> AppealRoute:
    """Return the path of an appeal, and the next levels that it reaches automatically or on request."""
    level, path = level_of(state), state.case.path
    followers = [*level.next, *([] if level.forward is None else [level.forward.to])]
    if state.ended is Ended.DISMISSED:
        followers = [] if level.dismissal is None else [level.dismissal.review_by]
    levels = (path.level(name) for name in followers)
    forums = {each.forum.value for each in levels if state.case.clinical or not each.clinical_only}
    onward = frozenset(place for place in NextLevel if place.value in forums)
    return AppealRoute(path, onward or frozenset({NextLevel.NOWHERE}))


def day_text(at: datetime, state: AppealState) -> str:
    """Write the legal day of an instant, in the time zone of the plan, as letters print it for every reader."""
    return in_words(state.case.calendar.day_of(at))


def _while_open(facts: AppealLetterFacts) -> tuple[LetterKind, ...]:
    """Return whether a letter is due after a missed deadline: only if the law gives the appellant a right from it."""
    if facts.state.deemed is not None:
        return (LetterKind.APPEAL_OVERDUE,) if facts.state.deemed is LateDecisionEffect.EXHAUSTED else ()
    longer = (LetterKind.APPEAL_EXTENSION,) if facts.state.extended or facts.why_longer else ()
    return (LetterKind.APPEAL_ACKNOWLEDGEMENT, *longer)


def _decided(result: LevelResult, state: AppealState) -> LetterKind:
    if not result.adverse:
        return LetterKind.APPEAL_REVERSAL
    return LetterKind.APPEAL_CLINICAL_DENIAL if state.case.clinical else LetterKind.APPEAL_DENIAL


def decide_by_words(state: AppealState, library: LetterLibrary, *, extended: bool = False) -> Element:
    """State by when the plan decides, or what it needs before its time to decide begins."""
    if extended:
        rule = decision_rule(state)
        if rule is None or rule.extension is None:
            raise LetterError("the rule allows no extension for this appeal; decide it in time")
        state = replace(state, extended=True)
    if state.missing:
        named = "\n".join(f"- {library.proofs[proof]}" for proof in sorted(state.missing))
        return Element(ElementName.DECIDE_BY, f"Before we can decide, we need this:\n{named}")
    if state.ground is not None or state.late:
        why = "whether there was a good cause to send it late" if state.late else "whether it can be heard"
        return Element(ElementName.DECIDE_BY, f"Before we decide the appeal, we review {why}.")
    deadline = decision_deadline(state)
    if deadline is None:
        raise LetterError(
            "no rule gives a time to decide this appeal, so the letter cannot state one; ask policy-owner"
        )
    return _until("We decide by", deadline, ElementName.DECIDE_BY, state)


def carry_out_words(state: AppealState) -> Element:
    """State by when a reversal is carried out."""
    more = "A separate letter explains what is paid."
    if state.effectuation_owed_from is None:
        return Element(ElementName.CARRY_OUT, f"We have carried out what we changed. {more}")
    owed = _owed(state, Duty.EFFECTUATION)
    if owed is None:
        return Element(ElementName.CARRY_OUT, f"The time to carry out what we changed is over. We do it now. {more}")
    deadline_text = _until("We carry out what we changed by", owed, ElementName.CARRY_OUT, state)
    return replace(deadline_text, text=f"{deadline_text.text} {more}")


def forward_words(facts: AppealLetterFacts, level: AppealLevel) -> Element:
    """State where the file is sent without a request, and by when or when it was sent."""
    if level.forward is None:
        raise LetterError(f"an appeal is not forwarded from {level.name}, so there is no forwarding letter")
    forum = facts.state.case.path.level(level.forward.to).forum.value.replace("-", " ")
    if facts.forwarded_at is not None:
        words = f"We sent the case to the {forum} on {day_text(facts.forwarded_at, facts.state)}."
        return Element(ElementName.FORWARDING, words, (level.forward.citation,))
    owed = _owed(facts.state, Duty.FORWARD)
    if owed is None:
        return Element(ElementName.FORWARDING, f"We send the case to the {forum} now.", (level.forward.citation,))
    return _until(f"We send the case to the {forum} by", owed, ElementName.FORWARDING, facts.state)


def _owed(state: AppealState, what: Duty) -> Deadline | DeadlineGap | None:
    owed: tuple[Deadline | DeadlineGap, ...] = (*deadlines(state), *gaps(state))
    return next((each for each in owed if each.duty is what), None)


def _until(words: str, deadline: Deadline | DeadlineGap, name: ElementName, state: AppealState) -> Element:
    if isinstance(deadline, DeadlineGap):
        raise LetterError(f"the day of {deadline.duty.value} cannot be computed yet: {deadline.words}")
    return Element(name, f"{words} {day_text(deadline.due_at, state)}.", (deadline.citation,))
