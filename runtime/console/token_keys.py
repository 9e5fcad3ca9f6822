"""The keys that verify access tokens: those of an identity provider (JWKS) or, on one machine only, the local stack's key.

The local stack keeps its key in its state folder. A user who can read the key can sign in as any person, so the API refuses
the key if it listens on any address besides loopback.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
import urllib.request
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from console.access.tokens import KeySource, Trust
from runtime.errors import StackError
from runtime.settings import Settings

LOCAL_ISSUER: Final = "claimwright-local"
LOCAL_LIFETIME: Final = timedelta(hours=12)
_ALGORITHM: Final = "ES256"
_KEPT_SECONDS: Final = 600.0
_ASKED_AGAIN_SECONDS: Final = 30.0
_LARGEST_KEYS: Final = 256 * 1024


class LocalKeys:
    """The local stack's own key, made on first use and readable by its owner only."""

    def __init__(self, path: Path) -> None:
        """Use a key file."""
        self._path = path

    async def keys(self, *, fresh: bool) -> KeySet:  # noqa: ARG002 - a file is always fresh
        """Return the public half."""
        private = self.private()
        return KeySet([ECKey.import_key(private.as_dict(private=False))])

    def private(self) -> ECKey:
        """Return the key that signs; two processes that make it at once agree on one."""
        if not self._path.exists():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            made = ECKey.generate_key("P-256", private=True, auto_kid=True)
            descriptor, draft = tempfile.mkstemp(dir=self._path.parent)  # readable by its owner only
            with os.fdopen(descriptor, "w") as file:
                json.dump(made.as_dict(private=True), file)
            try:
                os.link(draft, self._path)
            except FileExistsError:
                pass  # another process was faster; use its key
            finally:
                Path(draft).unlink()
        return ECKey.import_key(json.loads(self._path.read_text()))


class IssuerKeys:
    """The keys an identity provider publishes (JWKS), from a file or over https, kept for ten minutes."""

    def __init__(self, place: str) -> None:
        """Use a file or an https address; raises StackError for any other address."""
        if "://" in place and not place.startswith("https://"):
            raise StackError("CLAIMWRIGHT_TOKEN_KEYS is neither a file nor an https address; keys travel by https only")
        self._place = place
        self._known: KeySet | None = None
        self._read_at = 0.0
        self._lock = asyncio.Lock()

    async def keys(self, *, fresh: bool) -> KeySet:
        """Return the keys; for an unknown key they are requested again, at most every half minute."""
        async with self._lock:
            age = time.monotonic() - self._read_at
            if self._known is None or age > (_ASKED_AGAIN_SECONDS if fresh else _KEPT_SECONDS):
                read = await asyncio.to_thread(self._read)
                self._known, self._read_at = KeySet.import_key_set(json.loads(read)), time.monotonic()
            return self._known

    def _read(self) -> bytes:
        if not self._place.startswith("https://"):
            return Path(self._place).read_bytes()
        # Without a redirect handler: a redirect, perhaps to http, is an error.
        opener = urllib.request.OpenerDirector()
        for handler in (
            urllib.request.HTTPSHandler(),
            urllib.request.HTTPDefaultErrorHandler(),
            urllib.request.HTTPErrorProcessor(),
        ):
            opener.add_handler(handler)
        with opener.open(self._place, timeout=5) as answer:
            return bytes(answer.read(_LARGEST_KEYS))


def trusted(settings: Settings) -> tuple[Trust, KeySource]:
    """Return the trusted token issuer and its keys; raises StackError when none is safe."""
    if settings.token_issuer is not None and settings.token_keys is not None:
        return Trust(settings.token_issuer, settings.token_audience), IssuerKeys(settings.token_keys)
    if settings.token_issuer is not None or settings.token_keys is not None:
        raise StackError("CLAIMWRIGHT_TOKEN_ISSUER and CLAIMWRIGHT_TOKEN_KEYS belong together; set both or neither")
    if not is_loopback(settings.api_host):
        raise StackError(
            "the API would listen on more than loopback with the local stack's own tokens, which prove nothing. Set "
            "CLAIMWRIGHT_TOKEN_ISSUER and CLAIMWRIGHT_TOKEN_KEYS to your identity provider, or listen on 127.0.0.1."
        )
    return Trust(LOCAL_ISSUER, settings.token_audience), LocalKeys(local_key_file(settings))


def local_token(settings: Settings, person_id: str, now: datetime) -> str:
    """Sign a token for a person at the local stack's API; raises StackError when another issuer is set."""
    if settings.token_issuer is not None or settings.token_keys is not None:
        raise StackError("people sign in at the identity provider here; only the local stack signs its own tokens")
    key = LocalKeys(local_key_file(settings)).private()
    claims = {
        "iss": LOCAL_ISSUER,
        "aud": settings.token_audience,
        "sub": person_id,
        "iat": int(now.timestamp()),
        "exp": int((now + LOCAL_LIFETIME).timestamp()),
    }
    return jwt.encode({"alg": _ALGORITHM, "kid": key.kid}, claims, key, algorithms=[_ALGORITHM])


def local_key_file(settings: Settings) -> Path:
    """Return the file in which the local stack keeps the key of its tokens."""
    return settings.state_dir / "token.key"


def is_loopback(host: str) -> bool:
    """Return whether a host name or address reaches this machine only."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
