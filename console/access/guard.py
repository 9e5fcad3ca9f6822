"""Checks every request and response: size and type of the body in, security headers out, one log line. Pure ASGI.

The API accepts JSON, and browsers may not render its answers; pages accept forms and load our own files only.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog
from opentelemetry.trace import Span
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.access import request_metrics, request_spans
from console.documents.rendering import STYLE_HASH
from console.web.problems import Problem

log = structlog.get_logger(__name__)

LARGEST_BODY: Final = 256 * 1024
"""The most bytes of a body: several times the longest action (facts with rationale) or a few hundred staff records."""

LARGEST_FILE: Final = 10 * 1024 * 1024
"""The most bytes of an uploaded file: some fifty scanned pages. A longer file is sent in parts."""
_FILES: Final = re.compile(r"/claims/[0-9a-f-]{36}/documents|/api/documents/files")
"""The two addresses that accept a file."""
_FORM_AROUND: Final = 16 * 1024
_FRAMES: Final = re.compile(r"/(claims|appeals)/[0-9a-f-]{36}/documents/[0-9a-f-]{36}/pages/[0-9]{1,3}")
"""The addresses of pages of documents, which are shown in a frame."""

API_POLICY: Final = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
FRAME_POLICY: Final = (
    f"sandbox; default-src 'none'; img-src data:; style-src '{STYLE_HASH}'; "
    "base-uri 'none'; frame-ancestors 'self'; form-action 'none'"
)
"""The security policy of received documents: no scripts, no requests, no origin."""
HEADERS: Final = (
    (b"cache-control", b"no-store"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"referrer-policy", b"same-origin"),  # with no-referrer, browsers would hide the origin of our own forms from us
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
_TRANSPORT: Final = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")
_ASSETS: Final = "/assets/"


@dataclass(frozen=True, slots=True)
class Pages:
    """The policy for the addresses of pages: whether they are served over https."""

    https: bool = False


Show = Callable[[Request, Problem], Response]
"""Renders a problem as HTML or JSON, as the client requested."""


def is_api(path: str) -> bool:
    """Return whether the address belongs to the API."""
    return any(path == each or path.startswith(each + "/") for each in ("/api", "/healthz", "/openapi.json"))


class Guard:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, show: Show, pages: Pages) -> None:
        """Wrap an application."""
        self._app, self._show = app, show
        always = (*HEADERS, _TRANSPORT) if pages.https else HEADERS
        self._api = (*always, (b"content-security-policy", API_POLICY.encode()))
        self._pages = (*always, (b"content-security-policy", PAGE_POLICY.encode()))
        framed = tuple((name, b"SAMEORIGIN" if name == b"x-frame-options" else value) for name, value in always)
        self._frames = (*framed, (b"content-security-policy", FRAME_POLICY.encode()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it unread."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.monotonic()
        pages = self._frames if _FRAMES.fullmatch(scope["path"]) else self._pages
        headers = self._api if is_api(scope["path"]) else pages

        async def guarded_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": _guarded(message, headers, scope["path"])}
                _log_request(scope, span, message["status"], time.monotonic() - started)
            await send(message)

        with request_spans.answering(scope) as span:
            refusal = _refusal(scope)
            if refusal is not None:
                await self._show(Request(scope), refusal)(scope, receive, guarded_send)
                return
            await self._app(scope, _counted(receive, largest_body(scope)), guarded_send)


def _guarded(message: Message, headers: tuple[tuple[bytes, bytes], ...], path: str) -> list[tuple[bytes, bytes]]:
    """Replace an answer's headers with ours; only files under a content hash may be cached."""
    keeps = path.startswith(_ASSETS) and message["status"] == 200
    put = [header for header in headers if not (keeps and header[0] == b"cache-control")]
    own = {name for name, _ in put}
    return [*(header for header in message["headers"] if header[0].lower() not in own), *put]


def _refusal(scope: Scope) -> Problem | None:
    """Refuse requests that no route accepts, by address and headers only."""
    if "\0" in scope["path"] or b"%00" in scope["query_string"]:
        return Problem(
            400, "address", "the address holds a zero character, which nothing here is called or filtered by"
        )
    headers = dict(scope["headers"])
    length = headers.get(b"content-length", b"0")
    if not length.isdigit() or int(length) > largest_body(scope):
        return _too_large(largest_body(scope))
    if scope["method"] not in ("POST", "PUT", "PATCH"):
        return None
    kind, _, parameters = headers.get(b"content-type", b"").decode("latin-1").lower().partition(";")
    if takes_file(scope):
        expected = "application/octet-stream" if is_api(scope["path"]) else "multipart/form-data"
        return None if kind.strip() == expected else Problem(415, "content-type", f"send the file as {expected}")
    expected = "application/json" if is_api(scope["path"]) else "application/x-www-form-urlencoded"
    if kind.strip() != expected or parameters.strip().strip('"') not in ("", "charset=utf-8"):
        return Problem(415, "content-type", f"send the body as {expected} in UTF-8")
    return None


def takes_file(scope: Scope) -> bool:
    """Return whether a request may upload a file."""
    return scope["method"] == "POST" and _FILES.fullmatch(scope["path"]) is not None


def largest_body(scope: Scope) -> int:
    """Return the most bytes that the body of a request may have."""
    return LARGEST_FILE + _FORM_AROUND if takes_file(scope) else LARGEST_BODY


def _too_large(largest: int) -> Problem:
    size = f"{largest >> 10} KiB" if largest == LARGEST_BODY else f"{LARGEST_FILE >> 20} MiB"
    return Problem(413, "too-large", f"the body is larger than {size}; send less at once")


def _counted(receive: Receive, largest: int) -> Receive:
    """Count the bytes of a body without a stated length, and stop at the limit."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > largest:
            raise _too_large(largest)
        return message

    return counted


def _log_request(scope: Scope, span: Span, status: int, seconds: float) -> None:
    """One line per request: the declared route, never the requested address, which may hold any text."""
    route = scope.get("route")
    path = getattr(route, "path", "(no route)")
    method = request_metrics.known_method(scope["method"])
    request_metrics.observe(method, path, status, seconds, api=is_api(scope["path"]))
    request_spans.answered(span, method, path, status)
    log.info("request", step=scope["method"], path=path, state=status, seconds=round(seconds, 4))
