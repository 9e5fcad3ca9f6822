"""Carries out what a form asks for: each action under its own id, one after another, until one is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from adjudication.model.vocabulary import ClaimId
from adjudication.people import Person
from console.ports import Console
from console.review.api_actions import FORBIDDEN, carry_out
from console.review.forms import Sent
from console.web.problems import Problem


@dataclass(frozen=True, slots=True)
class Refused:
    """An action that was not done: the words for people, and how an answer says so over HTTP."""

    code: str
    words: str
    status: int


async def act(console: Console, claim_id: ClaimId, person: Person, sent: Sequence[Sent]) -> Refused | str:
    """Do each action; return the words of the last, or why one was refused. What was done before it stays done."""
    words, done = "", 0
    for each in sent:
        refused = None
        try:
            answer = await carry_out(console, each.action_id, claim_id, person, each.content)
        except Problem as problem:
            refused = Refused(problem.code, problem.detail, problem.status)
        else:
            words = answer.words
            if not answer.accepted:
                refused = Refused(answer.code, words, 403 if answer.code in FORBIDDEN else 409)
        if refused is not None:
            return _after(done, refused)
        done += 1
    return words if done < 2 else f"{done} lines: {words}"


def _after(done: int, refused: Refused) -> Refused:
    if not done:
        return refused
    before = "the first line is done" if done == 1 else f"the first {done} lines are done"
    return Refused(refused.code, f"{before}; then: {refused.words}", refused.status)
