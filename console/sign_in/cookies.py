"""The console's cookies: one of the session, one of a sign-in under way. Each holds 256 random bits and nothing else."""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Final, Literal

from starlette.requests import Request
from starlette.responses import Response

Purpose = Literal["session", "sign-in"]

_BYTES: Final = 32
_LONGEST: Final = 64


def fresh() -> str:
    """Make a random value."""
    return secrets.token_urlsafe(_BYTES)


def hashed(value: str) -> bytes:
    """Return the stored form of a value: enough to recognize it, not to use it."""
    return sha256(value.encode()).digest()


def csrf_of(cookie: str) -> str:
    """Return the token that a session's own pages send back; it cannot be made without the cookie."""
    digest = hmac.digest(cookie.encode(), b"claimwright csrf", "sha256")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def name(purpose: Purpose, *, secure: bool) -> str:
    """Name a cookie; `__Host-` lets browsers refuse a cookie set by another host or an insecure page."""
    return f"__Host-claimwright-{purpose}" if secure else f"claimwright-{purpose}"


def read(request: Request, purpose: Purpose, *, secure: bool) -> str | None:
    """Return a cookie's value if the console may have written it."""
    value = request.cookies.get(name(purpose, secure=secure))
    return value if value and len(value) <= _LONGEST and value.isascii() else None


def write(response: Response, purpose: Purpose, value: str, lasts: timedelta | None, *, secure: bool) -> None:
    """Set a cookie that scripts cannot read; without `lasts` it goes when the browser closes."""
    response.set_cookie(
        name(purpose, secure=secure),
        value,
        max_age=None if lasts is None else int(lasts.total_seconds()),
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )


def clear(response: Response, purpose: Purpose, *, secure: bool) -> None:
    """Have the browser forget a cookie."""
    response.delete_cookie(name(purpose, secure=secure), path="/", secure=secure, httponly=True, samesite="lax")
