"""The local identity provider, as a real server beside the office."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn

from runtime.identity.app import create_identity
from runtime.identity.grants import Member
from storage.people import active_people
from tests.console.office import Office
from tests.console.sign_in.browser import Browser


@pytest.fixture
async def identity(office: Office) -> AsyncIterator[str]:
    """Serve the office's staff list at a real address."""

    async def staff() -> tuple[Member, ...]:
        return tuple(Member(each.person_id, tuple(sorted(each.roles))) for each in await active_people(office.engine))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        office.issuer = f"http://127.0.0.1:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            create_identity(office.issuer, staff, office.clock), lifespan="off", log_config=None, access_log=False
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve([listener]))
        yield office.issuer
        server.should_exit = True
        await serving


@pytest.fixture
async def browser(office: Office, identity: str) -> AsyncIterator[Browser]:
    async with Browser(office, identity) as opened:
        yield opened
