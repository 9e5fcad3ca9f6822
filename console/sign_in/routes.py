"""Signing in: the sign-in page, the redirect to the identity provider, and the return from it. Open to all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import urlencode, urlsplit

import structlog
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from console.access.session import Services
from console.ports import Console
from console.sign_in import cookies, flow
from console.sign_in.ports import CALLBACK, RefusedSignInError
from console.sign_in.responses import SIGN_IN, local
from console.sign_in.texts import SAID, SignInMessage, said
from console.web.page import page

log = structlog.get_logger(__name__)
router: Final = APIRouter(include_in_schema=False)

_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class SignInPage:
    """The content of the sign-in page: the result of an earlier attempt, and the link that begins a new one."""

    said: SignInMessage | None
    start: str
    idle_minutes: float
    absolute_hours: float


@router.get(SIGN_IN)
async def sign_in_page(
    request: Request,
    console: Services,
    wanted: Annotated[str, Query(alias="next", max_length=2000)] = "/",
    why: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """Show why the person must sign in, and where to start."""
    return _elsewhere(request, console) or _page(request, console, wanted, said(why, console.sign_in.timeouts), 200)


@router.get(f"{SIGN_IN}/start")
async def start(
    request: Request, console: Services, wanted: Annotated[str, Query(alias="next", max_length=2000)] = "/"
) -> Response:
    """Send the browser to the identity provider."""
    elsewhere = _elsewhere(request, console)
    if elsewhere is not None:
        return elsewhere
    secure = console.sign_in.secure
    browser = cookies.read(request, "sign-in", secure=secure) or cookies.fresh()
    try:
        entrance = await flow.begin(console, browser, wanted)
    except RefusedSignInError as refused:
        return _refused(request, console, refused, wanted)
    answer = RedirectResponse(entrance, 303)
    cookies.write(answer, "sign-in", browser, flow.MAX_WAIT, secure=secure)
    return answer


@router.get(CALLBACK)
async def finish(
    request: Request,
    console: Services,
    state: str = "",
    code: str = "",
    error: str = "",
    iss: str | None = None,
) -> Response:
    """Handle the return from the identity provider, and start a session."""
    secure = console.sign_in.secure
    browser = cookies.read(request, "sign-in", secure=secure)
    replaces = cookies.read(request, "session", secure=secure)
    try:
        signed_in = await flow.finish(console, browser, flow.Returned(state, code, error, iss), replaces)
    except RefusedSignInError as refused:
        return _refused(request, console, refused, "/")
    answer = RedirectResponse(signed_in.next, 303)
    cookies.write(answer, "session", signed_in.cookie, None, secure=secure)
    return answer


def _refused(request: Request, console: Console, refused: RefusedSignInError, wanted: str) -> Response:
    log.warning("sign-in refused", refusal=refused.code)
    message = SAID[refused.code]
    return _page(request, console, wanted, message, message.status)


def _page(request: Request, console: Console, wanted: str, message: SignInMessage | None, status: int) -> HTMLResponse:
    times = console.sign_in.timeouts
    view = SignInPage(
        said=message,
        start=f"{SIGN_IN}/start?{urlencode({'next': local(wanted)})}",
        idle_minutes=times.idle.total_seconds() / 60,
        absolute_hours=times.absolute.total_seconds() / 3600,
    )
    return page(request, "sign_in/page.html", view, status=status)


def _elsewhere(request: Request, console: Console) -> Response | None:
    """On a local console, redirect other host names to the one that cookies and the identity provider use."""
    known = urlsplit(console.sign_in.public_url)
    if known.hostname not in _LOOPBACK or request.url.netloc == known.netloc:
        return None
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{console.sign_in.public_url}{request.url.path}{query}", 307)
