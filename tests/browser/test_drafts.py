"""What is typed stays in the tab until the server accepts it, also after the session ended, and no other person sees it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from playwright.async_api import Browser, Page, Route

from console.web.assets import WEB

pytestmark = [pytest.mark.servers, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

SCRIPT = '<script defer src="/drafts.js"></script>'
FORM = (
    '<form action="/send" method="post" data-draft="case"><textarea name="why"></textarea><button>Send</button></form>'
)
ADDRESS = "http://127.0.0.1:9"
"""No person listens there: every page is put in its place."""


async def opened(chromium: Browser, pages: Mapping[str, str]) -> Page:
    """Open a window in which these pages, by path, load the script of drafts."""
    served = {path: f"<!doctype html><html><head>{SCRIPT}</head>{body}</html>" for path, body in pages.items()}

    async def answer(route: Route) -> None:
        path = route.request.url.removeprefix(ADDRESS)
        if path == "/drafts.js":
            await route.fulfill(path=WEB / "static" / "drafts.js", content_type="text/javascript")
        else:
            await route.fulfill(body=served[path], content_type="text/html")

    page = await (await chromium.new_context()).new_page()
    await page.route(f"{ADDRESS}/**", answer)
    await page.goto(f"{ADDRESS}/case")
    return page


async def typed_and_sent(page: Page) -> None:
    await page.locator("textarea").fill("what a person wrote")
    await page.get_by_role("button", name="Send").click()
    await page.wait_for_url("**/send")


async def kept(page: Page) -> int:
    return int(await page.evaluate("Object.keys(sessionStorage).filter((key) => key.startsWith('draft:')).length"))


async def test_what_was_sent_after_the_session_ended_is_there_after_signing_in_again(chromium: Browser) -> None:
    form = f'<body data-person="ANNE">{FORM}</body>'
    page = await opened(chromium, {"/case": form, "/send": "<body>Sign in</body>"})
    await typed_and_sent(page)
    await page.goto(f"{ADDRESS}/case")
    assert await page.locator("textarea").input_value() == "what a person wrote"
    await page.context.close()


async def test_what_was_taken_is_forgotten(chromium: Browser) -> None:
    form = f'<body data-person="ANNE">{FORM}</body>'
    page = await opened(chromium, {"/case": form, "/send": '<body data-person="ANNE">Done</body>'})
    await typed_and_sent(page)
    assert await kept(page) == 0
    await page.context.close()


async def test_nothing_typed_by_one_person_is_left_for_the_next(chromium: Browser) -> None:
    form = f'<body data-person="ANNE">{FORM}</body>'
    other = f'<body data-person="BERT">{FORM}</body>'
    page = await opened(chromium, {"/case": form, "/other": other})
    await page.locator("textarea").fill("what a person wrote")
    assert await kept(page) == 1
    await page.goto(f"{ADDRESS}/other")
    assert await page.locator("textarea").input_value() == ""
    assert await kept(page) == 0
    await page.context.close()
