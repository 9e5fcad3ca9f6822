"""Signing in: a redirect to the identity provider with our own state, and one return from it, which starts a session."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import uuid4

import structlog

from adjudication.people import StaffMember
from console.ports import Console
from console.sign_in import cookies
from console.sign_in.ports import CALLBACK, Begun, Identity, RefusedSignInError
from console.sign_in.responses import local
from contracts.records.sessions import PendingSignIn, Session

log = structlog.get_logger(__name__)

MAX_WAIT: Final = timedelta(minutes=10)
"""The time that a person may take at the identity provider."""

_LONGEST: Final = 4096


@dataclass(frozen=True, slots=True)
class Returned:
    """The parameters that the browser brings back from the identity provider."""

    state: str
    code: str
    error: str
    issuer: str | None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session: the value of its cookie, and the requested page."""

    cookie: str
    session: Session
    next: str


async def begin(console: Console, browser: str, wanted: str) -> str:
    """Return the redirect address; the nonce and verifier stay on the server. Raises RefusedSignInError."""
    begun, now = Begun(cookies.fresh(), cookies.fresh(), cookies.fresh()), console.now()
    entrance = await console.sign_in.provider.entrance(begun, back(console))
    pending = PendingSignIn(begun.nonce, begun.verifier, local(wanted), now, now + MAX_WAIT)
    await console.sign_in.pending.begin(cookies.hashed(begun.state), cookies.hashed(browser), pending)
    return entrance


async def finish(console: Console, browser: str | None, returned: Returned, replaces: str | None) -> SignedIn:
    """Make a session of the browser's parameters; raises RefusedSignInError."""
    pending = await _pending(console, browser, returned)
    identity = await console.sign_in.provider.identify(pending, returned.code, back(console))
    person = await console.staff.find(identity.person_id)
    _check_roles(person, identity)
    cookie, now = cookies.fresh(), console.now()
    session = Session(
        str(uuid4()), identity.person_id, identity.claimed_roles, now, now, now + console.sign_in.timeouts.absolute
    )
    await console.sign_in.sessions.start(
        cookies.hashed(cookie), session, None if replaces is None else cookies.hashed(replaces)
    )
    log.info("signed in", session=session.session_id, person=session.person_id)
    return SignedIn(cookie, session, pending.next)


def back(console: Console) -> str:
    """Return the address to which the identity provider redirects people."""
    return console.sign_in.public_url + CALLBACK


async def _pending(console: Console, browser: str | None, returned: Returned) -> PendingSignIn:
    """Return the unfinished sign-in that this browser started, and delete it."""
    if browser is None or not returned.state or max(len(returned.state), len(returned.code)) > _LONGEST:
        raise RefusedSignInError("state")
    sign_ins = console.sign_in.pending
    pending = await sign_ins.take(cookies.hashed(returned.state), cookies.hashed(browser), console.now())
    if pending is None:
        raise RefusedSignInError("state")
    if returned.issuer is not None and not hmac.compare_digest(
        returned.issuer.encode(), (await console.sign_in.provider.issuer()).encode()
    ):
        raise RefusedSignInError("issuer")  # RFC 9207: the answer came from another provider
    if returned.error or not returned.code:
        raise RefusedSignInError("declined" if returned.error == "access_denied" else "provider-refused")
    return pending


def _check_roles(person: StaffMember | None, identity: Identity) -> None:
    if person is None:
        raise RefusedSignInError("unknown-person")
    if identity.claimed_roles is not None and not person.roles & identity.claimed_roles:
        raise RefusedSignInError("no-common-role")
