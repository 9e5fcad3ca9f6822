"""Errors in our words, and the way back: after the session ended, and after a form that answered with a page."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from adjudication.model.vocabulary import ClaimId
from tests.builders.console.office import RATIONALE, Office, problem
from tests.builders.console.review_screens import send, sending, take

pytestmark = pytest.mark.servers

FRAMEWORK = ("UUID", "Input should", "path.", "query.", "body.", "extra_forbidden", "string_")
"""What frameworks write where a person should read words."""


@pytest.mark.parametrize("path", ["/claims/x", "/review/x", "/appeals/x", "/bulk-retries/x", "/dead-letters/x"])
async def test_an_address_whose_id_is_none_is_no_page(office: Office, path: str) -> None:
    answer = await office.get(path, "BOSS")
    assert problem(answer) == (404, "not-found")
    assert not [words for words in FRAMEWORK if words in answer.text]


@pytest.mark.parametrize("query", ["role=king", "least=many", "served_from=someday", "sort=color", "due=soon"])
async def test_what_is_wrong_in_an_address_is_named_as_on_the_page(office: Office, query: str) -> None:
    answer = await office.get(f"/worklist?{query}", "BOSS")
    assert problem(answer) == (422, "invalid")
    assert f"<strong>{query.partition('=')[0].replace('_', ' ')}</strong>" in answer.text
    assert not [words for words in FRAMEWORK if words in answer.text]


@pytest.mark.parametrize(
    ("sent_to", "page"),
    [
        ("/review/{claim}/actions/take", "/review/{claim}"),
        ("/review/{claim}/preview", "/review/{claim}"),
        ("/claims/{claim}/open", "/claims/{claim}"),
        ("/appeals/{claim}/actions/decide", "/appeals/{claim}"),
        ("/worklist/take", "/worklist"),
        ("/dead-letters/bulk", "/dead-letters"),
        ("/bulk-retries", "/bulk-retries"),
    ],
)
async def test_who_sends_a_form_after_the_session_ended_comes_back_to_its_page(
    office: Office, sent_to: str, page: str
) -> None:
    claim = str(uuid4())
    await office.signed_in("BOSS")
    office.now += timedelta(hours=1)
    answer = await office.post(sent_to.format(claim=claim), "BOSS")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?next=" + page.format(claim=claim).replace("/", "%2F") + "&")


async def test_a_page_that_answers_a_form_has_an_address_to_come_back_to(office: Office, study: ClaimId) -> None:
    await take(office, study, "MD-NY")
    filled = await sending(office, study, "MD-NY", "/preview")
    way = next(each for each in filled.offered["way"] if "experimental" in each)
    chosen = {"way": way, "pend": filled.offered["pend"][:1], "criteria": filled.offered["criteria"][:1]}
    preview = await send(office, filled, "MD-NY", **chosen, rationale=RATIONALE)
    assert "Before you" in preview.text
    assert f'data-address="/review/{study}"' in preview.text
    assert "data-address" not in (await office.get(f"/review/{study}", "MD-NY")).text
