"""Every screen as axe-core, a wide window and a telephone see it, in the light and in the dark."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.builders.browser.axe import fits_its_width, no_serious_violations
from tests.builders.browser.visitor import LAPTOP, NARROW, Visitors
from tests.builders.browser.world import World

pytestmark = [pytest.mark.servers, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]

SCREENS = {
    "SYN-NURSE": ("/worklist", "/desk", "/review/{nurse}"),
    "SYN-MD-NY": ("/worklist?role=physician", "/review/{appealed}", "/claims/{appealed}"),
    "SYN-SUPERVISOR": (
        "/claims",
        "/claims?q={control}",
        "/claims/{appealed}",
        "/claims/{appealed}/policy",
        "/claims/{decided}/reopen",
        "/claims/{appealed}/letters/member",
        "/worklist?pend=P-SIU",
        "/desk/workload",
        "/sessions",
        "/reopenings",
        "/documents/unmatched",
        "/break-glass",
        "/callers",
    ),
    "SYN-EXAMINER": ("/break-glass/{nurse}",),
    "SYN-POLICY-OWNER": (
        "/policies",
        "/policies/hudson-6.01.03/2025-03-17.4",
        "/policies/hudson-6.01.03/2025-03-17.4/rules/S3-01",
        "/policies/hudson-6.01.03/2025-03-17.4/cases",
        "/policies/hudson-6.01.03/2025-03-17.4/use",
        "/policies/hudson-6.01.03/2025-03-17.4/document",
        "/policies/spine-imaging-guideline/1.3.2025",
        "/policies/monitors",
        "/policies/monitors/{monitor}",
    ),
    "SYN-OPS": (
        "/dashboard",
        "/appeals",
        "/dead-letters",
        "/dead-letters?show=all",
        "/bulk-retries",
        "/bulk-retries/new",
        "/mail",
        "/audit",
        "/staff",
        "/staff/record?person=SYN-NURSE",
        "/exports",
        "/help",
        "/campaigns",
    ),
}


@pytest.mark.parametrize("person", SCREENS)
async def test_every_screen_can_be_read_and_used_by_every_person(visitors: Visitors, world: World, person: str) -> None:
    visitor = await visitors.open()
    page = await visitor.sign_in(person, "/sessions")
    places = {
        "nurse": world.nurse.claim_id,
        "appealed": world.appealed.claim_id,
        "decided": world.decided.claim_id,
        "control": world.appealed.control_number,
        "monitor": world.monitor,
    }
    assert SCREENS[person]
    for path in SCREENS[person]:
        answer = await page.goto(visitor.address + path.format(**places))
        assert answer is not None
        assert answer.status == 200, path
        await expect(page.get_by_role("heading", level=1)).to_have_count(1)
        await no_serious_violations(page)
        await fits_its_width(page)
    await page.set_viewport_size(LAPTOP)  # type: ignore[arg-type]
    for path in SCREENS[person]:
        await page.goto(visitor.address + path.format(**places))
        await fits_its_width(page)
    await page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    await page.emulate_media(color_scheme="dark")
    for path in SCREENS[person]:
        await page.goto(visitor.address + path.format(**places))
        await no_serious_violations(page)
        await fits_its_width(page)


async def test_the_check_finds_what_it_is_there_to_find(visitors: Visitors) -> None:
    page = await (await visitors.open()).go("/sign-in")
    await page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<input>')")
    with pytest.raises(AssertionError, match="label"):
        await no_serious_violations(page)
    await page.evaluate(
        "document.querySelector('main').insertAdjacentHTML('beforeend', '<pre>' + 'x'.repeat(999) + '</pre>')"
    )
    await page.evaluate("document.querySelector('main > pre').style.overflow = 'visible'")
    with pytest.raises(AssertionError, match="wider"):
        await fits_its_width(page)
    await page.evaluate("document.querySelector('main > pre').remove()")
    clipped = "<nav id='clipped'><ul><li>" + "x" * 400 + "</li></ul></nav>"
    await page.evaluate("(html) => document.querySelector('main').insertAdjacentHTML('beforeend', html)", clipped)
    await page.evaluate(
        "Object.assign(document.querySelector('#clipped').style, {overflowX: 'auto', whiteSpace: 'nowrap', overflowWrap: 'normal'})"
    )
    with pytest.raises(AssertionError, match="hides"):
        await fits_its_width(page)
