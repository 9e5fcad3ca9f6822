from __future__ import annotations

from uuid import uuid4

import pytest

from adjudication.model.vocabulary import ClaimId
from tests.builders.console.html_forms import form
from tests.builders.console.office import Office, person
from tests.builders.ledger.submissions import a_submission

pytestmark = pytest.mark.servers

UNKNOWN_CLAIM = "00000000-0000-4000-8000-000000000000"
"""Fixed: two test processes must collect the same tests."""


async def test_several_claims_are_taken_at_once_each_with_its_own_answer(office: Office, study: ClaimId) -> None:
    [scan] = await office.waiting(a_submission("SCAN-1", "72148"))
    offered = form((await office.get("/worklist", "NURSE")).text, "/worklist/take").offered["take"]
    await office.act(scan, "MD-NY", action="take")
    answer = await office.post("/worklist/take", "NURSE", {"take": offered})
    assert answer.status_code == 200
    assert "1 of 2 taken" in answer.text
    assert "assigned to another reviewer until" in answer.text
    assert await holders(office) == {study: "NURSE", scan: "MD-NY"}


async def test_the_same_page_sent_twice_takes_once(office: Office, study: ClaimId) -> None:
    offered = form((await office.get("/worklist", "NURSE")).text, "/worklist/take").offered["take"]
    for _ in range(2):
        answer = await office.post("/worklist/take", "NURSE", {"take": offered})
        assert "1 of 1 taken" in answer.text
    [count] = await office.rows("SELECT count(*) FROM audit_trail WHERE subject = :s", s=f"claim/{study}")
    assert count[0] == 1


async def test_the_view_stays_as_it_was_filtered(office: Office, study: ClaimId) -> None:
    page = (await office.get("/worklist?pend=P-CLIN-MD", "NURSE")).text
    sent = form(page, "/worklist/take")
    answer = await office.post("/worklist/take", "NURSE", {"take": sent.offered["take"], "pend": sent.first("pend")})
    assert '<option value="P-CLIN-MD" selected>' in answer.text
    assert study in answer.text


async def test_nothing_selected_is_shown(office: Office) -> None:
    answer = await office.post("/worklist/take", "NURSE", {})
    assert answer.status_code == 422
    assert "select claims first" in answer.text.lower()


@pytest.mark.parametrize("sent", ["x", UNKNOWN_CLAIM, f"{UNKNOWN_CLAIM} x", f"x {UNKNOWN_CLAIM}"])
async def test_what_no_page_of_ours_wrote_is_refused(office: Office, sent: str) -> None:
    assert (await office.post("/worklist/take", "NURSE", {"take": [sent]})).status_code == 422


async def test_a_claim_of_another_queue_is_not_taken(office: Office, study: ClaimId) -> None:
    answer = await office.post("/worklist/take", "CODER", {"take": [f"{study} {uuid4()}"]})
    assert "0 of 1 taken" in answer.text
    assert "none of your roles" in answer.text
    assert await holders(office) == {}


async def test_a_form_without_the_sessions_token_takes_nothing(office: Office, study: ClaimId) -> None:
    answer = await office.post("/worklist/take", "NURSE", {"take": [f"{study} {uuid4()}"], "csrf": "forged"})
    assert answer.status_code == 403
    assert await holders(office) == {}


async def holders(office: Office) -> dict[str, str]:
    rows = await office.rows(
        "SELECT substr(subject, 7), person_id FROM audit_trail WHERE content->>'action' = 'take' ORDER BY number"
    )
    return dict(tuple(row) for row in rows)


async def test_a_session_takes_only_what_its_own_roles_work_on(office: Office, study: ClaimId) -> None:
    await office.hire(person("BOTH", "nurse", "coder"))
    await office.signed_in("BOTH", "coder")
    answer = await office.post("/worklist/take", "BOTH", {"take": f"{study} {uuid4()}"})
    assert "none of your roles works on what this claim is pended for" in answer.text
    assert await office.rows("SELECT 1 FROM audit_trail WHERE subject = :s", s=f"claim/{study}") == []
