"""The page for a call: the caller's details are sent by POST only, and the viewer's reason is recorded first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response

from adjudication.people import Role
from console.access.roles import CALLERS, acting_role
from console.access.session import Services
from console.callers.form import FIELDS, REASONS, CallError, read_call
from console.callers.view import CallerClaim, shown_to_caller
from console.ports import Console
from console.sign_in.session import ViewerSession, needs
from console.web.page import page
from contracts.records.caller_search import CallerSearch

router = APIRouter(prefix="/callers", include_in_schema=False)
Agent = Annotated[ViewerSession, Depends(needs(*CALLERS))]
_TEMPLATE: Final = "callers/page.html"


@dataclass(frozen=True, slots=True)
class CallView:
    """The form as it was sent, and the claims found; `claims` None before a search."""

    now: datetime
    codes: bool
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    claims: tuple[CallerClaim, ...] | None = None
    more: int = 0
    reasons: tuple[tuple[str, str], ...] = tuple(REASONS.items())


@router.get("")
async def show_form(request: Request, console: Services, viewer: Agent) -> Response:
    """Show the form."""
    return page(request, _TEMPLATE, CallView(console.now(), _reads_codes(viewer)))


@router.post("")
async def find(request: Request, console: Services, viewer: Agent) -> Response:
    """Find claims that match the caller's details; the trail records the person, the reason and the claims before anything is shown."""
    form = await request.form()
    typed = {name: value for name in FIELDS if isinstance(value := form.get(name, ""), str)}
    try:
        search, why = read_call(typed, viewer.roles)
    except CallError as error:
        view = CallView(console.now(), _reads_codes(viewer), typed, error.errors)
        return page(request, _TEMPLATE, view, status=422)
    claims, more = await _found(console, viewer, search, why)
    return page(request, _TEMPLATE, CallView(console.now(), _reads_codes(viewer), typed, claims=claims, more=more))


async def _found(
    console: Console, viewer: ViewerSession, search: CallerSearch, why: str
) -> tuple[tuple[CallerClaim, ...], int]:
    found, count = await console.callers.find(search)
    waiting = await console.claims.files.waiting(found)
    mine = [each for each in waiting if not viewer.person.conflicts & each.claim.npis]
    ids = [each.claim.claim_id for each in mine]
    role = acting_role(viewer.roles & CALLERS)
    await console.callers.record(search, why, ids, (viewer.person_id, role), console.now())
    shown = []
    for each in mine:
        file = await console.claims.files.file(each)
        shown.append(shown_to_caller(each, file.newest, console.reference, console.words.documents))
    return tuple(shown), count - len(found)


def _reads_codes(viewer: ViewerSession) -> bool:
    """Return whether reason codes are shown: providers read them, members do not."""
    return viewer.roles != {Role.MEMBER_SERVICES}
