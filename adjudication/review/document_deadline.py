"""The last time to answer a document request. A denial for missing documents is refused before that time.

It is the answer deadline of the claim's plans (policies/law/deadlines/documents.yaml). If another deadline for the decision
ends earlier and the request does not stop it, the time to answer ends at the next warning of that deadline, so that a reviewer
still decides in time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from adjudication.deadlines.claim_deadlines import run_deadline
from adjudication.deadlines.events import DeadlineEvent, EventKind
from adjudication.deadlines.rules import DeadlineKind, Situation
from adjudication.deadlines.state import DeadlineState
from adjudication.model.pends import DOCUMENT_PEND
from adjudication.model.reference import ReferenceData
from adjudication.review.claim_deadlines import CaseTimes, claim_deadlines, plans_of


def answer_by(times: CaseTimes, reference: ReferenceData, asked_at: datetime) -> datetime:
    """Return until when an answer to a request made now may come, if its letters are mailed at once.

    A deadline that has already ended does not shorten it.
    """
    requested = replace(times, asked=(*times.asked, asked_at), mailed=(*times.mailed, asked_at))
    states = claim_deadlines(requested, reference, asked_at)
    decide = [_warned(state, asked_at) for state in states if isinstance(state, DeadlineState) and state.running]
    answer = max(_answer_deadlines(times, reference, asked_at), default=_without_rule(reference, asked_at))
    return min([answer, *(at for at in decide if at is not None)])


def _warned(state: DeadlineState, after: datetime) -> datetime | None:
    return min((warning.at for warning in state.warnings if warning.at > after), default=state.due_at)


def _answer_deadlines(times: CaseTimes, reference: ReferenceData, asked_at: datetime) -> Iterator[datetime]:
    asked = DeadlineEvent(EventKind.INFORMATION_REQUESTED, asked_at)
    for plan in plans_of(times, reference):
        situation = Situation(plan.plan_id, plan.product_line, asked_at, None, None, None)
        state = run_deadline(reference.deadlines, DeadlineKind.DOCUMENT_ANSWER, situation, (asked,), asked_at)
        due_at = state.due_at if isinstance(state, DeadlineState) else None
        yield due_at or _without_rule(reference, asked_at)


def _without_rule(reference: ReferenceData, asked_at: datetime) -> datetime:
    """Return the time that the payer gives when no rule states one."""
    return asked_at + timedelta(days=reference.pends[DOCUMENT_PEND].due_days)
