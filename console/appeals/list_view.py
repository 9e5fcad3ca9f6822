"""Turns an appeal into a row of the list. The member stays masked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from adjudication.appeals.assignments import barred as barred_from
from adjudication.appeals.deadlines import GAP_OWNER, deadlines, gaps
from adjudication.appeals.rules import Urgency
from adjudication.appeals.state import AppealState, Ended, LevelResult
from adjudication.appeals.waiting import WaitingLine
from adjudication.model.pends import POLICY_PEND
from adjudication.people import Role, StaffMember
from console.appeals.models import AppealResponse, WaitingLineResponse
from console.ports import Console
from console.worklist.task_view import masked
from contracts.records.appeal_queries import HeldAppeal

WHOSE_GAP: Final = f"{POLICY_PEND} ({GAP_OWNER.value})"
NO_RULE: Final = f"{WHOSE_GAP}: a rule of appeals, for none is loaded for such an appeal"
"""The reason why an appeal without a rule waits, and its owner."""


def appeal_shown(
    console: Console, held: HeldAppeal, person: StaffMember, roles: Iterable[Role], now: datetime
) -> AppealResponse:
    """Show one appeal as a row."""
    state, filed = held.state, held.filed
    due_at, due_for = first_due(held)
    return AppealResponse(
        appeal_id=held.appeal_id,
        reference=filed.appeal_reference,
        submitter=filed.submitter,
        claim_id=held.claim.claim_id,
        payer_claim_number=held.payer_claim_number,
        member=masked(held.claim.member.member_id),
        plans=tuple(held.plans),
        path=None if state is None else state.case.path.title,
        level=None if state is None else state.level.name,
        forum=None if state is None else state.level.forum.value,
        appellant=filed.appellant.value,
        subject=filed.subject.value,
        clinical=state is not None and state.case.clinical,
        expedited=filed.expedited if state is None else state.urgency is Urgency.EXPEDITED,
        urgency_open=state is not None and state.urgency_open,
        lines=tuple(filed.lines) if state is None else tuple(sorted(state.case.lines)),
        received_at=filed.received_at,
        due_at=due_at,
        due_for=due_for,
        hours_left=None if due_at is None else hours_left(due_at, now),
        waits_for=waits_for(held),
        pends=tuple(_waiting(pend, console) for pend in held.pends),
        decider=None if state is None else state.decider,
        barred=() if state is None else tuple(sorted({each.person_id for each in state.involved})),
        you_are_barred=None if state is None else _barred(state, person, now),
        result=None if state is None or state.result is None else result_words(state.result),
        ended=_ended(held),
        closed=held.closed,
        claim_replaced_by=held.superseded_by,
        roles=tuple(sorted(role.value for role in roles)),
    )


def first_due(held: HeldAppeal) -> tuple[datetime | None, str | None]:
    """Return the first due date, and its subject."""
    if held.state is None:
        return (None, None) if held.closed else (held.filed.received_at, WHOSE_GAP)
    owed = [(each.due_at, each.duty.value) for each in deadlines(held.state)]
    owed += [(gap.act_by, f"{WHOSE_GAP}, before {gap.duty.value} can be due") for gap in gaps(held.state)]
    owed += [(each.due_at, f"{each.code} ({each.owner})") for each in held.pends]
    return min(owed, default=(None, None), key=lambda each: each[0])


def _ended(held: HeldAppeal) -> str | None:
    """Return the way it ended without a ruling; an appeal that no rule opened can only have been withdrawn."""
    if held.state is None:
        return Ended.WITHDRAWN.value if held.closed else None
    return None if held.state.ended is None else held.state.ended.value


def hours_left(due_at: datetime, now: datetime) -> float:
    """Return the hours until a moment, below zero after it."""
    return round((due_at - now).total_seconds() / 3600, 1)


def result_words(result: LevelResult) -> str:
    """Return the result of a level as a short text."""
    if not result.adverse:
        return "overturned"
    return "overturned in part" if result.favorable else "upheld"


def waits_for(held: HeldAppeal) -> tuple[str, ...]:
    """Return the reasons why an appeal cannot be decided yet, in words."""
    state = held.state
    if state is None:
        return () if held.closed else (f"{NO_RULE}. {held.words}",)
    found = [f"proof: {proof.value}" for proof in sorted(state.missing)]
    if state.late:
        found.append("good cause to be weighed" if state.good_cause is None else "dismissal, because it was filed late")
    if held.superseded_by is not None and not held.closed:
        found.append("dismissal, for the claim was replaced or voided")
    elif state.ground is not None:
        found.append(f"dismissal or hearing: {state.ground.value}")
    found += [f"{WHOSE_GAP}: {gap.duty.value}, {gap.words}" for gap in gaps(state)]
    return (*found, *(f"{each.code} ({each.owner})" for each in held.pends))


def _barred(state: AppealState, person: StaffMember, now: datetime) -> str | None:
    """Return why this person may not decide, as far as their own record shows: reporting lines are read when the appeal is opened."""
    parts = sorted({each.part for each in state.involved if each.person_id == person.person_id})
    if parts:
        return f"you took part before ({', '.join(parts)})"
    [answer] = barred_from(state, [person], now, {}) or ((person, None),)
    refusal = answer[1]
    return None if refusal is None or refusal.code in {"reporting-line", "subordinate"} else refusal.words


def _waiting(each: WaitingLine, console: Console) -> WaitingLineResponse:
    rule = console.reference.pends.get(each.code)
    return WaitingLineResponse(
        code=each.code,
        label=each.code if rule is None else rule.label,
        line=each.line,
        outcome=each.outcome,
        owner=each.owner,
        due_at=each.due_at,
    )
