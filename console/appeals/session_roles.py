"""Refuses what the roles of a session do not allow: an appeal's workflow judges by the staff list, which may give more."""

from __future__ import annotations

from datetime import datetime

from adjudication.appeals.case import apply
from adjudication.appeals.waiting import TRYING, settlement_refusal
from adjudication.reference import ReferenceData
from adjudication.review.people import Person, Refusal
from console.ports import Console
from contracts.appeal_actions import (
    AppealActionV1,
    SettleOverturnedV1,
    TryAgainV1,
    people_named,
    settlement_of,
    to_appeal_action,
)
from contracts.appeal_reads import OpenedAppeal


async def refused_here(console: Console, opened: OpenedAppeal, person: Person, sent: AppealActionV1) -> Refusal | None:
    """Return why a session may not do what its person might; whatever else stands against it, the workflow says."""
    whole = await console.staff.find(person.person_id)
    if whole is None or whole.roles == person.roles:
        return None
    found = [await console.staff.find(person_id) for person_id in people_named(sent)]
    people = {named.person_id: named for named in found if named is not None}
    now, reference = console.now(), console.reference
    refusal = _refusal(opened, sent, person, people, now, reference)
    return None if _refusal(opened, sent, whole, people, now, reference) is not None else refusal


def _refusal(
    opened: OpenedAppeal,
    sent: AppealActionV1,
    person: Person,
    people: dict[str, Person],
    now: datetime,
    reference: ReferenceData,
) -> Refusal | None:
    state = opened.held.state
    if state is None:
        return None
    if isinstance(sent, TryAgainV1):
        return None if person.roles & TRYING else Refusal("role-may-not", "your session has no role that may do this")
    try:
        if not isinstance(sent, SettleOverturnedV1):
            answer = apply(state, to_appeal_action(sent, people), person, now, opened.reports_to)
            return answer if isinstance(answer, Refusal) else None
        settlement = settlement_of(sent, person, now, state.case.needed)
    except ValueError as error:
        return Refusal("unusable", str(error))
    waits = (each for each in opened.held.pends if (each.line, each.outcome) == (settlement.line, settlement.outcome))
    waiting = next(waits, None)
    return None if waiting is None else settlement_refusal(settlement, waiting, state, person, reference)
