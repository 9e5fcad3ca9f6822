"""Responses to unauthenticated requests: a redirect to the sign-in page, and from there back to the page."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote, urlencode, urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse

from console.web.places import page_behind

SIGN_IN: Final = "/sign-in"
_LONGEST: Final = 1000


class SignInNeeded(Exception):  # noqa: N818 - the name of the thing
    """The request has no valid session; `why` is a key of the sign-in page's messages."""

    def __init__(self, why: str = "") -> None:
        """Take the reason, if there is one."""
        super().__init__(why)
        self.why = why


def install(app: FastAPI) -> None:
    """Redirect unauthenticated requests to the sign-in page."""
    app.add_exception_handler(SignInNeeded, _answered)


async def _answered(request: Request, error: Exception) -> Response:
    why = error.why if isinstance(error, SignInNeeded) else ""
    address = f"{SIGN_IN}?{urlencode({'next': _page(request), **({'why': why} if why else {})})}"
    if request.headers.get("HX-Request"):
        return Response(status_code=401, headers={"HX-Redirect": address})
    return RedirectResponse(address, 303)


def _page(request: Request) -> str:
    """Return the page the request came from. For a part of a page or an action, that is not its own address."""
    shown = request.headers.get("HX-Current-URL")
    if shown is not None:
        return local(_within(shown))
    if request.method != "GET":
        return local(quote(page_behind(request)))
    path, query = quote(request.scope["path"]), request.url.query
    return local(f"{path}?{query}" if query else path)


def _within(address: str) -> str:
    """Return the path and the query of an address."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "/"
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def local(address: str) -> str:
    """Return an address if it leads to a page of this console, else the start page."""
    try:
        parts = urlsplit(address)
    except ValueError:  # an invalid address, such as a bracket instead of a host
        return "/"
    plain = address.isascii() and address.isprintable() and "\\" not in address and len(address) <= _LONGEST
    here = not parts.scheme and not parts.netloc and address.startswith("/") and not address.startswith("//")
    own = address.startswith((SIGN_IN, "/sign-out"))
    return address if plain and here and not own else "/"
