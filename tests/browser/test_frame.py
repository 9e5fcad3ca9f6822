"""The frame in a real browser: its scripts run under the policy, and its errors are pages."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.axe import fits_its_width, no_serious_violations
from tests.browser.visitor import NARROW, WIDE, Visitors

pytestmark = [pytest.mark.servers, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_an_address_of_nothing_is_a_page_that_everybody_can_read(
    visitors: Visitors, size: dict[str, int], scheme: str
) -> None:
    page = await (await visitors.open(size, color_scheme=scheme)).go("/nowhere")
    await expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    await expect(page.locator("html.scripted")).to_be_attached()
    await no_serious_violations(page)
    await fits_its_width(page)
