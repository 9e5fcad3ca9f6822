"""The dependencies of sign-in, with the port to the identity provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol
from urllib.parse import urlsplit

from contracts.records.sessions import PendingSignIn
from storage.people.break_glass import BreakGlassUses
from storage.people.sessions import Sessions
from storage.people.sign_ins import PendingSignIns

CALLBACK: Final = "/sign-in/callback"
"""The path that an identity provider sends people back to."""


class RefusedSignInError(Exception):
    """A sign-in failed; `code` is a key of the sign-in page's messages."""

    def __init__(self, code: str) -> None:
        """Keep the reason; never the content sent."""
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Identity:
    """The person and the roles that the identity provider states; None if it states no roles."""

    person_id: str
    claimed_roles: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Begun:
    """The values that tie a sign-in together: its state, the nonce of the ID token, and the verifier (PKCE)."""

    state: str
    nonce: str
    verifier: str


class IdentityProvider(Protocol):
    """The identity provider, which authenticates people (OpenID Connect)."""

    async def entrance(self, begun: Begun, back: str) -> str:
        """Return the address where a person signs in; they return to `back`. Raises RefusedSignInError."""

    async def identify(self, pending: PendingSignIn, code: str, back: str) -> Identity:
        """Exchange a code for the identity of its person; raises RefusedSignInError."""

    async def exit(self, back: str) -> str | None:
        """Return the provider's own sign-out address, or None."""

    async def issuer(self) -> str:
        """Return the provider's name; raises RefusedSignInError."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """The length of a session: without use, and in total."""

    idle: timedelta = timedelta(minutes=15)
    absolute: timedelta = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class SignIn:
    """The dependencies of sign-in. `public_url` is the console's address for browsers, without a trailing slash."""

    sessions: Sessions
    pending: PendingSignIns
    provider: IdentityProvider
    break_glass: BreakGlassUses
    public_url: str
    timeouts: Timeouts = Timeouts()

    @property
    def secure(self) -> bool:
        """Return whether cookies travel by https only."""
        return urlsplit(self.public_url).scheme == "https"
