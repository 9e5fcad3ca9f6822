"""Verifies ID tokens (issuer, audience, nonce, signature) and reads the person and the roles from them."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256, sha384, sha512
from typing import Any, Final

import orjson
from joserfc import jwt

from console.access.tokens import LEEWAY_SECONDS, KeySource, RefusedTokenError, verified
from console.sign_in.ports import Identity, RefusedSignInError
from contracts.time_source import TimeSource

_HASHES: Final = {"256": sha256, "384": sha384, "512": sha512, "EdDSA": sha512, "Ed25519": sha512}


@dataclass(frozen=True, slots=True)
class Claims:
    """The names of the ID token claims with the person's id and roles. A dot separates nested names."""

    person: str = "sub"
    roles: str = "roles"
    roles_required: bool = True


@dataclass(frozen=True, slots=True)
class Expected:
    """The values that an ID token must have: issuer, client, nonce of this sign-in, and its access token."""

    issuer: str
    client_id: str
    nonce: str
    access_token: str | None


async def identity_of(token: str, source: KeySource, expected: Expected, claims: Claims, now: TimeSource) -> Identity:
    """Return the person and roles of an ID token; raises RefusedSignInError."""
    try:
        content = await verified(token, source, _registry(expected, now))
    except RefusedTokenError:
        raise RefusedSignInError("id-token") from None
    if not _for_us(content, expected) or not _matches_access_token(content, token, expected.access_token):
        raise RefusedSignInError("id-token")
    person = _claim(content, claims.person)
    if not isinstance(person, str) or not person:
        raise RefusedSignInError("no-person-claim")
    return Identity(person, _roles(content, claims))


def _registry(expected: Expected, now: TimeSource) -> jwt.JWTClaimsRegistry:
    return jwt.JWTClaimsRegistry(
        now=int(now().timestamp()),
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": expected.issuer},
        aud={"essential": True, "value": expected.client_id},
        nonce={"essential": True, "value": expected.nonce},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )


def _for_us(content: Mapping[str, Any], expected: Expected) -> bool:
    """Return whether a token with several audiences names us as authorized party (OpenID Connect Core 3.1.3.7, steps 4 and 5)."""
    audience = content["aud"]
    several = isinstance(audience, list) and len(audience) > 1
    party = content.get("azp")
    return party == expected.client_id if several or party is not None else True


def _matches_access_token(content: Mapping[str, Any], token: str, access_token: str | None) -> bool:
    """Return whether the token's access token hash, if it has one, matches the access token received with it (3.1.3.8)."""
    named = content.get("at_hash")
    if named is None:
        return True
    if not isinstance(named, str) or access_token is None:
        return False
    head = token.partition(".")[0]
    algorithm = str(orjson.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["alg"])
    digest = _HASHES[algorithm if algorithm in _HASHES else algorithm[2:]](access_token.encode()).digest()
    half = base64.urlsafe_b64encode(digest[: len(digest) // 2]).decode().rstrip("=")
    return hmac.compare_digest(half, named)


def _roles(content: Mapping[str, Any], claims: Claims) -> frozenset[str] | None:
    found = _claim(content, claims.roles)
    if found is None:
        if claims.roles_required:
            raise RefusedSignInError("no-roles-claim")
        return None
    named = [found] if isinstance(found, str) else found
    if not isinstance(named, list) or not all(isinstance(role, str) for role in named):
        raise RefusedSignInError("no-roles-claim")
    return frozenset(named)


def _claim(content: Mapping[str, Any], name: str) -> Any:
    """Return a claim by its name, or by its path: `realm_access.roles`."""
    if name in content:
        return content[name]
    found: Any = content
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found
