"""Checks that a changing request comes from a console page in the signed-in person's session (CSRF)."""

from __future__ import annotations

import hmac
from typing import Final

from fastapi import Request

from console.web.problems import Problem

FIELD: Final = "csrf"
HEADER: Final = "X-CSRF-Token"
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


async def check(request: Request, public_url: str, token: str) -> None:
    """Refuse a request that changes something unless our own page made it."""
    if request.method in SAFE:
        return
    same_site(request, public_url)
    form = await request.form()
    if any(isinstance(value, str) and "\0" in value for _, value in form.multi_items()):
        raise Problem(422, "text", "the text holds a zero character, which is not allowed; type it again")
    field = form.get(FIELD)
    sent = request.headers.get(HEADER, field if isinstance(field, str) else "")
    if not hmac.compare_digest(sent.encode(), token.encode()):
        words = "this page is from another session; load it again, and send it once more"
        raise Problem(403, "csrf", words)


def same_site(request: Request, public_url: str) -> None:
    """Refuse a request that the browser marks as cross-site."""
    site, origin = request.headers.get("Sec-Fetch-Site", "same-origin"), request.headers.get("Origin", public_url)
    if site != "same-origin" or origin != public_url:
        raise Problem(403, "other-site", "this was sent from another site; open the page here and do it from there")
