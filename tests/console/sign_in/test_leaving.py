"""Signing out, and ending sessions: a person's own, or as a supervisor those of any person."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import uuid4

import pytest

from tests.builders.console.browser import Browser
from tests.builders.console.office import HERE, Office, problem

pytestmark = pytest.mark.servers

JSON = {"headers": {"Accept": "application/json"}}


async def ends(office: Office) -> dict[str, str | None]:
    rows = await office.rows("SELECT person_id, ended_why FROM console_sessions")
    return {row.person_id: row.ended_why for row in rows}


async def session_of(office: Office, person: str) -> str:
    await office.signed_in(person)
    rows = await office.rows(
        "SELECT session_id::text FROM console_sessions WHERE person_id = :person AND ended_at IS NULL", person=person
    )
    return str(rows[0].session_id)


async def test_signing_out_ends_the_session_here_whatever_the_browser_keeps(office: Office) -> None:
    answer = await office.post("/sign-out", "NURSE")
    assert answer.status_code == 200
    assert 'claimwright-session=""' in answer.headers["set-cookie"]
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    assert (await office.get("/sessions", "NURSE")).status_code == 303
    assert await ends(office) == {"NURSE": "signed-out"}


async def test_signing_out_leads_on_to_the_identity_provider_and_back(office: Office, browser: Browser) -> None:
    answer = await office.post("/sign-out", "NURSE")
    query = urlencode(
        {"client_id": "claimwright-console", "post_logout_redirect_uri": f"{HERE}/sign-in?why=signed-out"}
    )
    there = f"{office.issuer}/sign-out?{query}"
    assert answer.headers["refresh"] == f"0; url={there}"
    back = await browser.provider.get(there)
    assert (back.status_code, back.headers["location"]) == (303, f"{HERE}/sign-in?why=signed-out")


async def test_signing_out_does_not_wait_for_a_provider_that_is_away(office: Office) -> None:
    answer = await office.post("/sign-out", "NURSE")
    assert "refresh" not in answer.headers
    assert "You are signed out" in answer.text


async def test_a_link_signs_no_person_out(office: Office) -> None:
    await office.signed_in("NURSE")
    assert (await office.get("/sign-out", "NURSE")).status_code == 405
    assert (await office.get("/sessions", "NURSE")).status_code == 200


async def test_a_person_sees_and_ends_their_own_sessions(office: Office) -> None:
    session = await session_of(office, "NURSE")
    shown = await office.get("/sessions", "NURSE")
    assert f"/sessions/{session}/end" in shown.text
    assert "this one" in shown.text
    assert (await office.post(f"/sessions/{session}/end", "NURSE")).headers["location"] == "/sessions"
    assert await ends(office) == {"NURSE": "ended-by-person"}


async def test_no_person_sees_or_ends_the_session_of_another_person(office: Office) -> None:
    theirs = await session_of(office, "CODER")
    assert problem(await office.get("/sessions?person=CODER", "NURSE", **JSON)) == (403, "role-may-not")
    for data in ({}, {"person": "CODER"}, {"person": "NURSE"}):
        answer = await office.post(f"/sessions/{theirs}/end", "NURSE", data, **JSON)
        assert problem(answer) == (404, "no-such-session")
    assert (await office.get("/sessions", "CODER")).status_code == 200


async def test_a_supervisor_ends_anybodys_session(office: Office) -> None:
    theirs = await session_of(office, "NURSE")
    assert f"/sessions/{theirs}/end" in (await office.get("/sessions?person=NURSE", "BOSS")).text
    answer = await office.post(f"/sessions/{theirs}/end", "BOSS", {"person": "NURSE"})
    assert answer.headers["location"] == "/sessions?person=NURSE"
    assert (await office.get("/sessions", "NURSE")).status_code == 303
    assert (await ends(office))["NURSE"] == "ended-by-supervisor"


async def test_a_session_that_is_not_there_cannot_be_ended(office: Office) -> None:
    for session in (str(uuid4()), "not-an-id"):
        answer = await office.post(f"/sessions/{session}/end", "BOSS", {"person": "NURSE"}, **JSON)
        assert answer.status_code in (404, 422)
