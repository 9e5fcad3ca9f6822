"""Clients that are slow, silent or many never keep a signed-in person out, even from the person's own address."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from httpx import AsyncClient

from console.web.assets import load_assets
from runtime.console.http_limits import HttpLimits
from runtime.console.http_service import listening, serve
from runtime.processes.lifecycle import Running
from tests.builders.console.attackers import ATTACKS, Attackers
from tests.builders.console.office import Office

pytestmark = pytest.mark.servers

LIMITS = HttpLimits(header_seconds=2, body_seconds=2, idle_seconds=2, write_seconds=2)


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


@pytest.fixture
async def served(office: Office, tmp_path: Path) -> AsyncIterator[Served]:
    running = Running()
    with listening("127.0.0.1", 0, tmp_path / "address") as (listener, address):
        serving = asyncio.create_task(serve(office.app, listener, running, LIMITS))
        await asyncio.wait_for(running.ready.wait(), 20)
        yield Served(office, address)
        running.stop.set()
        await serving


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
