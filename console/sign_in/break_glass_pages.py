"""The break-glass pages: give a reason, and for supervisors and operations, read the reasons given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from adjudication.model.vocabulary import ClaimId
from console.access.roles import OVERSIGHT, acting_role, roles_to_read
from console.access.session import Services
from console.sign_in.break_glass import (
    DURATION,
    LONGEST_REASON,
    SHORTEST_REASON,
    break_glass,
    known,
    refuse_conflict,
)
from console.sign_in.session import Viewer, needs
from console.web.page import page
from console.web.problems import Problem
from console.web.toasts import Toast, redirect
from contracts.records.sessions import BrokenGlass

router: Final = APIRouter(prefix="/break-glass", include_in_schema=False)
_SHOWN: Final = 200
_MINUTES: Final = int(DURATION.total_seconds() // 60)


@dataclass(frozen=True, slots=True)
class ReasonPage:
    """The form for a reason; nothing of the claim but its id."""

    claim_id: str
    minutes: int
    shortest: int
    longest: int
    reason: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class UsesPage:
    """The claims opened by exception."""

    uses: tuple[BrokenGlass, ...]
    person_id: str


@router.get("", dependencies=[Depends(needs(*OVERSIGHT))])
async def uses_page(request: Request, console: Services, viewer: Viewer) -> Response:
    """List the claims opened by exception with their reasons, those not reviewed yet first."""
    view = UsesPage(await console.sign_in.break_glass.uses(_SHOWN), viewer.person_id)
    return page(request, "sign_in/broken_glass.html", view)


@router.get("/{claim_id}")
async def reason_page(claim_id: UUID, request: Request, console: Services, viewer: Viewer) -> Response:
    """Ask for the reason; leads on where no exception is needed."""
    waiting = await known(console, ClaimId(str(claim_id)))
    refuse_conflict(waiting, viewer.person)
    if roles_to_read(waiting, viewer.person, console.rules):
        return RedirectResponse(f"/claims/{claim_id}", 303)
    return page(request, "sign_in/reason.html", _form(claim_id))


@router.post("/{claim_id}")
async def give_reason(
    claim_id: UUID, request: Request, console: Services, viewer: Viewer, reason: Annotated[str, Form()] = ""
) -> Response:
    """Record the reason, then open the claim."""
    waiting = await known(console, ClaimId(str(claim_id)))
    if not SHORTEST_REASON <= len(reason.strip()) <= LONGEST_REASON:
        error = f"Say why you must see it, in {SHORTEST_REASON} to {LONGEST_REASON} characters."
        return page(request, "sign_in/reason.html", _form(claim_id, reason[:LONGEST_REASON], error), status=422)
    await break_glass(console, viewer.person, waiting, reason)
    toast = Toast(
        f"Open to you for {_MINUTES} minutes, to read. Your reason is recorded and will be looked at.", "warn"
    )
    return redirect(request, f"/claims/{claim_id}", toast)


@router.post("/uses/{use_id}/acknowledge", dependencies=[Depends(needs(*OVERSIGHT))])
async def acknowledge(use_id: UUID, request: Request, console: Services, viewer: Viewer) -> Response:
    """Record that a second person reviewed a reason."""
    role = acting_role(viewer.roles & OVERSIGHT)
    if not await console.sign_in.break_glass.acknowledge(str(use_id), viewer.person_id, role, console.now()):
        detail = "this was reviewed already, or it is your own and another person must review it"
        raise Problem(409, "nothing-to-acknowledge", detail)
    return redirect(request, "/break-glass", Toast("Recorded that you looked at it.", "ok"))


def _form(claim_id: UUID, reason: str = "", error: str = "") -> ReasonPage:
    return ReasonPage(str(claim_id), _MINUTES, SHORTEST_REASON, LONGEST_REASON, reason, error)
