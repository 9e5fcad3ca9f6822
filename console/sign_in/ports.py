"""What signing in needs of the world: where sessions and sign-ins under way are kept, and how they are set up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

from contracts.records.sessions import BrokenGlass, EndedWhy, PendingSignIn, Session


class Sessions(Protocol):
    """Keeps sessions, by the hash of their cookie."""

    async def start(self, cookie_hash: bytes, session: Session, replaces: bytes | None) -> None:
        """Keep a new session, and end the one whose cookie the browser sent."""

    async def find(self, cookie_hash: bytes, at: datetime, idle: timedelta) -> Session | None:
        """Return a session that goes on: not ended, not expired, not idle for too long."""

    async def touch(self, session_id: str, at: datetime) -> None:
        """Record that the session was used."""

    async def end(self, session_id: str, person_id: str | None, why: EndedWhy, at: datetime) -> bool:
        """End a session, of one person only where one is named; say whether it was theirs and went on."""

    async def goes_on(self, session_id: str, at: datetime, idle: timedelta) -> bool:
        """Say whether a session goes on, for answers that last as long as a page is open."""

    async def of(self, person_id: str, at: datetime, idle: timedelta) -> tuple[Session, ...]:
        """Return a person's sessions that go on, the latest first."""


class SignIns(Protocol):
    """Keeps sign-ins under way, by the hashes of their state and of the browser's cookie."""

    async def begin(self, state_hash: bytes, browser_hash: bytes, pending: PendingSignIn) -> None:
        """Keep a sign-in; the oldest give way when too many are under way."""

    async def take(self, state_hash: bytes, browser_hash: bytes, at: datetime) -> PendingSignIn | None:
        """Return a sign-in of this browser and forget it: each is answered once."""


class Glass(Protocol):
    """Keeps what was opened by exception, and the trail of it."""

    async def open(self, use: BrokenGlass, role: str) -> None:
        """Keep a use and put its reason into the trail, together or not at all."""

    async def standing(self, claim_id: str, person_id: str, at: datetime) -> BrokenGlass | None:
        """Return the use by which somebody sees a claim now."""

    async def uses(self, limit: int) -> tuple[BrokenGlass, ...]:
        """Return uses, those nobody has looked at first."""

    async def acknowledge(self, use_id: str, by: str, role: str, at: datetime) -> bool:
        """Record that somebody else looked at a use; say whether there was one left to look at."""


class RefusedSignInError(Exception):
    """Somebody is not signed in; `code` is a word that the sign-in page explains."""

    def __init__(self, code: str) -> None:
        """Keep the reason; never what was sent."""
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the identity provider says somebody is, and the roles it claims for them; None: it says nothing of roles."""

    person_id: str
    claimed_roles: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Begun:
    """What ties a sign-in together: its state, the nonce of the ID token, and the verifier (PKCE)."""

    state: str
    nonce: str
    verifier: str


class IdentityProvider(Protocol):
    """Where people prove who they are (OpenID Connect)."""

    async def entrance(self, begun: Begun, back: str) -> str:
        """Return the address where somebody signs in and is sent `back` from; raises RefusedSignInError."""

    async def identify(self, pending: PendingSignIn, code: str, back: str) -> Identity:
        """Exchange a code for whom it was made; raises RefusedSignInError."""

    async def exit(self, back: str) -> str | None:
        """Return the address where somebody signs out there too, if the provider has one."""

    async def issuer(self) -> str:
        """Return the provider's name; raises RefusedSignInError."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long a session lasts: without use, and at all."""

    idle: timedelta = timedelta(minutes=15)
    absolute: timedelta = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class SignIn:
    """Everything signing in uses. `public_url` is where browsers find the console, without a trailing slash."""

    sessions: Sessions
    sign_ins: SignIns
    provider: IdentityProvider
    glass: Glass
    public_url: str
    timeouts: Timeouts = Timeouts()

    @property
    def secure(self) -> bool:
        """Whether cookies travel by https only."""
        return urlsplit(self.public_url).scheme == "https"
