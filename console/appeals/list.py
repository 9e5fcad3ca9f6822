"""The list of appeals that a person works on, by deadline, page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from adjudication.people import Role, StaffMember
from console.access.roles import OVERSIGHT
from console.appeals.access import roles_on
from console.appeals.list_view import appeal_shown
from console.appeals.models import AppealPage
from console.ports import Console
from console.web.cursors import NO_TIME, read_cursor, write_cursor
from console.web.problems import Problem
from contracts.records.appeal_queries import AppealQuery, HeldAppeal, Place

MOST_LOOKED_AT: Final = 1_000
"""Appeals read for one page; a page may hold fewer rows, and its cursor continues after the last claim read."""


@dataclass(frozen=True, slots=True)
class AppealListRequest:
    """The filters of a page of appeals; a filter that is None means everything. `status`: open, closed or all."""

    role: Role | None = None
    level: str | None = None
    path: str | None = None
    forum: str | None = None
    plan: str | None = None
    within_hours: int | None = None
    status: str = "open"
    limit: int = 25
    cursor: str | None = None


async def list_page(console: Console, person: StaffMember, wanted: AppealListRequest) -> AppealPage:
    """Return one page of the appeals a person works on, the most urgent first; the member is masked."""
    viewer, now = _looking_as(person, wanted.role), console.now()
    found: list[HeldAppeal] = []
    place: Place | None = None
    looked_at = 0
    async for held in _candidates(console, wanted, now):
        looked_at += 1
        if roles_on(held, viewer, console.reference) and wanted.plan in (None, *held.plans):
            found.append(held)
        if len(found) == wanted.limit or looked_at == MOST_LOOKED_AT:
            place = held.place
            break
    rows = (appeal_shown(console, held, person, roles_on(held, person, console.reference), now) for held in found)
    return AppealPage(appeals=tuple(rows), next=None if place is None else _cursor(place))


def _looking_as(person: StaffMember, role: Role | None) -> StaffMember:
    """Oversight may open any role's list, other people those of their own roles."""
    if role is None:
        return person
    if role in person.roles or person.roles & OVERSIGHT:
        return replace(person, roles=frozenset({role}))
    raise Problem(403, "not-your-role", "you do not have this role; leave it out to see all your appeals")


async def _candidates(console: Console, wanted: AppealListRequest, now: datetime) -> AsyncIterator[HeldAppeal]:
    query = AppealQuery(
        size=max(2 * wanted.limit, 50),
        closed={"open": False, "closed": True}.get(wanted.status),
        level=wanted.level,
        path=wanted.path,
        forum=wanted.forum,
        due_before=None if wanted.within_hours is None else now + timedelta(hours=wanted.within_hours),
        after=None if wanted.cursor is None else _place(wanted.cursor),
    )
    while True:
        page = await console.appeals.reads.candidates(query)
        for held in page:
            yield held
        if len(page) < query.size:
            return
        query = replace(query, after=page[-1].place)


def _cursor(place: Place) -> str:
    due_at, appeal_id = place
    return write_cursor(None if due_at == NO_TIME else datetime.fromisoformat(due_at), appeal_id)


def _place(cursor: str) -> Place | None:
    found = read_cursor(cursor)
    return None if found is None else (NO_TIME if found[0] is None else found[0].isoformat(), found[1])
