"""A person at a browser: signs in, and leaves a picture and a trace behind when the test fails."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, expect

WIDE = {"width": 1280, "height": 900}
LAPTOP = {"width": 1366, "height": 768}
NARROW = {"width": 390, "height": 844}


@dataclass
class Visitor:
    """One browser window of one person."""

    page: Page
    address: str
    wrong: list[str] = field(default_factory=list)
    """What the browser complained of: script errors, and what the content-security policy refused."""

    async def go(self, path: str) -> Page:
        await self.page.goto(self.address + path)
        return self.page

    async def sign_in(self, person: str, path: str = "/") -> Page:
        """Sign in at the local identity provider, on the way to a page."""
        await self.go(path)
        await self.page.get_by_role("link", name="Sign in", exact=True).click()
        await self.page.locator(f'button[name="person"][value="{person}"]').click()
        await expect(self.page.locator(".who-id")).to_have_text(person)
        return self.page


class Visitors:
    """The windows that a test opens."""

    def __init__(self, browser: Browser, address: str, evidence: Path) -> None:
        self.browser, self.address, self.evidence = browser, address, evidence
        self._opened: list[tuple[BrowserContext, Visitor]] = []

    async def open(self, size: dict[str, int] | None = None, **options: Any) -> Visitor:
        """Open a window in which no person is signed in."""
        context = await self.browser.new_context(viewport=size or WIDE, **options)  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        await context.tracing.start(screenshots=True, snapshots=True)
        visitor = Visitor(await context.new_page(), self.address)
        visitor.page.on("pageerror", lambda error: visitor.wrong.append(str(error)))
        visitor.page.on("console", lambda said: _note(visitor, said.text))
        self._opened.append((context, visitor))
        return visitor

    async def close(self, *, failed: bool) -> None:
        """Close all windows; of a failed test keep pictures and traces."""
        for number, (context, visitor) in enumerate(self._opened, start=1):
            if failed:
                self.evidence.mkdir(parents=True, exist_ok=True)
                await visitor.page.screenshot(path=self.evidence / f"{number}.png", full_page=True)
                await context.tracing.stop(path=self.evidence / f"{number}.trace.zip")
            await context.close()
        wrong = [each for _, visitor in self._opened for each in visitor.wrong]
        assert failed or not wrong, wrong


def _note(visitor: Visitor, text: str) -> None:
    if "Content Security Policy" in text or "Uncaught" in text:
        visitor.wrong.append(text)
