"""Reads one person's desk, and refuses work for those who are away. The screen and the API show the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from adjudication.people import StaffMember
from console.ports import Console
from console.web.problems import Problem
from console.web.zones import of_plans
from console.worklist.service import Held, WorklistRequest, page, totals
from contracts.records.desks import Absence, Appointment, Mention, News
from contracts.records.review_queries import WaitingClaim, WorklistTotals

MOST_HELD: Final = 25
_DAY: Final = timedelta(days=1)
_SOON: Final = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Desk:
    """The open work of one person. `due`: the claims of their roles: all, due within a day, and due within three days."""

    person_id: str
    now: datetime
    due: tuple[WorklistTotals, WorklistTotals, WorklistTotals]
    held: tuple[WaitingClaim, ...]
    mentions: tuple[Mention, ...]
    news: tuple[News, ...]
    appointments: tuple[Appointment, ...]
    absences: tuple[Absence, ...]


def today(console: Console) -> date:
    """Return the day in the zone that most plans are in: absences are stated in days of that zone."""
    return of_plans(console.reference).local(console.now()).date()


async def desk_of(console: Console, person: StaffMember) -> Desk:
    """Read a person's desk. It holds no member data: claims are named by their numbers, comments by who wrote them."""
    now = console.now()
    mine = WorklistRequest(person, limit=MOST_HELD, held=Held.MINE)
    held, _ = await page(console, mine, None)
    limits = (None, now + _DAY, now + _SOON)
    due = [await totals(console, WorklistRequest(person, limit=1, due_before=limit)) for limit in limits]
    return Desk(
        person_id=person.person_id,
        now=now,
        due=(due[0], due[1], due[2]),
        held=tuple(held),
        mentions=await console.desks.mentions(person.person_id, now),
        news=await console.desks.news(person.person_id, now),
        appointments=await console.desks.appointments(person.person_id, now),
        absences=await console.desks.absences([person.person_id], today(console)),
    )


async def colleagues_of(console: Console, person_id: str) -> frozenset[str]:
    """Return the members of a person's teams, the person included; empty for one in no team."""
    teams = (members for members in (await console.desks.teams()).values() if person_id in members)
    return frozenset(member for members in teams for member in members)


async def refuse_absent(console: Console, person_id: str | None) -> None:
    """Refuse to assign work to an absent person, because it would wait until they return."""
    away = None if person_id is None else await console.desks.away(person_id, today(console))
    if away is None:
        return
    cover = f"; {away.cover} covers for them" if away.cover else ""
    words = (
        f"{person_id} is away until {away.last_day.isoformat()}{cover}. Choose someone else, or leave the person out"
    )
    raise Problem(409, "away", words)
