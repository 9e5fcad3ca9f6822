"""What people do with the console in a day, on the real stack, in a real browser."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from playwright.async_api import expect

from tests.builders.browser.axe import fits_its_width, no_serious_violations
from tests.builders.browser.screens import Appeal, BulkReleases, DeadLetters, Review, Worklist
from tests.builders.browser.visitor import Visitors
from tests.builders.browser.world import World, appeal_filed, determined_as
from tests.builders.pipeline.pipeline import RunningPipeline

pytestmark = [pytest.mark.servers, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]

WHY = "The member's imaging already names the painful disc, and no spectroscopy finding would change the plan."
APPEAL = "The member's motor weakness worsened during treatment, which the visit note records; waiting was not safe."
PURPOSE = "The enrolment feed was late last night; try these claims again."


async def test_a_nurses_morning(visitors: Visitors, world: World) -> None:
    nurse = await visitors.open()
    page = await nurse.sign_in("SYN-NURSE")
    await expect(page).to_have_url(re.compile("/worklist$"))
    worklist = Worklist(nurse)
    await worklist.open("?pend=P-CLIN-N")
    claim = world.nurse
    await expect(worklist.row(claim.control_number)).to_contain_text("•••")
    await expect(worklist.row(claim.control_number)).not_to_contain_text("Synthia")
    await worklist.take_by_keyboard(claim.control_number)
    await worklist.page.get_by_role("link", name=claim.claim_id[:8]).click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text(claim.control_number)
    await no_serious_violations(page)
    await fits_its_width(page)
    review = Review(nurse, claim.claim_id)
    await (await review.form("recommend")).evaluate("form => { form.noValidate = true; }")
    await review.recommend_denial("too short")
    await expect(page.locator("#recommend .field-error").first).to_be_visible()
    await expect((await review.form("recommend")).get_by_label("Why, about")).to_have_value("too short")
    await no_serious_violations(page)
    await review.recommend_denial(WHY)
    await expect(page.locator("#toasts")).to_contain_text("recommendation is recorded")


async def test_another_person_took_it_and_nothing_typed_is_lost(
    visitors: Visitors, world: World, pipeline: RunningPipeline
) -> None:
    late = await visitors.open()
    page = await late.sign_in("SYN-MD-NY")
    review = Review(late, world.appealed.claim_id)
    await review.open()
    await review.take()
    await (await review.form("decide")).get_by_label("Why, about").fill(WHY)
    pipeline.api("SYN-MD-NY").post(
        f"/api/tasks/{world.appealed.claim_id}/actions", b'{"action":"release"}', {"Idempotency-Key": str(uuid4())}
    )
    pipeline.api("SYN-PEER-NY").post(
        f"/api/tasks/{world.appealed.claim_id}/actions", b'{"action":"take"}', {"Idempotency-Key": str(uuid4())}
    )
    await review.preview_denial(WHY, "S3-09")
    if await page.get_by_role("button", name="Sign and deny").count():
        await review.sign()
    await expect(page.get_by_role("alert").filter(has_text=re.compile(r"\w")).first).to_be_visible()
    await expect(page.get_by_text(WHY).first).to_be_attached()
    await no_serious_violations(page)
    pipeline.api("SYN-PEER-NY").post(
        f"/api/tasks/{world.appealed.claim_id}/actions", b'{"action":"release"}', {"Idempotency-Key": str(uuid4())}
    )


async def test_a_physicians_signed_denial(visitors: Visitors, world: World, pipeline: RunningPipeline) -> None:
    physician = await visitors.open()
    page = await physician.sign_in("SYN-MD-NY")
    review = Review(physician, world.physician.claim_id)
    await review.open()
    await expect(page.get_by_role("heading", name="Deadlines")).to_be_visible()
    await review.take()
    await review.preview_denial(WHY, "S3-09")
    await expect(page.get_by_role("heading", name="Before you sign")).to_be_visible()
    await expect(page.get_by_text("SYN-MD-0001")).to_be_visible()
    await expect(page.get_by_role("heading", name="What the law demands of it").first).to_be_visible()
    await no_serious_violations(page)
    await review.sign()
    await expect(page.locator("#toasts")).to_contain_text("decision is recorded")
    determined_as(pipeline, world.physician, "denied")
    overseer = await visitors.open()
    shown = await overseer.sign_in("SYN-SUPERVISOR", f"/claims?q={world.physician.control_number}")
    await expect(shown.locator("main")).to_contain_text("denied")


async def test_an_appeal_is_decided_by_a_person_who_had_no_part_in_the_denial(
    visitors: Visitors, world: World, pipeline: RunningPipeline
) -> None:
    reference = appeal_filed(pipeline, world.physician)
    involved, other = await visitors.open(), await visitors.open()
    page = await involved.sign_in("SYN-SUPERVISOR", "/appeals")
    await no_serious_violations(page)
    await expect(page.locator("tbody tr", has_text=reference)).to_contain_text("SYN-MD-NY")
    page = await other.sign_in("SYN-APPEALS-MD", "/appeals")
    appeal = Appeal(other)
    await appeal.open(reference)
    await expect(page.locator("section", has_text="Took part before").last).to_contain_text("SYN-MD-NY")
    await no_serious_violations(page)
    await appeal.overturn(APPEAL)
    await expect(page.locator("article.letter").first).to_contain_text("We changed our decision")
    await no_serious_violations(page)
    await appeal.sign()
    await expect(page.locator("#toasts")).to_contain_text("decision is recorded")
    await expect(page.locator(".timeline").first).to_contain_text("overturned")
    await no_serious_violations(page)


async def test_an_operator_finds_a_dead_letter_and_replays_it(visitors: Visitors, world: World) -> None:
    operator = await visitors.open()
    page = await operator.sign_in("SYN-OPS", "/dead-letters")
    letters = DeadLetters(operator)
    await letters.open_newest_unreadable()
    await expect(page.get_by_label("Value as text")).to_have_count(0)
    await letters.open_bytes()
    await expect(page.get_by_label("Value as text")).to_contain_text("is not an event")
    await no_serious_violations(page)
    await letters.replay()
    await expect(page.get_by_text("Asked for by")).to_be_visible()
    await expect(page.get_by_role("button", name="Replay it unchanged")).to_have_count(0)


async def test_a_bulk_release_by_two_people(visitors: Visitors, world: World) -> None:
    one, other = await visitors.open(), await visitors.open()
    await one.sign_in("SYN-OPS", "/bulk-retries")
    proposing = BulkReleases(one)
    await proposing.look("P-ELIG")
    await no_serious_violations(one.page)
    address = await proposing.propose(PURPOSE)
    await expect(one.page.get_by_role("button", name="Agree and begin")).to_have_count(0)
    await no_serious_violations(one.page)
    await other.sign_in("SYN-SUPERVISOR", "/bulk-retries")
    agreeing = BulkReleases(other)
    await agreeing.agree(address)
    await expect(other.page.locator("#progress")).to_contain_text("claims are done with")
    await expect(other.page.locator("#progress")).to_contain_text("finished", timeout=60_000)
    await no_serious_violations(other.page)
