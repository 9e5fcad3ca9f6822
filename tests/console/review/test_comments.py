from __future__ import annotations

from uuid import uuid4

import pytest

from adjudication.model.vocabulary import ClaimId
from tests.builders.console.office import Office
from tests.builders.console.review_screens import screen, send, sending

pytestmark = pytest.mark.servers

WORDS = "The clinic says the films follow on Friday; wait with <the call>."


async def test_a_comment_is_there_for_colleagues_and_sent_twice_it_is_there_once(
    office: Office, study: ClaimId
) -> None:
    filled = await sending(office, study, "NURSE", "/comments")
    for _ in range(2):
        answer = await send(office, filled, "NURSE", words=WORDS)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/review/{study}#comments")
    page = await screen(office, study, "MD-NY")
    assert page.count("the films follow on Friday; wait with &lt;the call&gt;.") == 1
    assert "<strong>NURSE</strong>" in page
    assert await office.rows("SELECT 1 FROM audit_trail WHERE subject = :s", s=f"claim/{study}") == []


async def test_nothing_said_and_another_persons_claim_are_refused(office: Office, study: ClaimId) -> None:
    filled = await sending(office, study, "NURSE", "/comments")
    assert (await send(office, filled, "NURSE", words=" ")).status_code == 422
    sent = {"words": WORDS, "comment_id": str(uuid4())}
    assert (await office.post(f"/review/{study}/comments", "CODER", sent)).status_code == 403
    assert await office.rows("SELECT 1 FROM claim_comments") == []
