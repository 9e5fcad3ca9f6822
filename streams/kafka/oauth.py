"""Access tokens for Kafka (SASL OAUTHBEARER): requested with the client's own credentials (RFC 6749, 4.4) and cached for part of their life."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import KafkaConnectionError

_SECONDS: Final = 10.0
_USABLE: Final = 0.8
"""The part of its life after which a token is replaced."""
_LARGEST: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class TokenEndpoint:
    """The token endpoint and the client's credentials; `ca_file`: the certificate authority of the endpoint, if the system does not trust it."""

    url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str | None = None
    ca_file: Path | None = None


class ClientCredentials(AbstractTokenProvider):  # type: ignore[misc]
    """Gives every client of one connection the same token. Used from several event loops: Faust has a separate one."""

    def __init__(self, endpoint: TokenEndpoint) -> None:
        """Take the endpoint; no token is requested yet."""
        self._endpoint = endpoint
        self._lock = threading.Lock()
        self._token, self._until = "", 0.0

    async def token(self) -> str:
        """Return a token that is valid for a while. Raises KafkaConnectionError, after which clients try again."""
        return await asyncio.to_thread(self._current)

    def _current(self) -> str:
        with self._lock:
            if time.monotonic() >= self._until:
                self._token, seconds = self._ask()
                self._until = time.monotonic() + seconds * _USABLE
            return self._token

    def _ask(self) -> tuple[str, float]:
        asked = {"grant_type": "client_credentials"}
        if self._endpoint.scope:
            asked["scope"] = self._endpoint.scope
        secret = ":".join(
            urllib.parse.quote(each, safe="") for each in (self._endpoint.client_id, self._endpoint.client_secret)
        )
        headers = {
            "Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }
        request = urllib.request.Request(self._endpoint.url, urllib.parse.urlencode(asked).encode(), headers)  # noqa: S310 - as below
        try:
            # The settings accept https only, or http on localhost. A redirect would not be followed with POST.
            context = ssl.create_default_context(cafile=self._endpoint.ca_file)
            with urllib.request.urlopen(request, timeout=_SECONDS, context=context) as answer:  # noqa: S310
                found: dict[str, Any] = json.loads(answer.read(_LARGEST))
            return str(found["access_token"]), float(found.get("expires_in", 60))
        except urllib.error.HTTPError as refused:
            raise KafkaConnectionError(
                f"the token endpoint refused with {refused.code}; check client id and secret"
            ) from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise KafkaConnectionError(f"the token endpoint gave no token: {type(error).__name__}") from error
