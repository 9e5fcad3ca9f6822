from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from temporalio.testing import WorkflowEnvironment

from tests.builders.workflows.running import time_skipping_server


@pytest.fixture
async def environment() -> AsyncIterator[WorkflowEnvironment]:
    """A separate server for each test: skipped time is global to a server."""
    async with time_skipping_server() as environment:
        yield environment


@pytest.fixture(params=[100, 0], ids=["cached", "replayed-at-every-task"])
def cached(request: pytest.FixtureRequest) -> int:
    """How many workflows a worker keeps: with none, every workflow task replays the history so far."""
    return int(request.param)
