"""The application on an empty ledger, with staff and two claims that wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.model.vocabulary import ClaimId
from rulebook.library import PolicyLibrary
from runtime.console.http_service import listening, serve
from runtime.processes.lifecycle import Running
from tests.builders.console.office import STAFF, Office
from tests.builders.console.terminal import Terminal
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.submissions import a_submission


@pytest.fixture
async def office(engine: AsyncEngine, stores: Stores, library: PolicyLibrary) -> Office:
    opened = Office(engine, stores, library)
    await opened.hire(*STAFF)
    return opened


@pytest.fixture
async def study(office: Office) -> ClaimId:
    """A spectroscopy claim that waits for a physician."""
    [claim_id] = await office.waiting(a_submission("STUDY-1", "0609T", "0610T", "0611T", "0612T"))
    return claim_id


@pytest.fixture
async def terminal(office: Office, database: str, tmp_path: Path) -> AsyncIterator[Terminal]:
    """A command line for the application, which listens on a separate port."""
    running = Running()
    with listening("127.0.0.1", 0, tmp_path / "address") as (listener, address):
        serving = asyncio.create_task(serve(office.app, listener, running))
        await asyncio.wait_for(running.ready.wait(), 20)
        yield Terminal(office, address, database, tmp_path)
        running.stop.set()
        await serving
