"""What axe-core finds on a page; serious violations fail a test."""

from __future__ import annotations

from functools import cache
from typing import Any

from playwright.async_api import Page

from runtime.settings import REPOSITORY

SERIOUS = ("serious", "critical")
_RUN = "async () => (await axe.run()).violations"


@cache
def _source() -> str:
    return (REPOSITORY / "console" / "web" / "node_modules" / "axe-core" / "axe.min.js").read_text()


async def no_serious_violations(page: Page) -> None:
    """Check a page as it is shown now."""
    await page.evaluate(_source())
    found: list[dict[str, Any]] = await page.evaluate(_RUN)
    told = [
        f"{each['id']}: {each['help']}: {node['html'][:160]}"
        for each in found
        if each["impact"] in SERIOUS
        for node in each["nodes"]
    ]
    assert not told, f"{page.url}\n" + "\n".join(told)


async def fits_its_width(page: Page) -> None:
    """Check that nothing sticks out sideways: a page scrolls in one direction only."""
    over: int = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert over <= 0, f"{page.url} is {over} px wider than the window"
