"""The letters due on a claim, as a page to print: for whom, on the record, complete or refused in words."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from adjudication.model.vocabulary import ClaimId
from tests.builders.console.claim_page import RATIONALE, decided, viewed
from tests.builders.console.mail_room import HOME, MailRoom, addressed
from tests.builders.console.office import Office
from tests.builders.ledger.submissions import a_coverage_change, a_submission

pytestmark = pytest.mark.servers


@pytest.fixture
async def scan(office: Office) -> ClaimId:
    """A claim that waits for records."""
    [claim_id] = await office.waiting(a_submission("SCAN-1", "72148"))
    return claim_id


@pytest.mark.parametrize("audience", ["member", "provider"])
async def test_the_letter_due_is_shown_with_what_the_law_demands_of_it_on_the_record(
    office: Office, scan: ClaimId, audience: str
) -> None:
    shown = await office.get(f"/claims/{scan}/letters/{audience}", "BOSS")
    assert shown.status_code == 200
    assert "Request for records" in shown.text
    assert "What the law demands of it" in shown.text
    assert ">missing<" not in shown.text
    assert await viewed(office) == [(f"view/{scan}", "BOSS", "supervisor")]


async def test_a_claim_that_asks_no_person_for_anything_says_that_no_letter_is_due(
    office: Office, study: ClaimId
) -> None:
    shown = (await office.get(f"/claims/{study}/letters/member", "BOSS")).text
    assert "no letter is due" in shown
    assert 'class="letter"' not in shown


async def test_a_letter_that_would_be_incomplete_says_what_it_lacks_and_shows_nothing_else(office: Office) -> None:
    claim = await decided(office)
    shown = (await office.get(f"/claims/{claim}/letters/member", "BOSS")).text
    assert "No letter." in shown
    assert "no enrollment names this person" in shown
    assert RATIONALE not in shown


@pytest.mark.parametrize("who", ["CODER", "KIN", "GONE", None])
async def test_others_see_no_letter_and_no_look_is_recorded(office: Office, scan: ClaimId, who: str | None) -> None:
    answer = await office.get(f"/claims/{scan}/letters/member", who)
    assert answer.status_code == (303 if who is None else 403)
    assert "Request for records" not in answer.text
    assert await viewed(office) == []


async def test_nothing_is_shown_when_the_look_cannot_be_recorded(office: Office, scan: ClaimId) -> None:
    await office.stores.execute("ALTER TABLE audit_trail ADD CONSTRAINT refuse CHECK (number < 0) NOT VALID")
    try:
        answer = await office.get(f"/claims/{scan}/letters/member", "BOSS")
    finally:
        await office.stores.execute("ALTER TABLE audit_trail DROP CONSTRAINT refuse")
    assert answer.status_code >= 500
    assert "Request for records" not in answer.text


async def test_the_claim_page_leads_to_its_letters_once_it_is_opened(office: Office, scan: ClaimId) -> None:
    link = f'href="/claims/{scan}/letters/member"'
    assert link not in (await office.get(f"/claims/{scan}", "BOSS")).text
    assert link in (await office.post(f"/claims/{scan}/open", "BOSS")).text


async def test_a_letter_is_shown_in_large_print_to_a_reader_who_asks_for_it(office: Office, scan: ClaimId) -> None:
    path = f"/claims/{scan}/letters/member"
    assert "letter-large" not in (await office.get(path, "BOSS")).text
    assert 'class="letter letter-large"' in (await office.get(f"{path}?large=yes", "BOSS")).text


async def test_there_are_letters_to_the_member_and_to_the_provider_only(office: Office, scan: ClaimId) -> None:
    assert (await office.get(f"/claims/{scan}/letters/employer", "BOSS")).status_code == 404


async def test_an_issued_letter_is_kept_and_shown_instead_of_a_new_one(office: Office, scan: ClaimId) -> None:
    path = f"/claims/{scan}/letters/provider"
    shown = (await office.get(path, "BOSS")).text
    assert "Draft: not issued" in shown
    [digest] = re.findall(r'name="digest" value="([0-9a-f]{64})"', shown)
    for who in ("CODER", "NURSE"):
        assert (await office.post(f"{path}/issue", who, {"digest": digest})).status_code == 403
    assert (await office.post(f"{path}/issue", "BOSS", {"digest": digest})).status_code == 303
    assert (await office.post(f"{path}/issue", "BOSS", {"digest": digest})).status_code == 409
    office.now += timedelta(minutes=10)
    later = (await office.get(path, "BOSS")).text
    assert digest in later
    assert "Request for records" in later
    assert "Draft: not issued" not in later
    assert "Draft: not issued" in (await office.get(f"/claims/{scan}/letters/member", "BOSS")).text


async def test_a_member_whose_enrollment_says_spanish_gets_spanish_letters_and_the_pdf_names_the_language(
    office: Office,
) -> None:
    [claim] = await office.waiting(a_submission("SCAN-1", "72148"))
    await addressed(office)
    spoken = a_coverage_change(3).model_copy(update={"language": "es", "address": HOME})
    await office.stores.feeds.apply_coverage([spoken])
    await MailRoom(office).look()
    kept = await office.rows("SELECT audience, convert_from(body, 'UTF8'), layout ->> 'language' FROM issued_letters")
    texts = {audience: (text, language) for audience, text, language in kept}
    assert texts["member"][1] == "es"
    assert "Todavía no podemos decidir esta reclamación." in texts["member"][0]
    assert "Llame al " in texts["member"][0]
    assert texts["provider"][1] == "en"
    assert 'lang="es"' in (await office.get(f"/claims/{claim}/letters/member", "BOSS")).text


async def test_a_member_may_ask_for_the_other_language_after_the_letter_went_out(office: Office) -> None:
    [claim] = await office.waiting(a_submission("SCAN-1", "72148"))
    await addressed(office)
    room = MailRoom(office)
    await room.look()
    before = await room.issued()
    page = (await office.get(f"/claims/{claim}/letters/member?language=es", "BOSS")).text
    assert "Todavía no podemos decidir esta reclamación." in page
    digest = re.findall(r'name="digest" value="([0-9a-f]{64})"', page)[0]
    answer = await office.post(f"/claims/{claim}/letters/member/issue", "BOSS", {"digest": digest})
    assert answer.status_code == 303
    [copy] = [each for each in await room.issued() if each not in before]
    assert copy[2].endswith(" in Spanish")
    assert (await office.get(f"/claims/{claim}/letters/member?language=fr", "BOSS")).status_code == 422
