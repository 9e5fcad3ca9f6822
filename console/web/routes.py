"""What belongs to no screen: the start page, which depends on one's work, and the choice of theme."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from console.sign_in.session import Viewer
from console.web.navigation import start_of
from console.web.page import THEMES
from console.web.problems import Problem
from console.web.toasts import redirect

router = APIRouter(include_in_schema=False)
_A_YEAR = 365 * 24 * 3600


@router.get("/")
async def start(viewer: Viewer) -> Response:
    """Send people to where their day begins."""
    return RedirectResponse(start_of(viewer.roles), 303)


@router.post("/theme")
async def choose_theme(
    request: Request, theme: Annotated[str, Form()], back: Annotated[str, Form(alias="next")] = "/"
) -> Response:
    """Keep the chosen theme in a cookie and return to the page."""
    if theme not in THEMES:
        raise Problem(422, "theme", f"choose one of {', '.join(THEMES)}")
    answer = redirect(request, back)
    secure = bool(request.app.state.pages.https)
    answer.set_cookie("theme", theme, max_age=_A_YEAR, httponly=True, samesite="lax", secure=secure)
    return answer
