"""Routes that belong to no screen: the start page, which depends on the person's work, and the choices of theme and time zone."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from console.sign_in.session import Viewer
from console.web.navigation import start_of
from console.web.page import THEMES
from console.web.problems import Problem
from console.web.toasts import redirect
from console.web.zones import CHOICES
from console.web.zones import COOKIE as ZONE

router = APIRouter(include_in_schema=False)
_A_YEAR = 365 * 24 * 3600


@router.get("/")
async def start(viewer: Viewer) -> Response:
    """Redirect people to their start page."""
    return RedirectResponse(start_of(viewer.roles), 303)


@router.post("/theme")
async def choose_theme(
    request: Request, theme: Annotated[str, Form()], back: Annotated[str, Form(alias="next")] = "/"
) -> Response:
    """Keep the chosen theme in a cookie and return to the page."""
    if theme not in THEMES:
        raise Problem(422, "theme", f"choose one of {', '.join(THEMES)}")
    return _kept(request, "theme", theme, back)


@router.post("/zone")
async def choose_zone(
    request: Request, zone: Annotated[str, Form()] = "", back: Annotated[str, Form(alias="next")] = "/"
) -> Response:
    """Keep the chosen time zone in a cookie and return to the page; no choice means the plan's zone."""
    if zone not in CHOICES:
        raise Problem(422, "zone", "choose one of the time zones of the list")
    return _kept(request, ZONE, zone, back)


def _kept(request: Request, name: str, value: str, back: str) -> Response:
    answer = redirect(request, back)
    secure = bool(request.app.state.pages.https)
    answer.set_cookie(name, value, max_age=_A_YEAR, httponly=True, samesite="lax", secure=secure)
    return answer
