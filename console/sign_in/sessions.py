"""Signing out, and the list of a person's sessions, which they and a supervisor can end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from urllib.parse import urlencode
from uuid import UUID

import structlog
from fastapi import APIRouter, Form, Query, Request, Response

from adjudication.people import Role
from console.access.session import Services
from console.sign_in import cookies
from console.sign_in.responses import SIGN_IN
from console.sign_in.session import Viewer
from console.web.page import page
from console.web.problems import Problem
from console.web.toasts import Toast, redirect
from contracts.records.sessions import EndedWhy, Session

log = structlog.get_logger(__name__)
router: Final = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class SessionsPage:
    """The sessions of a person; `current` is the viewer's own."""

    person_id: str
    own: bool
    may_look_up: bool
    sessions: tuple[Session, ...]
    current: str
    now: datetime


@dataclass(frozen=True, slots=True)
class SignedOutPage:
    """Confirms the sign-out, with the identity provider's own sign-out address."""

    exit: str | None
    sign_in: str


@router.post("/sign-out")
async def sign_out(request: Request, console: Services, viewer: Viewer) -> Response:
    """End the session here, and redirect to the identity provider's own sign-out where it has one."""
    sign_in = console.sign_in
    await sign_in.sessions.end(viewer.session_id, viewer.person_id, "signed-out", console.now())
    log.info("signed out", session=viewer.session_id, person=viewer.person_id)
    request.state.viewer = None
    leaving = await sign_in.provider.exit(f"{sign_in.public_url}{SIGN_IN}?why=signed-out")
    answer = page(request, "sign_in/signed_out.html", SignedOutPage(leaving, f"{SIGN_IN}?why=signed-out"))
    cookies.clear(answer, "session", secure=sign_in.secure)
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    if leaving is not None:
        # The content security policy lets a form post to our own pages only, so the page redirects instead.
        answer.headers["Refresh"] = f"0; url={leaving}"
    return answer


@router.get("/sessions")
async def sessions_page(
    request: Request, console: Services, viewer: Viewer, person: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """Show the viewer's sessions, or to a supervisor those of another person."""
    supervisor = Role.SUPERVISOR in viewer.roles
    whose = person.strip() or viewer.person_id
    if whose != viewer.person_id and not supervisor:
        raise Problem(403, "role-may-not", "only a supervisor sees other people's sessions")
    sign_in, now = console.sign_in, console.now()
    found = await sign_in.sessions.of(whose, now, sign_in.timeouts.idle)
    view = SessionsPage(whose, whose == viewer.person_id, supervisor, found, viewer.session_id, now)
    return page(request, "sign_in/sessions.html", view)


@router.post("/sessions/{session_id}/end")
async def end_session(
    session_id: UUID, request: Request, console: Services, viewer: Viewer, person: Annotated[str, Form()] = ""
) -> Response:
    """End one's own session, or as a supervisor any session."""
    supervisor = Role.SUPERVISOR in viewer.roles
    own = person in ("", viewer.person_id)
    why: EndedWhy = "ended-by-person" if own else "ended-by-supervisor"
    whose = viewer.person_id if own or not supervisor else person
    if not await console.sign_in.sessions.end(str(session_id), whose, why, console.now()):
        raise Problem(404, "no-such-session", "this person has no active session with this id; it may have ended")
    log.info("session ended", session=str(session_id), person=viewer.person_id)
    address = "/sessions" if own else f"/sessions?{urlencode({'person': whose})}"
    return redirect(request, address, Toast("The session has ended.", "ok"))
