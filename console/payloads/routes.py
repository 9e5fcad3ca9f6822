"""The codec server of Temporal's pages (https://docs.temporal.io/codec-server): they send payloads with a person's access token.

Payloads hold opaque ids and outcome codes only; still, only operations and supervisors see them decrypted.
"""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request, Response
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from adjudication.people import OVERSIGHT, StaffMember
from console.access.session import Services, SignedIn
from console.payloads.ports import UnreadablePayloadsError
from console.web.problems import Problem

PREFIX: Final = "/api/temporal"
_SENT_HEADERS: Final = ("Authorization", "Content-Type", "X-Namespace")
router = APIRouter(prefix=PREFIX, include_in_schema=False)


@router.post("/decode")
async def decode(request: Request, console: Services, person: SignedIn) -> Response:
    """Decrypt payloads for Temporal's pages."""
    _permit(person)
    try:
        return _answer(await console.payloads.decode(await request.body()))
    except UnreadablePayloadsError as error:
        raise Problem(400, "unreadable", str(error)) from None


@router.post("/encode")
async def encode(request: Request, console: Services, person: SignedIn) -> Response:
    """Encrypt payloads that a person wrote on Temporal's pages."""
    _permit(person)
    try:
        return _answer(await console.payloads.encode(await request.body()))
    except UnreadablePayloadsError as error:
        raise Problem(400, "unreadable", str(error)) from None


def _permit(person: StaffMember) -> None:
    if not person.roles & OVERSIGHT:
        roles = ", ".join(sorted(role.value for role in OVERSIGHT))
        raise Problem(403, "not-your-role", f"what Temporal keeps is read by: {roles}")


def _answer(content: bytes) -> Response:
    return Response(content, media_type="application/json")


class TemporalPages:
    """Lets Temporal's own pages, and no other site, call these two addresses from a browser."""

    def __init__(self, app: ASGIApp, origin: str) -> None:
        """Wrap the guard, so that a browser can read refusals too."""
        self._app = app
        self._cross = CORSMiddleware(
            app, allow_origins=(origin,), allow_methods=("POST",), allow_headers=_SENT_HEADERS, max_age=600
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with the headers of cross-origin requests where they belong."""
        theirs = scope["type"] == "http" and scope["path"].startswith(f"{PREFIX}/")
        await (self._cross if theirs else self._app)(scope, receive, send)
