"""The frame in a real browser: its scripts run under the policy, and its errors are pages."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.builders.browser.axe import fits_its_width, no_serious_violations
from tests.builders.browser.visitor import NARROW, WIDE, Visitors

pytestmark = [pytest.mark.servers, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_an_unknown_address_is_a_page_that_every_visitor_can_read(
    visitors: Visitors, size: dict[str, int], scheme: str
) -> None:
    page = await (await visitors.open(size, color_scheme=scheme)).go("/nowhere")
    await expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    await expect(page.locator("html.scripted")).to_be_attached()
    await no_serious_violations(page)
    await fits_its_width(page)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
async def test_a_person_signs_in_finds_their_way_by_keyboard_and_signs_out(
    visitors: Visitors, size: dict[str, int]
) -> None:
    visitor = await visitors.open(size)
    page = await visitor.go("/sessions")
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await no_serious_violations(page)
    await visitor.sign_in("SYN-SUPERVISOR", "/sessions")
    await expect(page.get_by_role("heading", name="Your sessions")).to_be_visible()
    await no_serious_violations(page)
    await fits_its_width(page)
    await page.keyboard.press("/")
    await expect(page.get_by_role("searchbox")).to_be_focused()
    await page.get_by_role("heading", level=1).click()
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await no_serious_violations(page)
    await page.keyboard.press("Escape")
    await page.locator(".who > summary").click()
    await page.get_by_role("button", name="Dark").click()
    await expect(page.locator('html[data-theme="dark"]')).to_be_attached()
    await page.locator(".who > summary").click()
    await no_serious_violations(page)
    await page.get_by_role("button", name="Sign out").click()
    await page.wait_for_url("**why=signed-out")  # by way of the identity provider, whose page would be gone under axe
    await expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    await no_serious_violations(page)
    await visitor.go("/sessions")
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
