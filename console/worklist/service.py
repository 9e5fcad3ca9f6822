"""Selects the pended claims of a person's roles, by deadline, page by page, for the screen and the API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from adjudication.model.vocabulary import ClaimId, PlanId
from adjudication.people import Role, StaffMember
from adjudication.review.case import ASSIGNED_FOR
from console.access.roles import OVERSIGHT, codes_of, roles_on
from console.ports import Console
from console.web.cursors import read_place
from console.web.problems import Problem
from contracts.records.review_queries import Place, WaitingClaim, WorklistOrder, WorklistQuery, WorklistTotals

MOST_LOOKED_AT: Final = 1_000
"""Claims read for one page; a page may hold fewer rows, and its cursor continues after the last claim read."""

_LARGEST_READ: Final = 250
"""Claims read at once after a first query that found too few."""


class Held(StrEnum):
    """Filter by assignment: to the viewer, to a colleague of their teams, unassigned, or any."""

    MINE = "mine"
    TEAM = "team"
    FREE = "free"
    ANYONE = "anyone"


@dataclass(frozen=True, slots=True)
class WorklistRequest:
    """The request for a page: the viewer with one or all of their roles, the filters, and the members of their teams."""

    viewer: StaffMember
    limit: int
    pend: str | None = None
    plans: frozenset[PlanId] | None = None
    policy: str | None = None
    due_before: datetime | None = None
    held: Held = Held.ANYONE
    colleagues: frozenset[str] = frozenset()
    words: str = ""
    amounts: tuple[Decimal | None, Decimal | None] = (None, None)
    served: tuple[date | None, date | None] = (None, None)
    order: WorklistOrder = WorklistOrder.DUE
    most: int = MOST_LOOKED_AT


def looking_as(person: StaffMember, role: Role | None) -> StaffMember:
    """Return the roles whose queues are shown: oversight may open any queue, other people those of their own roles."""
    if role is None:
        return person
    if role in person.roles or person.roles & OVERSIGHT:
        return replace(person, roles=frozenset({role}))
    raise Problem(403, "not-your-role", "you do not have this role; leave it out to see all your tasks")


async def page(
    console: Console, wanted: WorklistRequest, after: Place | None
) -> tuple[list[WaitingClaim], Place | None]:
    """Return one page, and the place where the next one starts; None when there is nothing after it."""
    found: list[WaitingClaim] = []
    looked_at = 0
    async for waiting, place in _candidates(console, wanted, after):
        looked_at += 1
        if _wanted(waiting, wanted, console):
            found.append(waiting)
        if len(found) == wanted.limit or looked_at == wanted.most:
            return found, place
    return found, None


def _wanted(waiting: WaitingClaim, wanted: WorklistRequest, console: Console) -> bool:
    if not roles_on(waiting, wanted.viewer, console.rules):
        return False
    assignment, now = waiting.case.assignment, console.now()
    match wanted.held:
        case Held.MINE:
            return assignment is not None and assignment.is_to(wanted.viewer.person_id, now)
        case Held.TEAM:
            return assignment is not None and assignment.person_id in wanted.colleagues and not assignment.over(now)
        case Held.FREE:
            return assignment is None or assignment.over(now)
        case Held.ANYONE:
            return True


async def _candidates(
    console: Console, wanted: WorklistRequest, after: Place | None
) -> AsyncIterator[tuple[WaitingClaim, Place]]:
    query, place = _query(console, wanted, after), after
    while True:
        claims = await console.reads.candidates(query)
        for waiting, place in claims:
            if waiting.pends:
                yield waiting, place
        if len(claims) < query.size or place == query.after:
            return
        query = replace(query, after=place, size=min(2 * query.size, _LARGEST_READ))


def _query(console: Console, wanted: WorklistRequest, after: Place | None) -> WorklistQuery:
    viewer = wanted.viewer
    everything = bool(viewer.roles & OVERSIGHT)
    holders = {Held.MINE: frozenset({viewer.person_id}), Held.TEAM: wanted.colleagues}.get(wanted.held)
    return WorklistQuery(
        size=wanted.limit + 1 if everything and wanted.held is Held.ANYONE else max(2 * wanted.limit, 50),
        codes=None if everything else codes_of(viewer.roles, console.rules),
        owners=None if everything else frozenset(role.value for role in viewer.roles),
        pend=wanted.pend,
        plans=wanted.plans,
        policy=wanted.policy,
        due_before=wanted.due_before,
        taken=None if holders is None else (holders, console.now() - ASSIGNED_FOR),
        words=wanted.words,
        amounts=wanted.amounts,
        served=wanted.served,
        order=wanted.order,
        after=after,
    )


async def totals(console: Console, wanted: WorklistRequest) -> WorklistTotals:
    """Return the totals of all claims of a view; for a view filtered by assignment, the totals without that filter."""
    return await console.reads.totals(_query(console, wanted, None), console.now())


def place_of(cursor: str | None, order: WorklistOrder = WorklistOrder.DUE) -> Place | None:
    """Return the place a cursor of the worklist names; raises Problem for a cursor of anything else."""
    place = read_place(cursor, amount=order is WorklistOrder.AMOUNT)
    return None if place is None else (place[0], ClaimId(place[1]))
