"""One Chromium for all journeys. Of a failed one, pictures and traces stay under .local/browser."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Generator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from runtime.settings import REPOSITORY
from tests.builders.browser.visitor import Visitors
from tests.builders.browser.world import World, prepare
from tests.builders.pipeline.pipeline import RunningPipeline
from tools.chromium import FLAGS, HOW, find

FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Remember that a test failed, for the fixtures that end after it."""
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    path = find()
    if path is None:
        pytest.fail(HOW) if os.environ.get("CI") else pytest.skip(HOW)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
def world(pipeline: RunningPipeline) -> World:
    return prepare(pipeline)


@pytest_asyncio.fixture(loop_scope="session")
async def visitors(
    request: pytest.FixtureRequest, pipeline: RunningPipeline, chromium: Browser
) -> AsyncIterator[Visitors]:
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", request.node.name)[:100]
    opened = Visitors(chromium, pipeline.address, REPOSITORY / ".local" / "browser" / name)
    yield opened
    await opened.close(failed=request.node.stash.get(FAILED, False))
