"""Clients that are slow, silent or many never keep a signed-in person out, even from the person's own address."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from httpx import AsyncClient, Limits

from console.web.assets import load_assets
from runtime.console.http_limits import HttpLimits
from runtime.console.http_service import listening, serve
from runtime.processes.lifecycle import Running
from tests.builders.console.attackers import ATTACKS, Attackers
from tests.builders.console.office import Office

pytestmark = pytest.mark.servers

LIMITS = HttpLimits(header_seconds=2, body_seconds=2, idle_seconds=2, write_seconds=2)
KEEPS = Limits(keepalive_expiry=60)


@dataclass(frozen=True)
class Served:
    office: Office
    address: str

    @property
    def port(self) -> int:
        return urlsplit(self.address).port or 0

    async def works(self, cookie: str) -> None:
        """Open the worklist as a signed-in person does, on a new connection."""
        headers = {"Accept": "text/html", "Cookie": f"claimwright-session={cookie}"}
        async with AsyncClient(base_url=self.address, timeout=20, trust_env=False) as browser:
            page = await browser.get("/worklist", headers=headers)
        assert page.status_code == 200, page.text


@asynccontextmanager
async def serving(office: Office, folder: Path, limits: HttpLimits) -> AsyncIterator[Served]:
    running = Running()
    with listening("127.0.0.1", 0, folder / "address") as (listener, address):
        server = asyncio.create_task(serve(office.app, listener, running, limits))
        await asyncio.wait_for(running.ready.wait(), 20)
        yield Served(office, address)
        running.stop.set()
        await server


@pytest.fixture
async def served(office: Office, tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(office, tmp_path, LIMITS) as served:
        yield served


@pytest.mark.parametrize("kind", ATTACKS)
async def test_a_signed_in_person_works_while_others_attack(served: Served, kind: str) -> None:
    cookie = await served.office.signed_in("NURSE")
    await served.works(cookie)
    assets = load_assets()
    async with Attackers(served.port, kind, assets.address("htmx.js")) as attackers:
        for _ in range(3):
            await served.works(cookie)
        if kind != "floods":  # those ask for nothing that takes long, and may go on
            await attackers.all_closed(60)
    await served.works(cookie)


@pytest.mark.parametrize(
    "limits", [HttpLimits(client_connections=20, idle_seconds=60), HttpLimits(connections=40, idle_seconds=60)]
)
async def test_one_client_never_costs_another_its_connection(
    office: Office, tmp_path: Path, limits: HttpLimits
) -> None:
    cookie = await office.signed_in("NURSE")
    headers = {"Accept": "text/html", "Cookie": f"claimwright-session={cookie}"}
    kept: list[object] = []

    async def note(name: str, info: dict[str, object]) -> None:
        if name.startswith("connection.connect_tcp.complete"):
            kept.append(info)

    async with (
        serving(office, tmp_path, limits) as served,
        AsyncClient(base_url=served.address, timeout=20, trust_env=False, limits=KEEPS) as browser,
    ):
        for source in (None, "127.0.0.2", "127.0.0.3"):
            async with AsyncExitStack() as stack:
                if source is not None:
                    await stack.enter_async_context(Attackers(served.port, "half-open", "", source))
                page = await browser.get("/worklist", headers=headers, extensions={"trace": note})
                assert page.status_code == 200
    assert len(kept) == 1  # the browser's one connection served every page
