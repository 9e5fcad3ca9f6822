"""The pages of bulk retries: filters, dry run, proposal, agreement, progress, an end; and who may not."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from httpx import Response

from adjudication.model.vocabulary import ClaimId
from adjudication.review.bulk_retry import Stage
from storage.bulk_retries.steps import BulkRetrySteps
from tests.builders.console.office import Office, person, problem
from tests.builders.ledger.submissions import MEMBER, a_submission

pytestmark = pytest.mark.servers

WHY = "The guideline was corrected; these waited for a criterion that was wrong."
CODES = ["P-CLIN-MD", "P-CLIN-N", "P-DOC", "P-PRICE", "P-AUTH"]
HTMX = {"HX-Request": "true"}


@pytest.fixture
async def two(office: Office) -> list[ClaimId]:
    """Two claims that wait, and people of operations."""
    await office.hire(person("OPS-1", "ops"), person("OPS-2", "ops"))
    return await office.waiting(
        a_submission("STUDY-1", "0609T", "0610T", "0611T", "0612T"), a_submission("S-2", "72148")
    )


async def propose(office: Office, who: str = "OPS-1", **change: Any) -> Response:
    sent = {"code": CODES, "mode": "resume", "per_second": "5", "purpose": WHY, "key": str(uuid4()), **change}
    return await office.post("/bulk-retries", who, sent)


async def proposed(office: Office) -> str:
    """Propose; return the address of the release's page."""
    answer = await propose(office)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def text_of(answer: Response) -> str:
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


async def test_an_empty_list_says_what_to_do(office: Office, two: list[ClaimId]) -> None:
    assert "No bulk retry yet" in text_of(await office.get("/bulk-retries", "OPS-1"))


async def test_the_filters_show_how_many_wait_for_each_reason(office: Office, two: list[ClaimId]) -> None:
    page = text_of(await office.get("/bulk-retries/new", "BOSS"))
    assert "P-CLIN-MD Adverse clinical decision expected (1)" in page
    assert "Propose" not in page, "nothing is proposed before a person looked"


async def test_a_dry_run_shows_counts_dollars_and_a_form_that_sends_the_same_filters(
    office: Office, two: list[ClaimId]
) -> None:
    query = {"code": CODES, "plan": "HUDSON-COMM", "served_from": "2025-01-01", "held_too": "yes"}
    answer = await office.get("/bulk-retries/new", "OPS-1", params=query)
    page = text_of(answer)
    assert "$2,500.00" in page
    assert "Propose to retry 2 claims" in page
    assert "2 of these 2 claims" in page
    assert "1 would wait still for P-DOC" in page
    assert "1 would be decided with nothing payable" in page
    for name, value in (("plan", "HUDSON-COMM"), ("served_from", "2025-01-01"), ("held_too", "yes")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in answer.text
    assert MEMBER not in answer.text
    assert "Synthberg" not in answer.text


async def test_filters_that_hold_nothing_offer_no_proposal(office: Office, two: list[ClaimId]) -> None:
    page = text_of(await office.get("/bulk-retries/new", "OPS-1", params={"code": "P-COB"}))
    assert "No pended claim matches" in page
    assert "Propose to retry" not in page


async def test_dates_the_wrong_way_round_are_shown_next_to_the_filters(office: Office, two: list[ClaimId]) -> None:
    query = {"code": "P-DOC", "served_from": "2025-02-01", "served_to": "2025-01-01"}
    assert "last date of service lies before the first" in text_of(
        await office.get("/bulk-retries/new", "OPS-1", params=query)
    )


@pytest.mark.parametrize("query", [{"code": "<b>"}, {"code": "P-DOC", "served_from": "soon"}])
async def test_filters_of_no_person_s_form_are_refused_in_words(
    office: Office, two: list[ClaimId], query: dict[str, str]
) -> None:
    assert problem(await office.get("/bulk-retries/new", "OPS-1", params=query)) == (422, "invalid")


async def test_one_proposes_another_agrees_and_it_begins(office: Office, two: list[ClaimId]) -> None:
    address = await proposed(office)
    mine = await office.get(address, "OPS-1")
    assert "you proposed this bulk retry" in text_of(mine)
    assert "/approve" not in mine.text
    assert problem(await office.post(f"{address}/approve", "OPS-1")) == (403, "own-proposal")
    assert "Agree and begin" in text_of(await office.get(address, "OPS-2"))
    agreed = await office.post(f"{address}/approve", "OPS-2")
    assert agreed.headers["location"] == address
    assert office.runner.begun == [address.rpartition("/")[2]]
    page = text_of(await office.get("/bulk-retries", "BOSS"))
    assert "running 0 of 2" in page


async def test_a_form_sent_twice_proposes_once(office: Office, two: list[ClaimId]) -> None:
    key = str(uuid4())
    first, second = [await propose(office, key=key) for _ in range(2)]
    assert first.headers["location"] == second.headers["location"]
    assert len(await office.rows("SELECT 1 FROM bulk_releases")) == 1


@pytest.mark.parametrize(
    ("field", "value", "words"), [("purpose", "because", "20 characters"), ("per_second", "99", "20")]
)
async def test_what_is_missing_is_shown_next_to_its_field_and_nothing_typed_is_lost(
    office: Office, two: list[ClaimId], field: str, value: str, words: str
) -> None:
    answer = await propose(office, **{field: value})
    assert answer.status_code == 422
    error = re.search(rf'id="f-{field}-error">([^<]+)<', answer.text)
    assert error is not None
    assert words in error.group(1)
    assert value in answer.text
    assert await office.rows("SELECT 1 FROM bulk_releases") == []


async def test_progress_is_asked_for_every_two_seconds_while_it_runs_and_the_page_loads_again_at_its_end(
    office: Office, two: list[ClaimId]
) -> None:
    address = await proposed(office)
    assert "every 2s" not in (await office.get(address, "OPS-1")).text
    await office.post(f"{address}/approve", "OPS-2")
    part = await office.get(address, "OPS-1", headers=HTMX)
    assert 'hx-trigger="every 2s"' in part.text
    assert "<html" not in part.text
    release = address.rpartition("/")[2]
    steps = BulkRetrySteps(office.engine)
    turn = await steps.next_step(release, office.now)
    await steps.record_signaled(release, turn.claims_to_signal[:1], turn.claims_to_signal[1:])
    page = text_of(await office.get(address, "OPS-1", headers=HTMX))
    assert "1 of 2 claims are done with; 1 under way" in page
    assert "no review workflow found" in page
    await office.post(f"{address}/cancel", "BOSS")
    last = await office.get(address, "OPS-1", headers=HTMX)
    assert last.headers["HX-Refresh"] == "true"


async def test_it_is_paused_goes_on_and_is_cancelled_by_buttons_that_say_so(office: Office, two: list[ClaimId]) -> None:
    address = await proposed(office)
    await office.post(f"{address}/approve", "OPS-2")
    for step, then in (("pause", "Continue"), ("go-on", "Pause"), ("cancel", "cancelled")):
        assert (await office.post(f"{address}/{step}", "BOSS")).status_code == 303
        assert then in text_of(await office.get(address, "BOSS"))
    assert problem(await office.post(f"{address}/go-on", "BOSS")) == (409, "not-now")


async def test_an_expired_proposal_offers_to_look_at_the_same_filters_again(office: Office, two: list[ClaimId]) -> None:
    address = await proposed(office)
    await office.rows("SELECT 1")
    seen = await office.console.bulk_retries.store.one(address.rpartition("/")[2], office.now)
    assert seen is not None
    assert seen.stage is Stage.PROPOSED
    office.now = office.now.replace(day=office.now.day + 2)
    office.cookies.clear()
    answer = await office.get(address, "OPS-2")
    assert "No second person approved within a day" in text_of(answer)
    again = re.search(r'href="(/bulk-retries/new[^"]+)"', answer.text)
    assert again is not None
    assert "Propose to retry 2 claims" in text_of(await office.get(again.group(1).replace("&amp;", "&"), "OPS-2"))


@pytest.mark.parametrize("who", ["NURSE", "MD-NY", "CODER"])
async def test_other_roles_see_and_do_nothing(office: Office, two: list[ClaimId], who: str) -> None:
    address = await proposed(office)
    refused = [
        await propose(office, who),
        *[await office.get(path, who) for path in ("/bulk-retries", "/bulk-retries/new", address)],
        *[await office.post(f"{address}/{step}", who) for step in ("approve", "cancel", "pause", "go-on")],
    ]
    assert {problem(answer) for answer in refused} == {(403, "role-may-not")}


async def test_who_is_not_signed_in_is_sent_to_sign_in(office: Office, two: list[ClaimId]) -> None:
    address = await proposed(office)
    for path in ("/bulk-retries", "/bulk-retries/new?code=P-DOC", address):
        answer = await office.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in?")


async def test_a_form_of_another_session_changes_nothing(office: Office, two: list[ClaimId]) -> None:
    address = await proposed(office)
    assert problem(await office.post(f"{address}/approve", "OPS-2", {"csrf": "another"})) == (403, "csrf")
    assert office.runner.begun == []


async def test_the_claim_page_names_the_releases_that_a_claim_was_in(office: Office, two: list[ClaimId]) -> None:
    assert "no bulk retry held it" in text_of(await office.get(f"/claims/{two[0]}", "OPS-1"))
    release = await proposed(office)
    shown = await office.get(f"/claims/{two[0]}", "OPS-1")
    assert f'href="{release}"' in shown.text
    assert "proposed not tried in it yet" in text_of(shown)
    worker = (await office.get(f"/claims/{two[0]}", "MD-NY")).text
    assert "Bulk retry" in worker
    assert release not in worker
