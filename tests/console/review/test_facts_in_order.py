"""Facts asked in order in one short form, wrong ones corrected with a reason, and the tree's words: for, against, open."""

from __future__ import annotations

import html
import re
from typing import Any

import orjson
import pytest

from adjudication.model.vocabulary import ClaimId
from contracts.claim_intake.registration import Submission
from contracts.events.claims import SupportingFactV1
from runtime.settings import REPOSITORY
from tests.builders.console.html_forms import form
from tests.builders.console.office import Office
from tests.builders.console.review_screens import screen, send, sending, take
from tests.builders.ledger.desks import documented, with_claim_fields
from tests.builders.ledger.submissions import SERVICE_DATE, a_submission

pytestmark = pytest.mark.servers

FEW = 8
"""A short form asks at most so much; the whole list of open facts has some forty."""


def with_facts(submission: Submission, **values: dict[str, Any]) -> Submission:
    """The documented claim with some facts of other values, by name with dots as `__`."""
    whole = documented(submission)
    kept = {fact.fact: fact for fact in whole.claim.supporting_information}
    for name, value in values.items():
        fact = name.replace("__", ".")
        stated = {"fact": fact, "source": "SYN-EHR", "recorded_on": SERVICE_DATE, **value}
        kept[fact] = SupportingFactV1.model_validate_json(orjson.dumps(stated))
    return with_claim_fields(submission, {"supporting_information": tuple(kept.values())})


@pytest.fixture
async def scan(office: Office) -> ClaimId:
    """An imaging claim without a single document, taken by the nurse."""
    [claim_id] = await office.waiting(a_submission("SCAN-1", "72148"))
    await take(office, claim_id, "NURSE")
    return claim_id


@pytest.fixture
async def short(office: Office) -> ClaimId:
    """An imaging claim whose record documents three weeks of treatment where six are asked, taken by the nurse."""
    [claim_id] = await office.waiting(with_facts(a_submission("SHORT-1", "72148"), tx__weeks={"number": "3"}))
    await take(office, claim_id, "NURSE")
    return claim_id


def asked(page: str) -> list[str]:
    """The facts that the form of the page asks for, in its order."""
    return re.findall(r'name="fact:([a-z0-9_.]+)"', page)


async def test_the_form_asks_the_least_that_can_settle_it_and_any_other_fact_by_choice(
    office: Office, scan: ClaimId
) -> None:
    page = await screen(office, scan, "NURSE")
    assert 0 < len(asked(page)) <= FEW
    chooser = re.search(r'<select id="more-facts" name="fact".*?</select>', page, re.DOTALL)
    assert chooser
    others = re.findall(r'value="([^"]+)"', chooser.group(0))
    assert len(others) > len(asked(page))
    assert not set(others) & set(asked(page))
    assert page.count("<a ") < 70


async def test_stating_one_fact_opens_the_short_form_for_it_alone(office: Office, scan: ClaimId) -> None:
    page = await screen(office, scan, "NURSE")
    assert '<details class="act" id="record-facts">' in page
    links = re.findall(r'href="\?fact=([a-z0-9_.]+)#record-facts">state it', page)
    assert links
    page = (await office.get(f"/review/{scan}?fact={links[0]}", "NURSE")).text
    assert '<details class="act" id="record-facts" open>' in page
    assert asked(page) == [links[0]]


async def test_what_decides_leads_with_what_is_asked_and_what_is_on_record(office: Office, short: ClaimId) -> None:
    page = html.unescape(await screen(office, short, "NURSE"))
    [section] = re.findall(r'aria-labelledby="deciding">(.*?)</section>', page, re.DOTALL)
    assert "at least 6 weeks" in section
    assert "3 weeks" in section
    assert page.index('id="deciding"') < page.index('id="line-1"')
    worklist = html.unescape((await office.get("/worklist", "NURSE")).text)
    assert "Asked: at least 6 weeks; on record: 3 weeks" in worklist


async def test_a_documented_fact_that_is_wrong_is_corrected_with_its_reason(office: Office, short: ClaimId) -> None:
    page = await screen(office, short, "NURSE")
    assert 'href="?fact=tx.weeks#record-facts">correct it' in page
    page = (await office.get(f"/review/{short}?fact=tx.weeks", "NURSE")).text
    assert "On record: <strong>3</strong>" in page
    filled = form(page, "/actions/record-facts")
    answer = await send(office, filled, "NURSE", **{"fact:tx.weeks": "8"}, source="SYN-DOC-7", reason="")
    assert answer.status_code == 422
    assert "say why what is on record is wrong" in answer.text
    filled = form(page, "/actions/record-facts")
    why = "The clinic's letter counts from the first visit, which the claim left out."
    answer = await send(office, filled, "NURSE", **{"fact:tx.weeks": "8"}, source="SYN-DOC-7", reason=why)
    assert answer.status_code == 303, answer.text
    [[content]] = await office.rows("SELECT content FROM review_actions WHERE content->>'action' = 'record-facts'")
    assert content["reason"] == why
    assert [(fact["fact"], fact["number"], fact["settles"]) for fact in content["facts"]] == [("tx.weeks", "8", True)]
    assert why in html.unescape(await screen(office, short, "NURSE"))


async def test_the_tree_says_what_is_for_and_against_in_the_sources_words(office: Office, short: ClaimId) -> None:
    page = html.unescape(await screen(office, short, "NURSE"))
    reading = page[page.index('class="reading"') :]
    badges = {(kind, text) for kind, text in re.findall(r'badge badge-([a-z]+)">([^<]+)<', reading)}
    assert ("bad", "against") in badges
    assert ("ok", "met") not in badges
    assert ("bad", "not met") not in badges
    quoted = re.findall(r'<q class="quoted">(.*?)</q>', reading, re.DOTALL)
    kept = (REPOSITORY / "policies" / "sources" / "spine-imaging-guideline.yaml").read_text()
    assert quoted
    assert [part for each in quoted for part in each.split(" … ") if part not in kept] == []
    assert "MRI" in page[page.index('aria-labelledby="waits"') : page.index('class="acts"')]


async def test_an_exclusion_that_holds_is_against_the_line_and_a_red_flag_ruled_out_is_not(
    office: Office, study: ClaimId
) -> None:
    await take(office, study, "MD-NY")
    page = await screen(office, study, "MD-NY")
    answer = (await office.get(f"/claims/{study}/policy", "MD-NY")).text
    for text in (page, answer):
        assert 'badge-ok">met<' not in text
    filled = await sending(office, study, "MD-NY", "/preview")
    assert filled.offered["way"]
