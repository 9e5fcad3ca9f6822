"""The HTTP API of appeals: the list by role, one appeal, people's actions on it."""

from __future__ import annotations

from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from adjudication.people import Role
from console.access.roles import OVERSIGHT, acting_role
from console.access.session import Services, SignedIn
from console.actions.service import KEY, ActionKey, ActionResponse, action_id_of, raise_refused
from console.appeals import service
from console.appeals.access import no_such_appeal, seen_in
from console.appeals.detail_view import case_shown
from console.appeals.list import AppealListRequest, list_page
from console.appeals.models import AppealCaseResponse, AppealPage
from console.web.problems import Problem, read_body
from contracts.actions.appeals import APPEAL_ACTION
from contracts.scalars import Whole

router = APIRouter(tags=["appeals"])

_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/AppealActionV1"}}},
    }
}


@router.get("/api/appeals")
async def list_appeals(  # noqa: PLR0913, PLR0917 - one parameter a filter
    console: Services,
    person: SignedIn,
    role: Role | None = None,
    level: Annotated[str | None, Query(max_length=61)] = None,
    path: Annotated[str | None, Query(max_length=61)] = None,
    forum: Annotated[str | None, Query(max_length=40)] = None,
    plan: Annotated[str | None, Query(max_length=50)] = None,
    within_hours: Annotated[Whole | None, Query(ge=0, le=10_000, description="Due within so many hours.")] = None,
    status: Literal["open", "closed", "all"] = "open",
    limit: Annotated[Whole, Query(ge=1, le=100)] = 25,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> AppealPage:
    """List the appeals that your roles work on, the most urgent first. The member is masked."""
    wanted = AppealListRequest(role, level, path, forum, plan, within_hours, status, limit, cursor)
    return await list_page(console, person, wanted)


@router.get("/api/appeals/{appeal_id}")
async def open_appeal(appeal_id: UUID, console: Services, person: SignedIn) -> AppealCaseResponse:
    """Open an appeal: everything needed to work on it, member data included. That you opened it is recorded."""
    opened = await console.appeals.reads.opened(str(appeal_id))
    if opened is None:
        raise no_such_appeal()
    roles = seen_in(opened.held, person, console)
    await console.staff.viewed(opened.held.claim.claim_id, person.person_id, acting_role(roles), console.now())
    return case_shown(console, opened, person, roles)


@router.post("/api/appeals/{appeal_id}/actions", openapi_extra=_BODY)
async def act_on_appeal(
    appeal_id: UUID,
    request: Request,
    response: Response,
    console: Services,
    person: SignedIn,
    key: ActionKey = None,
) -> ActionResponse:
    """Submit an action on an appeal. A refusal is a problem with a text for people."""
    action_id = action_id_of(key)
    response.headers[KEY] = action_id
    sent = await read_body(request, APPEAL_ACTION)
    kept = await service.act_on_appeal(console, action_id, str(appeal_id), person, sent)
    raise_refused(kept)
    return service.answer_of(kept)


@router.get("/api/appeals/{appeal_id}/actions/{action_id}")
async def read_appeal_action(appeal_id: UUID, action_id: UUID, console: Services, person: SignedIn) -> ActionResponse:
    """Return the result of a submitted action; a refusal is an answer here, not a problem."""
    found = await console.appeals.reads.action(str(action_id))
    mine = found is not None and (found.person_id == person.person_id or bool(person.roles & OVERSIGHT))
    if found is None or not mine or found.subject_id != str(appeal_id):
        raise Problem(404, "no-such-action", "you submitted no action with this id on this appeal")
    return service.answer_of(found)
