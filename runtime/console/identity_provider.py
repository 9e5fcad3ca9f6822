"""The identity provider over the network (OpenID Connect): its metadata, and the exchange of codes.

Except for a provider on this host, requests use https only, and redirects are not followed.
"""

from __future__ import annotations

import asyncio
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.deprecate import AuthlibDeprecationWarning
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ConfigDict, ValidationError

from console.sign_in.id_tokens import Claims, Expected, identity_of
from console.sign_in.ports import Begun, Identity, RefusedSignInError
from contracts.records.sessions import PendingSignIn
from contracts.time_source import TimeSource
from runtime.console.token_keys import is_loopback

with warnings.catch_warnings():
    # Authlib warns that it prefers the successor of httpx, which nothing else here uses yet.
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)
    from authlib.integrations.httpx_client import AsyncOAuth2Client

_KEPT_SECONDS: Final = 600.0
_ASKED_AGAIN_SECONDS: Final = 30.0
_MAX_WAIT_SECONDS: Final = 5.0
_LARGEST: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Registration:
    """The console's registration at the provider. Without a secret it is a public client: PKCE alone protects the code."""

    client_id: str
    client_secret: str | None
    scopes: str


class Discovery(BaseModel):
    """The metadata that a provider publishes, as far as sign-in needs it."""

    model_config = ConfigDict(frozen=True)

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)

    def addresses(self) -> tuple[str, ...]:
        """Return every address that codes, tokens, keys or people are sent to."""
        ends = () if self.end_session_endpoint is None else (self.end_session_endpoint,)
        return (self.authorization_endpoint, self.token_endpoint, self.jwks_uri, *ends)


class _Published:
    """The provider's documents, kept for ten minutes; unknown keys are requested again at most twice a minute."""

    def __init__(self, issuer: Callable[[], str]) -> None:
        self._issuer = issuer
        self._kept: dict[str, tuple[float, Any]] = {}
        self._lock = asyncio.Lock()

    async def discovery(self) -> Discovery:
        try:
            issuer = self._issuer()
        except OSError:  # the local provider has not written its address yet
            raise RefusedSignInError("provider-away") from None
        address = issuer.rstrip("/") + "/.well-known/openid-configuration"
        try:
            found = Discovery.model_validate(await self._read(address, issuer, _KEPT_SECONDS))
        except ValidationError:
            raise RefusedSignInError("provider-away") from None
        if found.issuer != issuer or not all(_trusted(each, issuer) for each in found.addresses()):
            raise RefusedSignInError("issuer")
        return found

    async def keys(self, *, fresh: bool) -> KeySet:
        found = await self.discovery()
        read = await self._read(found.jwks_uri, found.issuer, _ASKED_AGAIN_SECONDS if fresh else _KEPT_SECONDS)
        try:
            return KeySet.import_key_set(read)
        except (JoseError, KeyError, TypeError, ValueError):
            raise RefusedSignInError("provider-away") from None

    async def _read(self, address: str, issuer: str, kept: float) -> Any:
        async with self._lock:
            read_at, document = self._kept.get(address, (0.0, None))
            if document is None or time.monotonic() - read_at > kept:
                document = await _get(address, issuer)
                self._kept[address] = (time.monotonic(), document)
            return document


class OpenIdProvider:
    """One identity provider. `issuer` is called each time, because the local provider's address is known only after its start."""

    def __init__(self, issuer: Callable[[], str], registration: Registration, claims: Claims, now: TimeSource) -> None:
        """Use a provider."""
        self._published = _Published(issuer)
        self._registration, self._claims, self._now = registration, claims, now

    async def entrance(self, begun: Begun, back: str) -> str:
        """Return the address where a person signs in; they return to `back`. Raises RefusedSignInError."""
        found = await self._published.discovery()
        async with self._client(found, back) as client:
            address, _ = client.create_authorization_url(
                found.authorization_endpoint, begun.state, begun.verifier, nonce=begun.nonce
            )
        return str(address)

    async def identify(self, pending: PendingSignIn, code: str, back: str) -> Identity:
        """Exchange a code for the identity of its person; raises RefusedSignInError."""
        found = await self._published.discovery()
        try:
            async with self._client(found, back) as client:
                token = await client.fetch_token(
                    found.token_endpoint, code=code, code_verifier=pending.verifier, grant_type="authorization_code"
                )
        except (AuthlibBaseError, ValueError):
            raise RefusedSignInError("provider-refused") from None
        except httpx.HTTPError:
            raise RefusedSignInError("provider-away") from None
        id_token, access_token = token.get("id_token"), token.get("access_token")
        if not isinstance(id_token, str):
            raise RefusedSignInError("id-token")
        expected = Expected(found.issuer, self._registration.client_id, pending.nonce, access_token)
        return await identity_of(id_token, self._published, expected, self._claims, self._now)

    async def exit(self, back: str) -> str | None:
        """Return the provider's own sign-out address, or None."""
        try:
            found = await self._published.discovery()
        except RefusedSignInError:
            return None  # signing out here must not depend on whether the provider answers
        if found.end_session_endpoint is None:
            return None
        asked = {"client_id": self._registration.client_id, "post_logout_redirect_uri": back}
        joint = "&" if urlsplit(found.end_session_endpoint).query else "?"
        return f"{found.end_session_endpoint}{joint}{urlencode(asked)}"

    async def issuer(self) -> str:
        """Return the provider's name; raises RefusedSignInError."""
        return (await self._published.discovery()).issuer

    def _client(self, found: Discovery, back: str) -> Any:
        ours = self._registration
        methods = found.token_endpoint_auth_methods_supported
        method = "client_secret_basic" if "client_secret_basic" in methods else "client_secret_post"
        return AsyncOAuth2Client(
            ours.client_id,
            ours.client_secret,
            token_endpoint_auth_method="none" if ours.client_secret is None else method,
            scope=ours.scopes,
            redirect_uri=back,
            code_challenge_method="S256",
            timeout=_MAX_WAIT_SECONDS,
            trust_env=not is_loopback(urlsplit(found.issuer).hostname or ""),
        )


def _trusted(address: str, issuer: str) -> bool:
    """Return whether an address is https, or http on this host for a local provider."""
    parts = urlsplit(address)
    if parts.scheme == "https":
        return True
    return parts.scheme == "http" and is_loopback(parts.hostname or "") and is_loopback(urlsplit(issuer).hostname or "")


async def _get(address: str, issuer: str) -> Any:
    if not _trusted(address, issuer):
        raise RefusedSignInError("issuer")
    here = is_loopback(urlsplit(address).hostname or "")
    try:
        async with httpx.AsyncClient(timeout=_MAX_WAIT_SECONDS, trust_env=not here) as client:
            answer = await client.get(address, headers={"Accept": "application/json"})
        if answer.status_code != 200 or len(answer.content) > _LARGEST:
            raise RefusedSignInError("provider-away")
        return answer.json()
    except (httpx.HTTPError, ValueError):
        raise RefusedSignInError("provider-away") from None
