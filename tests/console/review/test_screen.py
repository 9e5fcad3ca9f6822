from __future__ import annotations

import re
from datetime import timedelta

import pytest

from adjudication.model.vocabulary import ClaimId
from tests.builders.console.html_forms import has_form
from tests.builders.console.office import Office
from tests.builders.console.review_screens import screen, take
from tests.builders.ledger.submissions import MEMBER, a_submission, an_authorization_change

pytestmark = pytest.mark.servers


async def test_an_opened_case_shows_the_member_the_criteria_and_where_each_comes_from(
    office: Office, study: ClaimId
) -> None:
    page = await screen(office, study, "MD-NY")
    cited = ("S3-09", "Medical policy 6.01.03, magnetic resonance spectroscopy", "statement II; CPT codes, rows 2 to 5")
    for value in (MEMBER, "Synthberg", "hudson-6.01.03", *cited, "M54.10", "P-CLIN-MD"):
        assert value in page, value


async def test_opening_is_in_the_trail_each_time_and_before_anything_is_shown(office: Office, study: ClaimId) -> None:
    await screen(office, study, "NURSE")
    await screen(office, study, "MD-NY")
    viewed = await office.rows(
        "SELECT person_id, role FROM audit_trail WHERE subject = :s ORDER BY number", s=f"view/{study}"
    )
    assert [tuple(row) for row in viewed] == [("NURSE", "nurse"), ("MD-NY", "physician")]


async def test_what_would_change_the_answer_is_shown_by_answer(office: Office) -> None:
    [scan] = await office.waiting(a_submission("SCAN-1", "72148"))
    page = await screen(office, scan, "NURSE")
    assert "What would change the answer" in page
    assert "<strong>yes</strong> →" in page
    assert "other rules of this policy" in page


async def test_a_rule_that_did_not_decide_is_read_on_demand_and_that_is_recorded(office: Office) -> None:
    [scan] = await office.waiting(a_submission("SCAN-1", "72148"))
    page = await screen(office, scan, "NURSE")
    address = page.split('<div class="here"><a href="')[1].split('"')[0].replace("&amp;", "&")
    whole = await office.get(address, "NURSE")
    assert 'class="criterion"' in whole.text
    part = await office.get(address, "NURSE", headers={"HX-Request": "true"})
    assert part.text.lstrip().startswith("<")
    assert "<html" not in part.text
    [count] = await office.rows("SELECT count(*) FROM audit_trail WHERE subject = :s", s=f"view/{scan}")
    assert count[0] == 3
    assert (await office.get(address, "CODER")).status_code == 403


async def test_the_clocks_come_with_their_arithmetic(office: Office, study: ClaimId) -> None:
    page = await screen(office, study, "MD-NY")
    assert 'class="arithmetic"' in page
    assert "received Sep 1, 2025" in page


async def test_other_services_and_authorizations_of_the_member_stand_next_to(office: Office, study: ClaimId) -> None:
    [sibling] = await office.waiting(a_submission("STUDY-2", "0612T"))
    await office.stores.feeds.apply_authorizations([an_authorization_change()])
    page = await screen(office, study, "MD-NY")
    assert f"/claims/{sibling}" in page
    assert "same study" in page
    assert "AUTH-1" in page


async def test_an_unknown_claim_is_not_found(office: Office) -> None:
    answer = await office.get("/review/00000000-0000-4000-8000-000000000000", "NURSE")
    assert answer.status_code == 404
    assert "no accepted claim" in answer.text.lower()


@pytest.mark.parametrize("who", ["CODER", "KIN", "GONE"])
async def test_who_does_not_work_on_it_sees_nothing_of_it(office: Office, study: ClaimId, who: str) -> None:
    answer = await office.get(f"/review/{study}", who)
    assert answer.status_code == 403
    assert MEMBER not in answer.text
    assert "STUDY-1" not in answer.text
    assert await office.rows("SELECT 1 FROM audit_trail WHERE subject = :s", s=f"view/{study}") == []


@pytest.mark.parametrize("who", ["CODER", "KIN", "GONE"])
@pytest.mark.parametrize("part", ["/state?mark=x", "/rule?line=1&leg=x&rule=x"])
async def test_a_part_of_the_screen_is_closed_to_the_same_people(
    office: Office, study: ClaimId, who: str, part: str
) -> None:
    answer = await office.get(f"/review/{study}{part}", who)
    assert answer.status_code == 403
    assert MEMBER not in answer.text


async def test_a_reviewer_learns_that_the_claim_changed_and_that_a_rule_was_not_asked(
    office: Office, study: ClaimId
) -> None:
    assert (await office.get(f"/review/{study}/state?mark=x", "NURSE")).status_code == 200
    unknown = await office.get(f"/review/{study}/rule?line=1&leg=x&rule=x", "NURSE")
    assert unknown.status_code == 404
    assert "open the case again" in unknown.text


async def test_signed_out_leads_to_sign_in(office: Office, study: ClaimId) -> None:
    assert (await office.get(f"/review/{study}")).headers["location"].startswith("/sign-in?next=%2Freview%2F")
    assert (await office.post(f"/review/{study}/actions/take", data={"action_id": "x"})).status_code == 303


async def test_a_decided_claim_is_shown_as_decided_and_leads_to_its_page_without_member_data(office: Office) -> None:
    batch, [one] = await office.stores.accept(a_submission("DONE-1", "72148"))
    await office.stores.decisions.commit(batch.batch_id, [office.stores.determined(one)])
    answer = await office.get(f"/review/{one.claim.claim_id}", "NURSE")
    assert answer.status_code == 200
    assert "This claim is decided" in answer.text
    assert f"/claims/{one.claim.claim_id}" in answer.text
    assert MEMBER not in answer.text


async def test_a_page_learns_when_a_person_did_something(office: Office, study: ClaimId) -> None:
    page = await screen(office, study, "NURSE")
    address = next(each for each in re.findall('hx-get="([^"]+)"', page) if "/state" in each)
    assert (await office.get(address, "NURSE")).status_code == 204
    await office.act(study, "MD-NY", action="take")
    changed = await office.get(address, "NURSE")
    assert "This claim has changed" in changed.text
    assert (await office.get(address, "CODER")).status_code == 403


async def test_the_next_free_claim_is_one_key_away(office: Office, study: ClaimId) -> None:
    await office.act(study, "MD-NY", action="take")
    [scan] = await office.waiting(a_submission("SCAN-1", "72148"))
    assert (await office.get("/review/next", "NURSE")).headers["location"] == f"/review/{scan}"
    await office.act(scan, "MD-NY", action="take")
    assert (await office.get("/review/next", "NURSE")).headers["location"] == "/worklist"


async def test_nothing_but_taking_is_offered_until_it_is_taken(office: Office, study: ClaimId) -> None:
    page = await screen(office, study, "NURSE")
    assert has_form(page, "/actions/take")
    assert not has_form(page, "/actions/recommend")
    await take(office, study, "NURSE")
    page = await screen(office, study, "NURSE")
    assert has_form(page, "/actions/recommend")
    office.now += timedelta(minutes=31)
    office.cookies.clear()
    assert not has_form(await screen(office, study, "NURSE"), "/actions/recommend")


async def test_whose_work_it_is_not_is_led_to_a_written_reason_unless_they_have_an_interest(
    office: Office, study: ClaimId
) -> None:
    way = f'href="/break-glass/{study}"'
    assert way in (await office.get(f"/review/{study}", "CODER")).text
    assert way not in (await office.get(f"/review/{study}", "KIN")).text


async def test_what_it_waits_for_comes_first_then_what_one_may_do(office: Office, study: ClaimId) -> None:
    page = await screen(office, study, "MD-NY")
    order = [page.index(f'<h2 id="{name}">') for name in ("waits", "acting", "line-1")]
    assert order == sorted(order)
