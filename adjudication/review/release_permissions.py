"""Four eyes before release: who made a decision does not judge it, one person does not both looks, nor then goes on to decide.

Migration 0025 holds the same in the database.
"""

from __future__ import annotations

from adjudication.model.determination import Pend
from adjudication.people import Person, Refusal, forbidden
from adjudication.review.actions import Action
from adjudication.review.case import SHAPING, Case, looks_at


def four_eyes(case: Case, action: Action, person: Person) -> Refusal | None:
    """Say why somebody who did one part of a decision may not do the other."""
    hold, me = looks_at(action), person.person_id
    if hold is None:
        if isinstance(action, SHAPING) and any(who == me for who, _ in case.looked_at_by):
            return forbidden("four-eyes", "you judged this decision before its release; somebody else makes it anew")
        return None
    if me in case.shaped_by:
        words = "you took part in this decision: you settled, stated, corrected or recommended something; a colleague"
        return forbidden("four-eyes", f"{words} who did not has to look at it before release")
    if any(who == me and other != hold for who, other in case.looked_at_by):
        return forbidden("four-eyes", "you judged its amount or its quality already; a colleague does the other")
    return None


def other_than_seen(pend: Pend) -> Refusal:
    """Say that what waits is not what somebody looked at."""
    if not pend.about:
        return Refusal("other-decision", "only what waits before release is named so; leave that out")
    words = f"what waits is not what you looked at: it is {pend.about} now; look at it again, and name that"
    return Refusal("other-decision", words)
