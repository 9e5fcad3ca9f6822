"""Shows a person the outcome of an action: a toast on this page, or on the next page after a redirect.

Texts are our own words and never hold member data: the text for the next page is in a cookie until it is shown.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any, Final

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from console.sign_in.responses import local

COOKIE: Final = "toast"
_KINDS: Final = frozenset({"ok", "warn", "bad", "info"})
_LONGEST: Final = 400


@dataclass(frozen=True, slots=True)
class Toast:
    """The text of a toast; `kind` as in badges."""

    text: str
    kind: str = "ok"


def redirect(request: Request, address: str, toast: Toast | None = None) -> Response:
    """Redirect the browser to another page of the console after an action, with a toast to show there."""
    there = local(address)
    answer: Response
    if request.headers.get("HX-Request") == "true":
        answer = Response(status_code=204, headers={"HX-Redirect": there})
    else:
        answer = RedirectResponse(there, 303)
    if toast is not None:
        value = base64.urlsafe_b64encode(json.dumps([toast.text[:_LONGEST], toast.kind]).encode()).decode()
        secure = bool(request.app.state.pages.https)
        answer.set_cookie(COOKIE, value, max_age=60, httponly=True, samesite="lax", secure=secure)
    return answer


def show_toast(answer: Response, toast: Toast) -> Response:
    """Show a toast with an htmx answer that changes a part of the page."""
    answer.headers["HX-Trigger"] = json.dumps({"toast": {"text": toast.text[:_LONGEST], "kind": toast.kind}})
    return answer


def carried(request: Request) -> Toast | None:
    """Return the toast that `redirect` wrote on the page before, or None."""
    try:
        read: Any = json.loads(base64.urlsafe_b64decode(request.cookies.get(COOKIE, "")))
    except (binascii.Error, ValueError):
        return None
    match read:
        case [str(text), str(kind)] if kind in _KINDS:
            return Toast(text[:_LONGEST], kind)
    return None
