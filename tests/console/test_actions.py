from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from adjudication.model.vocabulary import ClaimId
from console.ports import NotWaitingError, UnansweredError
from storage.audit.trail import broken
from tests.builders.console.office import RATIONALE, Office, problem
from tests.builders.ledger.submissions import a_submission

pytestmark = pytest.mark.servers

DENIAL: dict[str, Any] = {
    "action": "decide",
    "line": 1,
    "outcome": "necessity.experimental",
    "resolution": "denies",
    "denies_as": "necessity.experimental",
    "rationale": RATIONALE,
    "criteria": ["S3-09"],
}


async def test_an_allowed_action_is_answered_in_words(office: Office, study: ClaimId) -> None:
    action = str(uuid4())
    answer = await office.act(study, "NURSE", action, action="take")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["action_id"], body["accepted"], body["code"]) == (action, True, "accepted")
    assert "30 minutes" in body["words"]


async def test_a_nurse_denies_nothing_and_a_physician_signs_with_the_right_license(
    office: Office, study: ClaimId
) -> None:
    await office.act(study, "NURSE", action="take")
    assert problem(await office.act(study, "NURSE", **DENIAL)) == (403, "role-may-not")
    await office.act(study, "NURSE", action="release")
    await office.act(study, "MD-OH", action="take")
    refused = await office.act(study, "MD-OH", **DENIAL)
    assert problem(refused) == (403, "license-state")
    assert "NY" in refused.json()["detail"]
    await office.act(study, "MD-OH", action="release")
    await office.act(study, "MD-NY", action="take")
    assert (await office.act(study, "MD-NY", **DENIAL)).status_code == 200
    [signature] = await office.rows("SELECT reviewer_id, licence_state FROM reviewer_signatures")
    assert tuple(signature) == ("MD-NY", "NY")
    assert [words async for words in broken(office.engine)] == []


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({"rationale": "no"}, (422, "rationale")),
        ({"criteria": []}, (422, "criteria")),
        ({"denies_as": "edits.ncci_pair"}, (422, "outcome")),
        ({"line": 9}, (409, "not-waiting")),
    ],
)
async def test_what_was_sent_is_refused_as_invalid_and_what_the_case_forbids_as_a_conflict(
    office: Office, study: ClaimId, change: dict[str, object], refused: tuple[int, str]
) -> None:
    await office.act(study, "MD-NY", action="take")
    assert problem(await office.act(study, "MD-NY", **{**DENIAL, **change})) == refused


async def test_what_was_not_taken_is_a_conflict(office: Office, study: ClaimId) -> None:
    assert problem(await office.act(study, "MD-NY", **DENIAL)) == (409, "not-taken")
    await office.act(study, "NURSE", action="take")
    assert problem(await office.act(study, "MD-NY", action="take")) == (409, "taken")


async def test_the_same_action_twice_has_one_effect_and_one_answer(office: Office, study: ClaimId) -> None:
    action = str(uuid4())
    answers = await asyncio.gather(*(office.act(study, "NURSE", action, action="take") for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    [count] = await office.rows("SELECT count(*) FROM audit_trail WHERE action_id = CAST(:a AS uuid)", a=action)
    assert count[0] == 1


async def test_a_refusal_sent_again_is_the_same_refusal_without_asking_the_workflow(
    office: Office, study: ClaimId
) -> None:
    action = str(uuid4())
    first = await office.act(study, "CODER", action, action="take")
    again = await office.act(study, "CODER", action, action="take")
    assert problem(first) == problem(again) == (403, "not-your-queue")
    assert office.desk.asked == [action]


@pytest.mark.parametrize("by", ["another action", "another person", "another claim"])
async def test_an_id_used_before_names_nothing_else(office: Office, study: ClaimId, by: str) -> None:
    [scan] = await office.waiting(a_submission("SCAN-1", "72148"))
    action = str(uuid4())
    await office.act(study, "NURSE", action, action="take")
    again = {
        "another action": office.act(study, "NURSE", action, action="release"),
        "another person": office.act(study, "MD-NY", action, action="take"),
        "another claim": office.act(scan, "NURSE", action, action="take"),
    }
    answers = dict(zip(again, await asyncio.gather(*again.values()), strict=True))
    assert problem(answers[by]) == (422, "idempotency-key-reused")


async def test_an_action_without_an_id_gets_one(office: Office, study: ClaimId) -> None:
    answer = await office.call("POST", f"/api/tasks/{study}/actions", "NURSE", json={"action": "take"})
    assert answer.headers["idempotency-key"] == answer.json()["action_id"]


@pytest.mark.parametrize("key", ["1", "not-a-uuid", "00000000-0000-0000-0000-00000000000G", "A" * 36])
async def test_an_id_that_is_no_uuid_is_refused(office: Office, study: ClaimId, key: str) -> None:
    assert problem(await office.act(study, "NURSE", key, action="take")) == (422, "idempotency-key")


async def test_an_answer_that_got_lost_is_found_in_the_store(office: Office, study: ClaimId) -> None:
    office.desk.loses_answers = True
    assert (await office.act(study, "NURSE", action="take")).status_code == 200


async def test_an_action_no_person_judged_stays_and_is_judged_when_it_is_sent_again(
    office: Office, study: ClaimId
) -> None:
    action = str(uuid4())
    office.desk.failure = UnansweredError()
    silent = await office.act(study, "NURSE", action, action="take")
    assert problem(silent) == (503, "not-answered-yet")
    assert silent.headers["idempotency-key"] == action
    unjudged = (await office.call("GET", f"/api/actions/{action}", "NURSE")).json()
    assert (unjudged["accepted"], unjudged["code"]) == (None, "not-answered-yet")
    office.desk.failure = None
    assert (await office.act(study, "NURSE", action, action="take")).status_code == 200


async def test_a_decided_claim_takes_no_action(office: Office) -> None:
    batch, [one] = await office.stores.accept(a_submission("DONE-1", "72148"))
    await office.stores.decisions.commit(batch.batch_id, [office.stores.determined(one)])
    office.desk.failure = NotWaitingError()
    assert problem(await office.act(one.claim.claim_id, "NURSE", action="take")) == (409, "closed")


async def test_a_claim_whose_review_has_not_started_yet_can_be_tried_again(office: Office, study: ClaimId) -> None:
    office.desk.failure = NotWaitingError()
    assert problem(await office.act(study, "NURSE", action="take")) == (503, "not-answered-yet")


async def test_a_refusal_is_an_answer_when_it_is_asked_for(office: Office, study: ClaimId) -> None:
    action = str(uuid4())
    await office.act(study, "CODER", action, action="take")
    body = (await office.call("GET", f"/api/actions/{action}", "CODER")).json()
    assert (body["accepted"], body["code"]) == (False, "not-your-queue")
    assert "none of your roles" in body["words"]
