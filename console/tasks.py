"""The worklist: which waiting claims a person works on, by clock, page by page."""

from __future__ import annotations

import base64
import binascii
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Query

from adjudication.review.people import Person, Role
from adjudication.vocabulary import ClaimId, PlanId
from console.access import OVERSIGHT, codes_of, roles_on
from console.ports import Console
from console.problems import Problem
from console.session import Services, SignedIn
from console.task_models import TaskPage
from console.tasks_shown import task_shown
from contracts.review_reads import WaitingClaim, WorklistQuery

router = APIRouter(tags=["tasks"])

MOST_LOOKED_AT: Final = 1_000
"""Claims looked at for one page: a page may come short, and its cursor goes on where it ended."""

Cursor = tuple[datetime, ClaimId]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a page was asked for: as whom somebody looks (in one of their roles, or all), and the filters."""

    viewer: Person
    pend: str | None
    plan: PlanId | None
    limit: int


@router.get("/api/tasks")
async def list_tasks(  # noqa: PLR0913, PLR0917 - one parameter a filter
    console: Services,
    person: SignedIn,
    role: Role | None = None,
    pend: Annotated[str | None, Query(max_length=20)] = None,
    plan: Annotated[str | None, Query(max_length=50)] = None,
    sort: Annotated[Literal["clock"], Query(description="By the first due date.")] = "clock",  # noqa: ARG001
    limit: Annotated[int, Query(ge=1, le=100)] = 25,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> TaskPage:
    """List the waiting claims that your roles work on, the most urgent first. The member is masked."""
    wanted = Wanted(_looking_as(person, role), pend, None if plan is None else PlanId(plan), limit)
    found, place = await _page(console, wanted, None if cursor is None else _read_cursor(cursor))
    now = console.now()
    tasks = tuple(task_shown(console, waiting, roles_on(waiting, person, console.rules), now) for waiting in found)
    return TaskPage(tasks=tasks, next=None if place is None else _cursor(place))


def _looking_as(person: Person, role: Role | None) -> Person:
    """Oversight may look at any role's queue, everybody else at those of their own roles."""
    if role is None:
        return person
    if role in person.roles or person.roles & OVERSIGHT:
        return replace(person, roles=frozenset({role}))
    raise Problem(403, "not-your-role", "you do not have this role; leave it out to see all your tasks")


async def _page(console: Console, wanted: Wanted, after: Cursor | None) -> tuple[list[WaitingClaim], Cursor | None]:
    """Return one page, and the place where the next one starts; None when there is nothing after it."""
    found: list[WaitingClaim] = []
    looked_at = 0
    async for waiting, place in _candidates(console, wanted, after):
        looked_at += 1
        if roles_on(waiting, wanted.viewer, console.rules):
            found.append(waiting)
        if len(found) == wanted.limit or looked_at == MOST_LOOKED_AT:
            return found, place
    return found, None


async def _candidates(
    console: Console, wanted: Wanted, after: Cursor | None
) -> AsyncIterator[tuple[WaitingClaim, Cursor]]:
    roles = wanted.viewer.roles
    everything = bool(roles & OVERSIGHT)
    query = WorklistQuery(
        size=max(2 * wanted.limit, 50),
        codes=None if everything else codes_of(roles, console.rules),
        owners=None if everything else frozenset(role.value for role in roles),
        pend=wanted.pend,
        plan=wanted.plan,
        after=after,
    )
    place = after
    while True:
        claims = await console.reads.candidates(query)
        for waiting in claims:
            if waiting.due_at is not None:
                place = waiting.due_at, waiting.claim.claim_id
                yield waiting, place
        if len(claims) < query.size or place == query.after:
            return
        query = replace(query, after=place)


def _cursor(place: Cursor) -> str:
    due_at, claim_id = place
    return base64.urlsafe_b64encode(f"{due_at.isoformat()} {claim_id}".encode()).decode().rstrip("=")


def _read_cursor(sent: str) -> Cursor:
    try:
        due_at, claim_id = base64.urlsafe_b64decode(sent + "=" * (-len(sent) % 4)).decode().split(" ")
        place = datetime.fromisoformat(due_at), ClaimId(str(UUID(claim_id)))
    except (ValueError, binascii.Error):
        place = None
    if place is None or place[0].tzinfo is None:
        raise Problem(422, "cursor", "this cursor is not one of ours; start without one")
    return place
