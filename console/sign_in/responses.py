"""What somebody is answered who is not signed in: the way to the sign-in page, and back to where they were."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote, urlencode, urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse

SIGN_IN: Final = "/sign-in"
_LONGEST: Final = 1000


class SignInNeeded(Exception):  # noqa: N818 - the name of the thing
    """Nobody is signed in; `why` is a word the sign-in page knows."""

    def __init__(self, why: str = "") -> None:
        """Say why, where there is more to say than that nobody is."""
        super().__init__(why)
        self.why = why


def install(app: FastAPI) -> None:
    """Send those who are not signed in to sign in."""
    app.add_exception_handler(SignInNeeded, _answered)


async def _answered(request: Request, error: Exception) -> Response:
    why = error.why if isinstance(error, SignInNeeded) else ""
    address = f"{SIGN_IN}?{urlencode({'next': _page(request), **({'why': why} if why else {})})}"
    if request.headers.get("HX-Request"):
        return Response(status_code=401, headers={"HX-Redirect": address})
    return RedirectResponse(address, 303)


def _page(request: Request) -> str:
    """Return the page somebody was on: for a part of a page, or an action, not its own address."""
    shown = request.headers.get("HX-Current-URL")
    if shown is not None:
        return local(_within(shown))
    if request.method != "GET":
        return "/"
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
    except ValueError:  # a bracket where a host would stand
        return "/"
    plain = address.isascii() and address.isprintable() and "\\" not in address and len(address) <= _LONGEST
    here = not parts.scheme and not parts.netloc and address.startswith("/") and not address.startswith("//")
    own = address.startswith((SIGN_IN, "/sign-out"))
    return address if plain and here and not own else "/"
