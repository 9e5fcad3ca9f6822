"""The local identity provider: its metadata, a page to choose a person, and the exchange of codes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from authlib.oauth2 import OAuth2Error
from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from joserfc.jwk import ECKey
from starlette.middleware.trustedhost import TrustedHostMiddleware

from contracts.time_source import TimeSource
from deploy.local.identity.grants import ALGORITHM, CLIENT_ID, AuthorizationRequest, Member, Server, is_console

StaffList = Callable[[], Awaitable[tuple[Member, ...]]]

_HERE: Final = Path(__file__).parent
_HEADERS: Final = {
    "Cache-Control": "no-store",
    # The form's answer may redirect to the console on any port of this host only (grants.py).
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self' http:",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def create_identity(issuer: str, staff: StaffList, now: TimeSource) -> FastAPI:
    """Make the provider; its key lives as long as it does."""
    key = ECKey.generate_key("P-256", private=True, auto_kid=True)
    app = FastAPI(title="Local identity provider", openapi_url=None)
    _publish(app, issuer, key)
    _sign_in(app, Server(issuer, key, now), staff)
    # A foreign host name that resolves to this machine comes from an attacker's page (DNS rebinding).
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost", "[::1]"])
    return app


def _publish(app: FastAPI, issuer: str, key: ECKey) -> None:
    document = {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "jwks_uri": f"{issuer}/keys",
        "end_session_endpoint": f"{issuer}/sign-out",
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "scopes_supported": ["openid"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "token_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
    }

    @app.get("/.well-known/openid-configuration")
    async def discovery() -> JSONResponse:
        return JSONResponse(document)

    @app.get("/keys")
    async def keys() -> JSONResponse:
        return JSONResponse({"keys": [{**key.as_dict(private=False), "use": "sig", "alg": ALGORITHM}]})

    @app.get("/style.css")
    async def style() -> FileResponse:
        return FileResponse(_HERE / "style.css", media_type="text/css")

    @app.get("/sign-out")
    async def sign_out(client_id: str = "", post_logout_redirect_uri: str = "") -> Response:
        """End the session. The provider keeps none itself: every sign-in asks for the person."""
        if client_id == CLIENT_ID and is_console(post_logout_redirect_uri):
            return RedirectResponse(post_logout_redirect_uri, 303)
        return _page("You are signed out.", ())


def _sign_in(app: FastAPI, server: Server, staff: StaffList) -> None:
    @app.get("/authorize")
    async def choose(request: Request) -> Response:
        asked = _asked(request, list(request.query_params.multi_items()))
        try:
            server.get_consent_grant(asked)
        except OAuth2Error as error:
            return _page(f"The console's request is not as it must be: {error.error}.", (), status=400)
        return _page("", await staff(), f"/authorize?{request.url.query}")

    @app.post("/authorize")
    async def chosen(request: Request) -> Response:
        asked = _asked(request, list(request.query_params.multi_items()))
        wanted = (await request.form()).get("person")
        members = await staff()
        member = next((each for each in members if each.person_id == wanted), None)
        if member is None:
            return _page("No person on the staff list has this id.", members, f"/authorize?{request.url.query}", 400)
        server.forget_old_codes()
        try:
            grant = server.get_consent_grant(asked, member)
        except OAuth2Error as error:
            return _page(f"The console's request is not as it must be: {error.error}.", (), status=400)
        answer: Response = server.create_authorization_response(asked, member, grant)
        return answer

    @app.post("/token")
    async def token(request: Request) -> Response:
        form = await request.form()
        values = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
        answer: Response = server.create_token_response(_asked(request, values))
        return answer


def _asked(request: Request, values: list[tuple[str, str]]) -> AuthorizationRequest:
    return AuthorizationRequest(request.method, str(request.url), dict(request.headers), values)


def _page(said: str, members: tuple[Member, ...], action: str = "", status: int = 200) -> HTMLResponse:
    templates = Environment(loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined)
    body = templates.get_template("people.html").render(said=said, members=members, action=action)
    return HTMLResponse(body, status, _HEADERS)
