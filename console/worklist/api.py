"""The worklist over HTTP: pended claims of the caller's roles, by deadline, page by page."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from adjudication.model.vocabulary import PlanId
from adjudication.people import Role
from console.access.roles import REOPENING, roles_on
from console.access.session import Services, SignedIn
from console.web.cursors import write_place
from console.web.problems import Problem
from console.worklist.models import ReopeningResponse, TaskPage
from console.worklist.service import WorklistRequest, looking_as, page, place_of
from console.worklist.task_view import task_shown
from contracts.events.reopenings import WORDS, Reopening
from contracts.records.readjudications import ProposalRecord
from contracts.scalars import Whole

router = APIRouter(tags=["tasks"])


@router.get("/api/tasks")
async def list_tasks(  # noqa: PLR0913, PLR0917 - one parameter a filter
    console: Services,
    person: SignedIn,
    role: Role | None = None,
    pend: Annotated[str | None, Query(max_length=20)] = None,
    plan: Annotated[str | None, Query(max_length=50)] = None,
    sort: Annotated[Literal["clock"], Query(description="By the first due date.")] = "clock",  # noqa: ARG001
    limit: Annotated[Whole, Query(ge=1, le=100)] = 25,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> TaskPage:
    """List the waiting claims that your roles work on, the most urgent first. The member is masked."""
    plans = None if plan is None else frozenset({PlanId(plan)})
    wanted = WorklistRequest(looking_as(person, role), limit, pend, plans)
    found, place = await page(console, wanted, place_of(cursor))
    now = console.now()
    tasks = tuple(task_shown(console, waiting, roles_on(waiting, person, console.rules), now) for waiting in found)
    return TaskPage(tasks=tasks, next=None if place is None else write_place(place))


@router.get("/api/reopenings")
async def list_reopenings(
    console: Services, person: SignedIn, limit: Annotated[Whole, Query(ge=1, le=500)] = 100
) -> tuple[ReopeningResponse, ...]:
    """List decided claims raised for reopening, newest first. No decision is reversed automatically."""
    if not person.roles & REOPENING:
        roles = ", ".join(sorted(role.value for role in REOPENING))
        raise Problem(403, "not-your-role", f"reopening a decided claim is looked into by: {roles}")
    found = await console.reads.reopenings(limit)
    proposals = await console.corrections.reads.of(found)
    return tuple(_reopening(each, proposals.get((each.claim_id, each.reason.value, each.cause))) for each in found)


def _reopening(raised: Reopening, proposal: ProposalRecord | None) -> ReopeningResponse:
    return ReopeningResponse(
        claim_id=raised.claim_id,
        reason=raised.reason.value,
        cause=raised.cause,
        words=WORDS[raised.reason],
        raised_at=raised.raised_at,
        readjudication_id=None if proposal is None else proposal.readjudication_id,
        result=None if proposal is None else proposal.content["result"],
        adds=None if proposal is None else proposal.content["adds"],
        takes=None if proposal is None else proposal.content["takes"],
    )
