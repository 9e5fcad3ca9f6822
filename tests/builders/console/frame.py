"""The application without a world behind it, and a person who looks at its pages: all that the frame needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

from fastapi import FastAPI, Request, Response
from httpx import ASGITransport, AsyncClient

from adjudication.deadlines.rule_book import DeadlineRules
from adjudication.people import Role
from console.access.guard import Pages
from console.ports import Console
from console.sign_in.session import viewer as signed_in
from console.web.app import create_api, guarded


@dataclass(frozen=True)
class Viewer:
    """A viewer."""

    person_id: str = "SYN-NURSE"
    roles: frozenset[Role] = frozenset({Role.NURSE})
    csrf: str = "csrf-of-the-session"


class Frame:
    """Pages of a test in the shared frame."""

    def __init__(self, viewer: Viewer | None = None, pages: Pages | None = None) -> None:
        self.viewer = viewer
        given = pages or Pages()
        sign_in = SimpleNamespace(secure=given.https)
        console = SimpleNamespace(
            sign_in=sign_in, payloads=SimpleNamespace(origin=None), reference=SimpleNamespace(deadlines=DeadlineRules())
        )
        self.app: FastAPI = create_api(cast("Console", console), (ConnectionError,))
        self.app.dependency_overrides[signed_in] = self._viewer

    def serve(self, path: str, show: Callable[[Request], Response], methods: tuple[str, ...] = ("GET",)) -> None:
        def endpoint(request: Request) -> Response:
            self._viewer(request)
            return show(request)

        self.app.add_api_route(path, endpoint, methods=list(methods), include_in_schema=False, response_model=None)

    def _viewer(self, request: Request) -> Viewer | None:
        request.state.viewer = self.viewer
        return self.viewer

    async def ask(self, method: str, path: str, headers: Mapping[str, str] | None = None, **sent: Any) -> Any:
        transport = ASGITransport(guarded(self.app), raise_app_exceptions=False)
        async with AsyncClient(transport=transport, base_url="http://console.test") as client:
            return await client.request(method, path, headers=dict(headers or {}), **sent)
