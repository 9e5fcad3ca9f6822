"""The desk and the workload: what waits for one person, and who has how much in hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adjudication.model.vocabulary import ClaimId
from tests.builders.console.office import NOW, Office, problem
from tests.builders.console.terminal import Terminal

pytestmark = pytest.mark.servers


async def test_what_came_after_ones_last_action_is_on_the_desk(office: Office, study: ClaimId) -> None:
    await office.act(study, "NURSE", action="take")
    assert (await office.act(study, "NURSE", action="request-documents", kinds=["clinical-note"])).status_code == 200
    desk = (await office.call("GET", "/api/desk", "NURSE")).json()
    assert (desk["news"], [each["control_number"] for each in desk["held"]]) == ([], ["STUDY-1"])
    assert desk["waiting"]["claims"] >= 1

    came = NOW + timedelta(minutes=5)
    await office.run("UPDATE document_requests SET answered_at = :at WHERE kind = 'clinical-note'", at=came)
    [news] = (await office.call("GET", "/api/desk", "NURSE")).json()["news"]
    assert (news["claim_id"], news["what"], news["detail"]) == (study, "document", "clinical-note")
    assert (await office.call("GET", "/api/desk", "MD-NY")).json()["news"] == [], "the physician did nothing on it yet"
    assert "requested document: clinical note" in (await office.get("/desk", "NURSE")).text


async def test_the_digest_is_a_command_too(office: Office, terminal: Terminal, study: ClaimId) -> None:
    await office.act(study, "NURSE", action="take")
    shown = await terminal("NURSE", "tasks", "desk")
    assert shown.returncode == 0, shown.stderr
    assert "you hold STUDY-1" in shown.stdout
    assert study in shown.stdout


async def test_a_supervisor_sees_what_each_person_and_each_queue_has(office: Office, study: ClaimId) -> None:
    await office.act(study, "NURSE", action="take")
    people, queues = await office.console.desks.loads(NOW, NOW.date())
    assert {each.person_id: each.held for each in people}["NURSE"] == 1
    assert [each.waiting for each in queues if each.owner == "physician"] == [1]
    assert (await office.get("/desk/workload", "BOSS")).status_code == 200
    await office.act(study, "NURSE", action="release")
    people, _ = await office.console.desks.loads(NOW, NOW.date())
    assert {each.person_id: each.held for each in people}["NURSE"] == 0
    people, _ = await office.console.desks.loads(NOW + timedelta(minutes=31), NOW.date())
    assert {each.held for each in people} == {0}


async def test_the_worklist_shows_what_ones_teams_hold(office: Office, study: ClaimId) -> None:
    await office.act(study, "NURSE", action="take")
    assert "STUDY-1" not in (await office.get("/worklist?held=team", "MD-NY")).text, "in no team yet"
    for member in ("NURSE", "MD-NY"):
        await office.post("/desk/teams", "BOSS", {"team": "spine-team", "person": member})
    assert "STUDY-1" in (await office.get("/worklist?held=team", "MD-NY")).text
    await office.post("/desk/teams/leave", "BOSS", {"team": "spine-team", "person": "NURSE"})
    assert "STUDY-1" not in (await office.get("/worklist?held=team", "MD-NY")).text


@pytest.mark.parametrize(
    ("team", "who", "code"),
    [("Two words", "NURSE", "team"), ("x", "NURSE", "team"), ("spine-team", "NOT-HERE", "no-such-person")],
)
async def test_a_team_has_a_plain_name_and_members_on_the_staff_list(
    office: Office, team: str, who: str, code: str
) -> None:
    assert problem(await office.post("/desk/teams", "BOSS", {"team": team, "person": who})) == (422, code)
