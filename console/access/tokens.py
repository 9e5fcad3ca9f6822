"""Verifies access tokens (signed JWT). A token only identifies the caller; roles come from the staff list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Protocol

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from contracts.time_source import TimeSource

ALGORITHMS: Final = ("ES256", "ES384", "RS256", "PS256", "EdDSA", "Ed25519")
"""Public-key signatures only, so that the verifying key cannot create tokens."""

LEEWAY_SECONDS: Final = 30
LONGEST_TOKEN: Final = 8 * 1024

SIGNED_IN: Final = "signed_in"
"""Name in a request's state, true after its sender was authenticated."""


class RefusedTokenError(Exception):
    """The token does not identify the caller; `code`: the reason."""

    def __init__(self, code: str, words: str) -> None:
        """Keep the reason; never the token."""
        super().__init__(code)
        self.code, self.words = code, words


class KeySource(Protocol):
    """The source of the issuer's public keys."""

    async def keys(self, *, fresh: bool) -> KeySet:
        """Return the keys; `fresh`: request them again, because a key is not known."""


@dataclass(frozen=True, slots=True)
class Trust:
    """The issuer and the audience that an access token must name to be accepted."""

    issuer: str
    audience: str


async def verified(token: str, source: KeySource, registry: jwt.JWTClaimsRegistry) -> dict[str, Any]:
    """Return the claims of a token whose signature is valid; raises RefusedTokenError."""
    if len(token) > LONGEST_TOKEN:
        raise RefusedTokenError("invalid-token", "the token is too long")
    try:
        claims = (await _decoded(token, source)).claims
        registry.validate(claims)
    except ExpiredTokenError:
        raise RefusedTokenError("expired-token", "the token has expired; sign in again") from None
    except (JoseError, ValueError, TypeError):
        # The library's text is left out: it may quote the token.
        raise RefusedTokenError("invalid-token", "the token is not one this service trusts; sign in") from None
    return claims


async def _decoded(token: str, source: KeySource) -> jwt.Token:
    try:
        return jwt.decode(token, await source.keys(fresh=False), algorithms=ALGORITHMS)
    except InvalidKeyIdError:
        return jwt.decode(token, await source.keys(fresh=True), algorithms=ALGORITHMS)


class TokenVerifier:
    """Verifies tokens of one issuer."""

    def __init__(self, trust: Trust, source: KeySource, now: TimeSource) -> None:
        """Trust one issuer."""
        self._trust, self._source, self._now = trust, source, now

    async def subject(self, token: str) -> str:
        """Return the subject of a token; raises RefusedTokenError."""
        return str((await verified(token, self._source, self._registry()))["sub"])

    def _registry(self) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            now=int(self._now().timestamp()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self._trust.issuer},
            aud={"essential": True, "value": self._trust.audience},
            sub={"essential": True},
            exp={"essential": True},
        )
