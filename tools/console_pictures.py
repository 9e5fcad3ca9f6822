"""Draw the pictures of docs/console.md again from a pipeline that runs after `claimwright demo`.

Usage: python -m tools.console_pictures. They are small JPEGs of the first screen of each page.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, Page, async_playwright

from runtime.clients.api_client import connect
from runtime.processes.process_addresses import API, address_file
from runtime.settings import REPOSITORY, Settings
from tools.chromium import FLAGS, HOW, find

FOLDER: Final = REPOSITORY / "docs" / "pictures"
WIDE: Final = {"width": 1280, "height": 860}
NARROW: Final = {"width": 390, "height": 844}


async def draw() -> None:
    """Sign in with the role of each page, and draw it."""
    settings = Settings()
    path = find()
    if path is None:
        raise SystemExit(HOW)
    address = address_file(settings.state_dir, API).read_text().strip()
    claim = _first(settings, "SYN-MD-NY", "P-CLIN-N")
    appeal = connect(settings, "SYN-APPEALS-MD").get("/api/appeals", status="all")["appeals"][0]["appeal_id"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        await _person(browser, address, "SYN-OPS", {"dashboard": "/dashboard", "dead-letters": "/dead-letters"})
        await _person(browser, address, "SYN-MD-NY", {"worklist": "/worklist", "review": f"/review/{claim}"})
        await _person(browser, address, "SYN-APPEALS-MD", {"appeal": f"/appeals/{appeal}"})
        await _person(browser, address, "SYN-MD-NY", {"worklist-narrow": "/worklist"}, NARROW, color_scheme="dark")
        await _person(browser, address, "SYN-SUPERVISOR", {"claim": f"/claims/{claim}"})
        await browser.close()


def _first(settings: Settings, person: str, pend: str) -> str:
    return str(connect(settings, person).get("/api/tasks", pend=pend)["tasks"][0]["claim_id"])


async def _person(
    browser: Browser, address: str, person: str, pages: dict[str, str], size: dict[str, int] = WIDE, **options: Any
) -> None:
    context = await browser.new_context(viewport=size, device_scale_factor=0.75, **options)  # type: ignore[arg-type]
    page = await context.new_page()
    await page.goto(address)
    await page.get_by_role("link", name="Sign in", exact=True).click()
    await page.locator(f'button[name="person"][value="{person}"]').click()
    for name, path in pages.items():
        await _picture(page, address + path, FOLDER / f"{name}.jpg")
    await context.close()


async def _picture(page: Page, url: str, file: Path) -> None:
    await page.goto(url, wait_until="load")
    await page.wait_for_timeout(1500)
    await page.screenshot(path=file, type="jpeg", quality=70)
    print(file.name)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    asyncio.run(draw())
