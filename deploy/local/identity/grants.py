"""The code flow of the local identity provider, on Authlib's server: one public client, PKCE required, codes used once.

Authlib has no types; the annotations here follow its documentation.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin, InvalidRequestError, OAuth2Payload, OAuth2Request
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import AuthorizationCodeMixin
from authlib.oidc.core.grants import OpenIDCode
from joserfc.jwk import ECKey
from starlette.responses import JSONResponse, Response

from console.sign_in.ports import CALLBACK
from contracts.time_source import TimeSource
from runtime.console.token_keys import is_loopback

CLIENT_ID: Final = "claimwright-console"
ALGORITHM: Final = "ES256"
CODE_SECONDS: Final = 60
TOKEN_SECONDS: Final = 300


@dataclass(frozen=True, slots=True)
class Member:
    """A person on the staff list, and their roles there."""

    person_id: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Code(AuthorizationCodeMixin):  # type: ignore[misc]
    """An authorization code: its person, and the verifier required to use it."""

    user: Member
    redirect_uri: str
    scope: str
    nonce: str
    code_challenge: str
    code_challenge_method: str
    expires: float

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> None:
        return None


class Client(ClientMixin):  # type: ignore[misc]
    """The console: a public client that is sent back to this machine only."""

    def get_client_id(self) -> str:
        return CLIENT_ID

    def get_default_redirect_uri(self) -> None:
        return None

    def get_allowed_scope(self, scope: str | None) -> str:
        return " ".join(each for each in (scope or "").split() if each == "openid")

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return is_console(redirect_uri) and urlsplit(redirect_uri).path == CALLBACK

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:  # noqa: ARG002 - Authlib's signature
        return method == "none"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


class Payload(OAuth2Payload):  # type: ignore[misc]
    """The parameters of a request, each with all its values: one that comes twice is refused."""

    def __init__(self, values: Sequence[tuple[str, str]]) -> None:
        self._values = values

    @property
    def data(self) -> dict[str, str]:
        return dict(self._values)

    @property
    def datalist(self) -> dict[str, list[str]]:
        return {name: [value for each, value in self._values if each == name] for name in self.data}


class AuthorizationRequest(OAuth2Request):  # type: ignore[misc]
    """A request as Authlib reads it."""

    def __init__(self, method: str, uri: str, headers: Mapping[str, str], values: Sequence[tuple[str, str]]) -> None:
        super().__init__(method, uri, headers=headers)
        self.payload = Payload(values)

    @property
    def args(self) -> dict[str, str]:
        return dict(self.payload.data)

    @property
    def form(self) -> dict[str, str]:
        return dict(self.payload.data)


class StrictChallenge(CodeChallenge):  # type: ignore[misc]
    """PKCE by S256 in every request: a verifier sent in the clear proves nothing."""

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        asked = grant.request.payload.data
        if not asked.get("code_challenge") or asked.get("code_challenge_method") != "S256":
            raise InvalidRequestError("send a code_challenge with the method S256")
        super().validate_code_challenge(grant, redirect_uri)


class CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]
    """Codes in memory, each good for one try within a minute."""

    TOKEN_ENDPOINT_AUTH_METHODS: Final = ("none",)

    def save_authorization_code(self, code: str, request: Any) -> None:
        asked = request.payload.data
        self.server.codes[code] = Code(
            user=request.user,
            redirect_uri=asked["redirect_uri"],
            scope=request.scope,
            nonce=asked["nonce"],
            code_challenge=asked["code_challenge"],
            code_challenge_method=asked["code_challenge_method"],
            expires=self.server.now().timestamp() + CODE_SECONDS,
        )

    def query_authorization_code(self, code: str, client: Client) -> Code | None:  # noqa: ARG002 - Authlib's signature
        found: Code | None = self.server.codes.pop(code, None)
        return found if found is not None and found.expires > self.server.now().timestamp() else None

    def delete_authorization_code(self, authorization_code: Code) -> None:
        """Do nothing: a code is removed when it is queried."""

    def authenticate_user(self, authorization_code: Code) -> Member:
        return authorization_code.user


class IdTokens(OpenIDCode):  # type: ignore[misc]
    """ID tokens that name a member of the staff and their roles."""

    def __init__(self, server: Server) -> None:
        super().__init__(require_nonce=True)
        self._server = server

    def exists_nonce(self, nonce: str, request: Any) -> bool:  # noqa: ARG002 - Authlib's signature
        return any(code.nonce == nonce for code in self._server.codes.values())

    def resolve_client_private_key(self, client: Client) -> ECKey:  # noqa: ARG002 - Authlib's signature
        return self._server.key

    def get_client_algorithm(self, client: Client) -> str:  # noqa: ARG002 - Authlib's signature
        return ALGORITHM

    def get_encode_header(self, client: Client) -> dict[str, str]:  # noqa: ARG002 - Authlib's signature
        return {"alg": ALGORITHM, "kid": str(self._server.key.kid)}

    def get_client_claims(self, client: Client) -> dict[str, Any]:
        now = int(self._server.now().timestamp())
        times = {"iat": now, "auth_time": now, "exp": now + TOKEN_SECONDS}
        return {"iss": self._server.issuer, "aud": [client.get_client_id()], **times}

    def generate_user_info(self, user: Member, scope: str) -> dict[str, Any]:  # noqa: ARG002 - Authlib's signature
        return {"sub": user.person_id, "roles": list(user.roles)}


class Server(AuthorizationServer):  # type: ignore[misc]
    """Authlib's server for one client; its access tokens grant no access."""

    def __init__(self, issuer: str, key: ECKey, now: TimeSource) -> None:
        super().__init__(scopes_supported=["openid"])
        self.issuer, self.key, self.now = issuer, key, now
        self.codes: dict[str, Code] = {}
        self.register_token_generator(
            "default", BearerTokenGenerator(lambda **_: secrets.token_urlsafe(32), expires_generator=TOKEN_SECONDS)
        )
        self.register_grant(CodeGrant, [StrictChallenge(required=True), IdTokens(self)])

    def query_client(self, client_id: str) -> Client | None:
        return Client() if client_id == CLIENT_ID else None

    def save_token(self, token: dict[str, Any], request: Any) -> None:
        """Do nothing: access tokens are not used, so none is stored."""

    def create_oauth2_request(self, request: AuthorizationRequest) -> AuthorizationRequest:
        return request

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Ignore the event; no plugin listens."""

    def handle_response(self, status: int, body: Any, headers: Sequence[tuple[str, str]]) -> Response:
        sent = dict(headers)
        return JSONResponse(body, status, sent) if isinstance(body, dict) else Response(body, status, sent)

    def forget_old_codes(self) -> None:
        """Drop codes that were not used in time."""
        now = self.now().timestamp()
        for old in [code for code, kept in self.codes.items() if kept.expires <= now]:
            del self.codes[old]


def is_console(address: str) -> bool:
    """Return whether an address may be the console's: this machine's, without more than a path and a query."""
    parts = urlsplit(address)
    return parts.scheme == "http" and is_loopback(parts.hostname or "") and not parts.username and not parts.fragment
