"""Page objects: what a person does on each screen, in the screen's own words."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.async_api import Locator, Page, expect

from tests.builders.browser.visitor import Visitor


@dataclass
class Worklist:
    """What waits for a person."""

    visitor: Visitor

    @property
    def page(self) -> Page:
        return self.visitor.page

    def row(self, control_number: str) -> Locator:
        return self.page.locator("tbody tr", has_text=control_number)

    async def open(self, query: str = "") -> None:
        await self.visitor.go(f"/worklist{query}")
        await expect(self.page.get_by_role("heading", name="Worklist", level=1)).to_be_visible()

    async def take_by_keyboard(self, control_number: str) -> None:
        """j until the claim has the focus, x to select it, t to take it."""
        link = self.row(control_number).get_by_role("link", name=control_number)
        for _ in range(60):
            await self.page.keyboard.press("j")
            if await link.evaluate("link => link === document.activeElement"):
                break
        await expect(link).to_be_focused()
        await self.page.keyboard.press("x")
        await self.page.keyboard.press("t")
        await expect(self.page.get_by_role("heading", name="1 of 1 taken")).to_be_visible()


@dataclass
class Review:
    """One case."""

    visitor: Visitor
    claim_id: str

    @property
    def page(self) -> Page:
        return self.visitor.page

    async def form(self, action: str) -> Locator:
        """The form of an action, unfolded."""
        folded = self.page.locator(f"details#{action}")
        if await folded.get_attribute("open") is None:
            await folded.locator("summary").first.click()
        return folded.locator("form")

    async def open(self) -> None:
        await self.visitor.go(f"/review/{self.claim_id}")

    async def take(self) -> None:
        await self.page.get_by_role("button", name="Take").first.click()
        await expect(self.page.get_by_text("yours until")).to_be_visible()

    async def recommend_denial(self, why: str) -> None:
        form = await self.form("recommend")
        await form.get_by_label("to deny").check()
        await form.get_by_label("Why, about").fill(why)
        await form.get_by_role("button", name="Recommend").click()

    async def preview_denial(self, why: str, criterion: str) -> None:
        form = await self.form("decide")
        await form.get_by_label("Deny as experimental").check()
        await form.locator(f'input[name="criteria"][value="{criterion}"]').check()
        await form.get_by_label("Why, about").fill(why)
        await form.get_by_role("button", name="Preview the decision").click()

    async def sign(self) -> None:
        await self.page.get_by_role("button", name="Sign and deny").click()


@dataclass
class DeadLetters:
    """Events that were refused."""

    visitor: Visitor

    @property
    def page(self) -> Page:
        return self.visitor.page

    async def open_newest_unreadable(self) -> None:
        await self.visitor.go("/dead-letters")
        await self.page.locator("[aria-labelledby=letters] tbody a").first.click()
        await expect(self.page.get_by_role("heading", name="Why it was refused")).to_be_visible()

    async def open_bytes(self) -> None:
        await self.page.get_by_role("button", name="Open the original bytes").click()
        await expect(self.page.get_by_label("Value as text")).to_be_visible()

    async def replay(self) -> None:
        await self.page.get_by_role("button", name="Replay it unchanged").click()


@dataclass
class Appeal:
    """One appeal."""

    visitor: Visitor

    @property
    def page(self) -> Page:
        return self.visitor.page

    async def open(self, reference: str) -> None:
        await self.page.get_by_role("link", name=reference).click()
        await expect(self.page.get_by_role("heading", level=1)).to_contain_text(reference)

    async def overturn(self, why: str) -> None:
        form = self.page.locator('#actions form[action*="/preview"]')
        if not await form.is_visible():
            await self.page.locator("details", has=form).locator("summary").first.click()
        for ruling in await form.locator("select").all():
            await ruling.select_option("overturned")
        await form.locator('textarea[name="rationale"]').fill(why)
        await form.get_by_role("button", name="Preview the decision").click()
        await expect(self.page.get_by_role("heading", name="Before you decide")).to_be_visible()

    async def sign(self) -> None:
        await self.page.get_by_role("button", name="Sign and decide").click()


@dataclass
class BulkReleases:
    """Many claims tried again at once."""

    visitor: Visitor

    @property
    def page(self) -> Page:
        return self.visitor.page

    async def look(self, code: str) -> None:
        await self.visitor.go("/bulk-retries/new")
        await self.page.locator(f'input[name="code"][value="{code}"]').check()
        await self.page.get_by_role("button", name="Look what waits").click()
        await expect(self.page.get_by_role("heading", name="2. What waits like that now")).to_be_visible()

    async def propose(self, purpose: str) -> str:
        """Propose what was looked at, and return the proposal's address."""
        await self.page.get_by_label("Why these claims should be tried again").fill(purpose)
        await self.page.get_by_role("button", name="Propose to retry").click()
        await expect(self.page.get_by_role("heading", name=purpose)).to_be_visible()
        return self.page.url.removeprefix(self.visitor.address)

    async def agree(self, address: str) -> None:
        await self.visitor.go(address)
        await self.page.get_by_role("button", name="Agree and begin").click()
