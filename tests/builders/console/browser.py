"""A browser without pictures: cookies of the console, and the way to the identity provider and back."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from httpx import ASGITransport, AsyncClient, Response

from tests.builders.console.office import HERE, Office


class Browser:
    """One browser of one person."""

    def __init__(self, office: Office, issuer: str) -> None:
        transport = ASGITransport(office.app, raise_app_exceptions=False)
        headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
        self.console = AsyncClient(transport=transport, base_url=HERE, headers=headers)
        self.provider = AsyncClient(base_url=issuer, headers={"Accept": "text/html"}, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.console.aclose()
        await self.provider.aclose()

    @property
    def session(self) -> str | None:
        return self.console.cookies.get("claimwright-session")

    async def begin(self, wanted: str = "/") -> str:
        """Ask to sign in; return the address at the identity provider."""
        answer = await self.console.get("/sign-in/start", params={"next": wanted})
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    async def choose(self, entrance: str, person: str) -> str:
        """Click a person at the identity provider; return the address back."""
        answer = await self.provider.post(entrance, data={"person": person})
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]

    async def sign_in(self, person: str, wanted: str = "/") -> Response:
        """Go the whole way; return what the console answers at its end."""
        return await self.come_back(await self.choose(await self.begin(wanted), person))

    async def come_back(self, address: str, **changed: Any) -> Response:
        """Come back from the identity provider, with parameters as given or changed; None leaves one out."""
        brought = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        kept = {name: value for name, value in {**brought, **changed}.items() if value is not None}
        return await self.console.get("/sign-in/callback", params=kept, headers={"Sec-Fetch-Site": "cross-site"})
