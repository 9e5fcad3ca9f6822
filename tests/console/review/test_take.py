from __future__ import annotations

import pytest

from adjudication.model.vocabulary import ClaimId
from console.ports import UnansweredError
from tests.builders.console.office import RATIONALE, Office, person
from tests.builders.console.review_screens import lines, screen, send, sending, take

pytestmark = pytest.mark.servers


async def test_taking_leads_back_to_the_case_and_says_for_how_long(office: Office, study: ClaimId) -> None:
    filled = await sending(office, study, "NURSE", "/actions/take")
    answer = await send(office, filled, "NURSE")
    assert answer.headers["location"] == f"/review/{study}"
    assert "yours until 5:30 AM EDT" in await screen(office, study, "NURSE")


async def test_the_same_form_sent_twice_has_one_effect_and_one_answer(office: Office, study: ClaimId) -> None:
    filled = await sending(office, study, "NURSE", "/actions/take")
    answers = [await send(office, filled, "NURSE") for _ in range(3)]
    assert {answer.status_code for answer in answers} == {303}
    [count] = await office.rows("SELECT count(*) FROM audit_trail WHERE subject = :s", s=f"claim/{study}")
    assert count[0] == 1


async def test_what_another_person_took_meanwhile_is_shown_and_nothing_is_submitted(
    office: Office, study: ClaimId
) -> None:
    filled = await sending(office, study, "NURSE", "/actions/take")
    await office.act(study, "MD-NY", action="take")
    answer = await send(office, filled, "NURSE")
    assert answer.status_code == 409
    assert "assigned to another reviewer until Sep 3, 2025, 5:30 AM EDT" in answer.text
    assert "taken by MD-NY" in answer.text


async def test_a_conflict_keeps_everything_that_was_typed(office: Office, study: ClaimId) -> None:
    await take(office, study, "NURSE")
    filled = await sending(office, study, "NURSE", "/actions/recommend")
    await office.act(study, "NURSE", action="release")
    await office.act(study, "MD-NY", action="take")
    answer = await send(office, filled, "NURSE", pend=lines(filled, 1, 3), resolution="denies", rationale=RATIONALE)
    assert answer.status_code == 409
    assert "take the claim first" in answer.text.lower()
    assert RATIONALE in answer.text
    assert answer.text.count(" checked> line ") == 2
    assert 'value="denies" checked' in answer.text


async def test_releasing_gives_it_back(office: Office, study: ClaimId) -> None:
    await take(office, study, "NURSE")
    assert (await send(office, await sending(office, study, "NURSE", "/actions/release"), "NURSE")).status_code == 303
    await take(office, study, "MD-NY")


async def test_an_action_no_person_judged_keeps_what_was_typed_and_may_be_sent_again(
    office: Office, study: ClaimId
) -> None:
    await take(office, study, "NURSE")
    filled = await sending(office, study, "NURSE", "/actions/recommend")
    typed = {"pend": lines(filled, 1), "resolution": "denies", "rationale": RATIONALE}
    office.desk.failure = UnansweredError()
    silent = await send(office, filled, "NURSE", **typed)
    assert silent.status_code == 503
    assert RATIONALE in silent.text
    office.desk.failure = None
    assert (await send(office, filled, "NURSE", **typed)).status_code == 303


async def test_a_session_with_fewer_roles_than_the_staff_list_does_only_what_those_may(
    office: Office, study: ClaimId
) -> None:
    await office.hire(person("BOTH", "nurse", "coder"))
    await office.signed_in("BOTH", "coder")
    assert (await office.get(f"/review/{study}", "BOTH")).status_code == 403
    answer = await office.post(f"/review/{study}/actions/take", "BOTH", {"action_id": ACTION})
    assert answer.status_code == 403
    assert await office.rows("SELECT accepted FROM review_actions") == [(False,)]


@pytest.mark.parametrize("action", ["fly", "decide/now"])
async def test_an_action_that_does_not_exist_is_not_found(office: Office, study: ClaimId, action: str) -> None:
    answer = await office.post(f"/review/{study}/actions/{action}", "NURSE", {"action_id": ACTION})
    assert answer.status_code == 404


async def test_a_form_that_is_not_ours_is_refused(office: Office, study: ClaimId) -> None:
    assert (await office.post(f"/review/{study}/actions/take", "NURSE", {"action_id": "1"})).status_code == 422
    forged = {"action_id": ACTION, "csrf": "forged"}
    assert (await office.post(f"/review/{study}/actions/take", "NURSE", forged)).status_code == 403


ACTION = "00000000-0000-4000-8000-000000000001"


@pytest.mark.parametrize("line", ["9" * 30, "9" * 5000])
async def test_a_line_that_no_claim_has_is_refused_in_words(office: Office, study: ClaimId, line: str) -> None:
    typed = {"pend": f"{line}|necessity.experimental|{ACTION}", "way": "passes", "rationale": RATIONALE}
    assert (await office.post(f"/review/{study}/actions/decide", "NURSE", typed)).status_code == 422
    asked = {"action_id": ACTION, "kinds": "clinical-note", "lines": line}
    assert (await office.post(f"/review/{study}/actions/request-documents", "NURSE", asked)).status_code < 500


async def test_a_zero_character_in_any_of_several_values_is_refused(office: Office, study: ClaimId) -> None:
    typed = {"action_id": ACTION, "kinds": ["clinical\0note", "clinical-note"]}
    answer = await office.post(f"/review/{study}/actions/request-documents", "NURSE", typed)
    assert answer.status_code == 422
    assert "zero character" in answer.text
