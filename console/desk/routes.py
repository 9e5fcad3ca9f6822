"""The desk's pages: the viewer's open work, absences, and for supervisors the workload and the teams."""

from __future__ import annotations

import re
from typing import Annotated, Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Form, Request, Response

from console.access.roles import OVERSIGHT
from console.access.session import Services
from console.desk.service import desk_of, today
from console.ports import Console
from console.sign_in.session import Viewer, ViewerSession, needs
from console.web.page import page
from console.web.problems import Problem
from console.web.toasts import Toast, redirect
from contracts.records.desks import Absence
from contracts.scalars import read_day

router = APIRouter(prefix="/desk", include_in_schema=False)
Overseer = Annotated[ViewerSession, Depends(needs(*OVERSIGHT))]
_LONGEST: Final = 366
_TEAM: Final = re.compile("[a-z][a-z0-9-]{1,39}")
Text = Annotated[str, Form(max_length=80)]


@router.get("")
async def show_desk(request: Request, console: Services, viewer: Viewer) -> Response:
    """Show the viewer's open work."""
    view = {
        "desk": await desk_of(console, viewer.person),
        "absence_id": str(uuid4()),
        "today": today(console),
        "oversees": bool(viewer.roles & OVERSIGHT),
    }
    return page(request, "desk/page.html", view)


@router.get("/unread")
async def count_unread(request: Request, console: Services, viewer: Viewer) -> Response:
    """Show how many mentions are unread: every page requests this in the background."""
    return page(request, "desk/unread.html", {"unread": await console.desks.unread(viewer.person_id)})


@router.post("/mentions/read")
async def mark_read(request: Request, console: Services, viewer: Viewer, claim_id: Annotated[UUID, Form()]) -> Response:
    """Mark the comments on a claim as read without opening it."""
    await console.desks.read(viewer.person_id, str(claim_id), console.now())
    return redirect(request, "/desk", Toast("marked as read", "info"))


@router.post("/absences")
async def state_absence(  # noqa: PLR0913, PLR0917 - one parameter a field
    request: Request,
    console: Services,
    viewer: Viewer,
    absence_id: Annotated[UUID, Form()],
    first_day: Text = "",
    last_day: Text = "",
    cover: Text = "",
    person: Text = "",
) -> Response:
    """State days away: one's own, or as a supervisor those of any person."""
    away = person.strip() or viewer.person_id
    if away != viewer.person_id and not viewer.roles & OVERSIGHT:
        raise Problem(403, "role-may-not", "you state your own days away; a supervisor can state those of others")
    absence = await _absence(console, viewer, (str(absence_id), away, cover.strip() or None), (first_day, last_day))
    await console.desks.state_absence(absence, console.now())
    words = f"{away} is away from {absence.first_day.isoformat()} to {absence.last_day.isoformat()}"
    return redirect(request, "/desk" if away == viewer.person_id else "/desk/workload", Toast(words))


@router.post("/absences/{absence_id}/withdraw")
async def withdraw_absence(request: Request, console: Services, viewer: Viewer, absence_id: UUID) -> Response:
    """Withdraw days away: one's own, or as a supervisor those of any person."""
    mine = {each.absence_id for each in await console.desks.absences([viewer.person_id], today(console))}
    if str(absence_id) not in mine and not viewer.roles & OVERSIGHT:
        raise Problem(403, "role-may-not", "you withdraw your own days away; a supervisor can withdraw those of others")
    await console.desks.withdraw_absence(str(absence_id), viewer.person_id, console.now())
    back = "/desk" if str(absence_id) in mine else "/desk/workload"
    return redirect(request, back, Toast("the days away are withdrawn", "info"))


@router.get("/workload")
async def show_workload(request: Request, console: Services, viewer: Overseer) -> Response:  # noqa: ARG001
    """Show each person's workload and absences, and the size of each queue."""
    people, queues = await console.desks.loads(console.now(), today(console))
    view = {
        "people": people,
        "queues": queues,
        "teams": await console.desks.teams(),
        "today": today(console),
        "absence_id": str(uuid4()),
        "now": console.now(),
    }
    return page(request, "desk/workload.html", view)


@router.post("/teams")
async def join(request: Request, console: Services, viewer: Overseer, team: Text = "", person: Text = "") -> Response:
    """Add a person to a team; the first member makes it."""
    name, joined = team.strip().lower(), person.strip()
    if not _TEAM.fullmatch(name):
        words = (
            "a team's name is 2 to 40 small letters, digits and hyphens and begins with a letter, such as spine-nurses"
        )
        raise Problem(422, "team", words)
    if await console.staff.find(name) is not None:
        raise Problem(422, "team", f"{name} is a person's id; choose another name for the team")
    await _person(console, joined)
    await console.desks.join(name, joined, viewer.person_id, console.now())
    return redirect(request, "/desk/workload#teams", Toast(f"{joined} is in {name}"))


@router.post("/teams/leave")
async def leave(request: Request, console: Services, viewer: Overseer, team: Text = "", person: Text = "") -> Response:  # noqa: ARG001
    """Take a person out of a team."""
    await console.desks.leave(team, person)
    return redirect(request, "/desk/workload#teams", Toast(f"{person} left {team}", "info"))


async def _absence(
    console: Console, viewer: ViewerSession, who: tuple[str, str, str | None], days: tuple[str, str]
) -> Absence:
    """Read an absence from its form: its id, the person and who covers for them, and the two days."""
    absence_id, person, cover = who
    try:
        first, last = (read_day(day.strip()) for day in days)
    except ValueError:
        raise Problem(422, "days-away", "give the first and the last day, such as 2025-12-22 and 2026-01-02") from None
    if not today(console) <= last or not 0 <= (last - first).days < _LONGEST:
        words = "the last day is today or later, not before the first, and within a year of it; correct the days"
        raise Problem(422, "days-away", words)
    if person != viewer.person_id:
        await _person(console, person)
    if cover is not None:
        await _person(console, cover)
        if cover == person:
            raise Problem(422, "cover", "a colleague covers for a person who is away; name another, or leave it empty")
    return Absence(absence_id, person, first, last, cover, viewer.person_id)


async def _person(console: Console, person_id: str) -> None:
    if await console.staff.find(person_id) is None:
        words = f"no active person on the staff list has the id {person_id or '(empty)'}; the page Staff and roles lists them"
        raise Problem(422, "no-such-person", words)
