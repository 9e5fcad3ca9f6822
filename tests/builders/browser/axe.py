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
    shown = [
        f"{each['id']}: {each['help']}: {node['html'][:160]}"
        for each in found
        if each["impact"] in SERIOUS
        for node in each["nodes"]
    ]
    assert not shown, f"{page.url}\n" + "\n".join(shown)


_HIDDEN = """() => [...document.querySelectorAll('body *')].filter((each) => {
    const style = getComputedStyle(each);
    if (each.clientWidth < 8 || style.visibility === 'hidden' || style.overflowX === 'visible') return false;
    if (each.matches('pre, textarea, input, select, .table-wrap, .table-wrap *, .unseen, canvas')) return false;
    return each.scrollWidth > each.clientWidth + 1;
}).map((each) => `${each.tagName.toLowerCase()}.${each.className} hides ${each.scrollWidth - each.clientWidth} px`)"""


async def hides_nothing(page: Page) -> None:
    """Check that no element but a table or a text of bytes cuts off what is in it, or hides it behind a scroll bar."""
    hidden: list[str] = await page.evaluate(_HIDDEN)
    assert not hidden, f"{page.url} at {page.viewport_size}: {hidden}"


async def fits_its_width(page: Page) -> None:
    """Check that nothing sticks out sideways: a page scrolls in one direction only, and its parts hide nothing."""
    await hides_nothing(page)
    over: int = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert over <= 0, f"{page.url} is {over} px wider than the window"
