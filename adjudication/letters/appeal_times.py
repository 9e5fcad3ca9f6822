"""The dates that letters of an appeal promise, from the deadlines of the appeal (adjudication/appeals/deadlines.py)."""

from __future__ import annotations

from dataclasses import replace

from adjudication.appeals.deadlines import Deadline, DeadlineGap, deadlines, decision_deadline, decision_rule, gaps
from adjudication.appeals.due import Due
from adjudication.appeals.rules import AppealLevel
from adjudication.appeals.state import AppealState
from adjudication.letters.appealed import AppealLetterFacts, day_told
from adjudication.letters.elements import Audience, Element, ElementName
from adjudication.letters.letter import LetterError
from adjudication.letters.wording import LetterLibrary


def decide_by_words(
    state: AppealState, audience: Audience, library: LetterLibrary, *, extended: bool = False
) -> Element:
    """Say by when the plan decides, or what it waits for before the time begins."""
    if extended:
        rule = decision_rule(state)
        if rule is None or rule.extension is None:
            raise LetterError("the rule gives no extension for this appeal, so none can be told; decide it in time")
        state = replace(state, extended=True)
    if state.missing:
        named = "\n".join(f"- {library.proofs[proof]}" for proof in sorted(state.missing))
        return Element(ElementName.DECIDE_BY, f"Before we can decide, we need this:\n{named}")
    if state.ground is not None or state.late:
        why = "whether there was a good cause to send it late" if state.late else "whether it can be heard"
        return Element(ElementName.DECIDE_BY, f"Before we decide the appeal, we look at {why}.")
    deadline = decision_deadline(state)
    if deadline is None:
        raise LetterError("no rule gives a time to decide this appeal, so the letter cannot tell it; ask policy-owner")
    return _until("We decide by", deadline, ElementName.DECIDE_BY, state, audience)


def carry_out_words(state: AppealState, audience: Audience) -> Element:
    """Say by when a reversal is carried out."""
    more = "A separate notice tells what is paid."
    if state.effect_owed_from is None:
        return Element(ElementName.CARRY_OUT, f"We have carried out what we changed. {more}")
    owed = _owed(state, Due.EFFECTUATION)
    if owed is None:
        return Element(ElementName.CARRY_OUT, f"The time to carry out what we changed is over. We do it now. {more}")
    told = _until("We carry out what we changed by", owed, ElementName.CARRY_OUT, state, audience)
    return replace(told, text=f"{told.text} {more}")


def forward_words(told: AppealLetterFacts, level: AppealLevel, audience: Audience) -> Element:
    """Say where the file goes by itself, and by when it leaves or when it left."""
    if level.forward is None:
        raise LetterError(f"nothing goes on by itself from {level.name}, so there is no forwarding to tell")
    forum = told.state.case.path.level(level.forward.to).forum.value.replace("-", " ")
    if told.forwarded_at is not None:
        words = f"We sent the case to the {forum} on {day_told(told.forwarded_at, told.state, audience)}."
        return Element(ElementName.FORWARDING, words, (level.forward.citation,))
    owed = _owed(told.state, Due.FORWARD)
    if owed is None:
        return Element(ElementName.FORWARDING, f"We send the case to the {forum} now.", (level.forward.citation,))
    return _until(f"We send the case to the {forum} by", owed, ElementName.FORWARDING, told.state, audience)


def _owed(state: AppealState, what: Due) -> Deadline | DeadlineGap | None:
    owed: tuple[Deadline | DeadlineGap, ...] = (*deadlines(state), *gaps(state))
    return next((each for each in owed if each.what is what), None)


def _until(
    words: str, deadline: Deadline | DeadlineGap, name: ElementName, state: AppealState, audience: Audience
) -> Element:
    if isinstance(deadline, DeadlineGap):
        raise LetterError(f"the day of {deadline.what.value} cannot be told yet: {deadline.words}")
    return Element(name, f"{words} {day_told(deadline.due_at, state, audience)}.", (deadline.citation,))
