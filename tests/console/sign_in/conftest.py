"""The local identity provider, as a real server next to the office."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn

from deploy.local.identity.app import create_identity
from deploy.local.identity.grants import Member
from storage.people.accounts import active_people
from tests.builders.console.browser import Browser
from tests.builders.console.office import Office


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
