"""What every request and response passes: size and type of the body in, security headers out, one log line. Pure ASGI."""

from __future__ import annotations

import time
from typing import Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.problems import Problem, response

log = structlog.get_logger(__name__)

LARGEST_BODY: Final = 256 * 1024
"""Bytes: the longest action (facts with rationale) and a few hundred people fit several times."""

HEADERS: Final = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"referrer-policy", b"same-origin"),  # with no-referrer, browsers would hide the origin of our own forms from us
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
_TOO_LARGE: Final = f"the body is larger than {LARGEST_BODY >> 10} KiB; send less at once"


class Guard:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand in front of an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it unread."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.monotonic()

        async def guarded_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name for name, _ in HEADERS}
                kept = [header for header in message["headers"] if header[0].lower() not in own]
                message = {**message, "headers": [*kept, *HEADERS]}
                _tell(scope, message["status"], time.monotonic() - started)
            await send(message)

        refusal = _refusal(scope)
        if refusal is not None:
            await response(refusal)(scope, receive, guarded_send)
            return
        await self._app(scope, _counted(receive), guarded_send)


def _refusal(scope: Scope) -> Problem | None:
    """Refuse by the headers alone what no route takes."""
    headers = dict(scope["headers"])
    length = headers.get(b"content-length", b"0")
    if not length.isdigit() or int(length) > LARGEST_BODY:
        return Problem(413, "too-large", _TOO_LARGE)
    if scope["method"] not in ("POST", "PUT", "PATCH"):
        return None
    kind, _, parameters = headers.get(b"content-type", b"").decode("latin-1").lower().partition(";")
    expected = "application/json" if scope["path"].startswith("/api/") else "application/x-www-form-urlencoded"
    if kind.strip() != expected or parameters.strip().strip('"') not in ("", "charset=utf-8"):
        return Problem(415, "content-type", f"send the body as {expected} in UTF-8")
    return None


def _counted(receive: Receive) -> Receive:
    """Count a body that comes without its length, and stop at the limit."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > LARGEST_BODY:
            raise Problem(413, "too-large", _TOO_LARGE)
        return message

    return counted


def _tell(scope: Scope, status: int, seconds: float) -> None:
    """One line a request: the route as it is declared, never the address as it was asked, which may hold anything."""
    route = scope.get("route")
    path = getattr(route, "path", "(no route)")
    log.info("request", step=scope["method"], path=path, state=status, seconds=round(seconds, 4))
