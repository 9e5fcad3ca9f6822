"""The viewer of a page: the session of their cookie and their roles, both read again for every request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Final

from fastapi import Depends, Request

from adjudication.people import Role, StaffMember
from console.access.session import Services
from console.access.tokens import SIGNED_IN
from console.ports import Console
from console.sign_in import cookies, csrf
from console.sign_in.responses import SignInNeeded
from console.web.problems import Problem
from contracts.records.sessions import Session

_SEEN_EVERY: Final = timedelta(minutes=1)
"""The interval of recording the last use of a session; idle time is exact to the minute."""
BY_ITSELF: Final = "X-By-Itself"
"""Header of requests that a page sends by itself: they do not count as use of the session."""


@dataclass(frozen=True, slots=True)
class ViewerSession:
    """A signed-in person. The session's id differs from the cookie's value."""

    person: StaffMember
    csrf: str
    started_at: datetime
    expires_at: datetime
    session_id: str

    @property
    def person_id(self) -> str:
        """Return the person's id."""
        return self.person.person_id

    @property
    def roles(self) -> frozenset[Role]:
        """Return the roles of this session."""
        return self.person.roles


async def viewer(request: Request, console: Services) -> ViewerSession:
    """Return the signed-in person; sends other people to sign in, and refuses requests that other sites made."""
    cookie = cookies.read(request, "session", secure=console.sign_in.secure)
    session = None if cookie is None else await _session(console, cookie)
    if cookie is None or session is None:
        raise SignInNeeded("expired" if cookie else "")
    token = cookies.csrf_of(cookie)
    await csrf.check(request, console.sign_in.public_url, token)
    person = narrowed(await console.staff.find(session.person_id), session)
    if console.now() - session.seen_at >= _SEEN_EVERY and BY_ITSELF not in request.headers:
        await console.sign_in.sessions.touch(session.session_id, console.now())
    found = ViewerSession(person, token, session.started_at, session.expires_at, session.session_id)
    request.state.viewer = found
    setattr(request.state, SIGNED_IN, True)
    return found


Viewer = Annotated[ViewerSession, Depends(viewer)]
SignedInPerson = ViewerSession


def needs(*roles: Role) -> Callable[[ViewerSession], Awaitable[ViewerSession]]:
    """Return a dependency that admits people with one of these roles and refuses others."""
    allowed = frozenset(roles)

    async def needed(viewer: Viewer) -> ViewerSession:
        if not viewer.roles & allowed:
            names = ", ".join(sorted(allowed))
            theirs = ", ".join(sorted(viewer.roles)) or "no role"
            words = f"this page is for {names}; you act as {theirs}. A supervisor can add a role to your staff record"
            raise Problem(403, "role-may-not", words)
        return viewer

    return needed


def narrowed(person: StaffMember | None, session: Session) -> StaffMember:
    """Return a person with the roles that both the staff list and the identity provider give them."""
    if person is None:
        raise Problem(403, "unknown-person", "you are not on the list of active staff; ask the supervisor")
    if session.claimed_roles is None:
        return person
    return replace(person, roles=frozenset(role for role in person.roles if role in session.claimed_roles))


async def _session(console: Console, cookie: str) -> Session | None:
    sign_in = console.sign_in
    return await sign_in.sessions.find(cookies.hashed(cookie), console.now(), sign_in.timeouts.idle)
