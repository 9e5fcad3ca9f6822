"""The caller of the API: the bearer token's person, looked up in the staff list on every request."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from adjudication.people import StaffMember
from console.access.tokens import SIGNED_IN, RefusedTokenError
from console.ports import Console
from console.web.problems import Problem

_bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", description="An access token of the configured issuer.")


def console_of(request: Request) -> Console:
    """Return the objects the application was made with."""
    return cast("Console", request.app.state.console)


Services = Annotated[Console, Depends(console_of)]


async def signed_in(
    request: Request, console: Services, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> StaffMember:
    """Return the person who calls; refuses the request if the token is invalid or the person is not on the staff list."""
    if credentials is None:
        raise _unauthenticated("no-token", "sign in: send an access token as `Authorization: Bearer`", "Bearer")
    try:
        subject = await console.tokens.subject(credentials.credentials)
    except RefusedTokenError as refused:
        raise _unauthenticated(refused.code, refused.words, 'Bearer error="invalid_token"') from None
    person = await console.staff.find(subject)
    if person is None:
        detail = "you are not on the list of active staff; ask the supervisor"
        raise Problem(403, "unknown-person", detail)
    setattr(request.state, SIGNED_IN, True)
    return person


def _unauthenticated(code: str, words: str, challenge: str) -> Problem:
    return Problem(401, code, words, headers={"WWW-Authenticate": challenge})


SignedIn = Annotated[StaffMember, Depends(signed_in)]
