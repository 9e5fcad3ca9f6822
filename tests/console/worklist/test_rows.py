from __future__ import annotations

from typing import Any

import pytest

from adjudication.model.vocabulary import ClaimId
from tests.builders.console.html_forms import forms
from tests.builders.console.office import RATIONALE, Office
from tests.builders.ledger.desks import a_desk
from tests.builders.ledger.submissions import MEMBER, a_coverage_change, a_submission

pytestmark = pytest.mark.servers


async def test_a_row_says_what_waits_by_which_policy_until_when_and_what_is_at_stake(
    office: Office, study: ClaimId
) -> None:
    page = (await office.get("/worklist", "MD-NY")).text
    for value in (
        "STUDY-1",
        "0609T",
        "P-CLIN-MD",
        "lines 1–4",
        "HUDSON-COMM",
        "commercial",
        "hudson-6.01.03",
        "NPI 1234567893",
    ):
        assert value in page, value
    assert "$2,000.00" in page
    assert "NY license" in page
    assert "a rule without criteria decides" in page
    assert f'href="/review/{study}"' in page


async def test_no_row_states_whose_claim_it_is_and_looking_leaves_no_mark(office: Office, study: ClaimId) -> None:
    page = (await office.get("/worklist", "MD-NY")).text
    assert "•••001" in page
    for private in (MEMBER, "Synthberg", "Synnove", "1961"):
        assert private not in page
    assert await office.rows("SELECT 1 FROM audit_trail WHERE subject = :s", s=f"view/{study}") == []


async def test_siblings_on_other_claims_and_documents_asked_for_are_counted(office: Office, study: ClaimId) -> None:
    await office.waiting(a_submission("STUDY-2", "0612T"))
    kind = min(office.library.reference.documents)
    await office.act(study, "NURSE", action="take")
    await office.act(study, "NURSE", action="request-documents", kinds=[kind])
    page = (await office.get("/worklist", "BOSS")).text
    assert "0 of 1 documents came" in page
    assert "1 sibling line" in page
    assert "4 sibling lines" in page


async def test_a_row_and_its_case_state_the_contract_status_where_the_roster_knows_it(office: Office) -> None:
    desk = await a_desk(office.stores, a_submission("SCAN-1"), a_coverage_change(plan="HUDSON-MA"))
    words = "· contract with HUDSON-MA"
    assert words in (await office.get("/worklist", "BOSS")).text
    assert words in (await office.get(f"/review/{desk.claim_id}", "BOSS")).text
    [task] = (await office.call("GET", "/api/tasks", "BOSS")).json()["tasks"]
    assert task["contracts"] == {"HUDSON-MA": True}


async def test_who_holds_it_and_who_may_not_decide_is_shown(office: Office, study: ClaimId) -> None:
    await office.act(study, "NURSE", action="take")
    assert "taken</span> NURSE" in (await office.get("/worklist", "MD-NY")).text
    assert "yours</span>" in (await office.get("/worklist", "NURSE")).text
    recommends: dict[str, Any] = {
        "action": "recommend",
        "line": 1,
        "outcome": "necessity.experimental",
        "resolution": "denies",
    }
    await office.act(study, "NURSE", **recommends, rationale=RATIONALE)
    assert "may not decide: NURSE" in (await office.get("/worklist", "MD-NY")).text


async def test_nothing_waiting_is_shown_as_such_and_what_to_do(office: Office) -> None:
    assert "Nothing waits for you" in (await office.get("/worklist", "NURSE")).text
    filtered = (await office.get("/worklist?pend=P-DOC", "NURSE")).text
    assert "Nothing waits in this view" in filtered
    assert 'href="/worklist"' in filtered


async def test_a_claim_of_another_queue_is_not_listed(office: Office, study: ClaimId) -> None:
    assert study not in (await office.get("/worklist", "CODER")).text


async def test_who_is_not_on_the_list_of_active_staff_sees_nothing(office: Office, study: ClaimId) -> None:
    answer = await office.get("/worklist", "GONE")
    assert answer.status_code == 403
    assert study not in answer.text


async def test_signed_out_leads_to_sign_in_and_back(office: Office) -> None:
    answer = await office.get("/worklist?pend=P-DOC")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Fworklist%3Fpend%3DP-DOC"


async def test_every_row_that_can_be_taken_has_its_own_action(office: Office, study: ClaimId) -> None:
    [other] = await office.waiting(a_submission("STUDY-2", "0609T"))
    page = (await office.get("/worklist", "MD-NY")).text
    [list_form] = [form for form in forms(page) if form.action == "/worklist/take"]
    named = [value.split(" ") for value in list_form.offered["take"]]
    assert {claim for claim, _ in named} == {study, other}
    assert len({action for _, action in named}) == 2
