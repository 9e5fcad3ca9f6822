"""Signing in at a real identity provider, and everything that a person might try to get in without."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from httpx import Response

from storage.people.sign_ins import AT_ALL, MAKES_ROOM, OF_ONE_BROWSER
from tests.builders.console.browser import Browser
from tests.builders.console.office import HERE, STAFF, Office, person

pytestmark = pytest.mark.servers


def refused(answer: Response, status: int, words: str) -> None:
    """Check that no person was let in, and that the page says why."""
    assert answer.status_code == status, answer.text
    assert words in answer.text
    assert "claimwright-session" not in answer.headers.get("set-cookie", "")


async def test_a_person_signs_in_and_comes_to_the_page_they_wanted(office: Office, browser: Browser) -> None:
    answer = await browser.sign_in("NURSE", "/sessions?person=NURSE")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sessions?person=NURSE")
    shown = await browser.console.get("/sessions")
    assert shown.status_code == 200
    assert "NURSE" in shown.text
    [row] = await office.rows("SELECT person_id, claimed_roles, started_at, expires_at FROM console_sessions")
    assert (row.person_id, row.claimed_roles, row.started_at) == ("NURSE", ["nurse"], office.now)
    assert row.expires_at - row.started_at == timedelta(hours=8)


async def test_the_cookie_is_for_the_browser_alone(browser: Browser) -> None:
    answer = await browser.sign_in("NURSE")
    [session] = [each for each in answer.headers.get_list("set-cookie") if each.startswith("claimwright-session=")]
    value, *attributes = session.split("; ")
    assert sorted(attributes) == ["HttpOnly", "Path=/", "SameSite=lax"]
    assert len(value.partition("=")[2]) == 43


async def test_the_request_holds_a_challenge_and_no_secret(office: Office, browser: Browser) -> None:
    asked = {name: values[0] for name, values in parse_qs(urlsplit(await browser.begin()).query).items()}
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == f"{HERE}/sign-in/callback"
    [row] = await office.rows("SELECT * FROM sign_ins_pending")
    assert row.nonce == asked["nonce"]
    assert row.verifier not in asked.values()
    assert bytes(row.state_hash).hex() not in asked.values()


async def test_a_new_session_never_has_an_old_cookie(office: Office, browser: Browser) -> None:
    browser.console.cookies.set("claimwright-session", "chosen-by-a person-else", domain="127.0.0.1", path="/")
    await browser.sign_in("NURSE")
    first = browser.session
    assert first != "chosen-by-a person-else"
    await browser.sign_in("BOSS")
    assert browser.session != first
    ended = await office.rows("SELECT person_id, ended_why FROM console_sessions WHERE ended_at IS NOT NULL")
    assert [tuple(row) for row in ended] == [("NURSE", "signed-in-again")]


async def test_an_answer_is_taken_once(browser: Browser) -> None:
    address = await browser.choose(await browser.begin(), "NURSE")
    assert (await browser.come_back(address)).status_code == 303
    refused(await browser.come_back(address), 400, "cannot be finished")


async def test_a_code_is_taken_once(browser: Browser) -> None:
    first = await browser.choose(await browser.begin(), "NURSE")
    code = parse_qs(urlsplit(first).query)["code"][0]
    second = await browser.choose(await browser.begin(), "NURSE")
    assert (await browser.come_back(first)).status_code == 303
    refused(await browser.come_back(second, code=code), 403, "identity provider refused")


async def test_a_code_of_another_browser_is_worth_nothing(office: Office, identity: str, browser: Browser) -> None:
    async with Browser(office, identity) as attacker:
        theirs = await attacker.choose(await attacker.begin(), "BOSS")
        refused(await browser.come_back(theirs), 400, "cannot be finished")
        await browser.begin()
        refused(await browser.come_back(theirs), 400, "cannot be finished")
        code = parse_qs(urlsplit(theirs).query)["code"][0]
        ours = await browser.choose(await browser.begin(), "NURSE")
        refused(await browser.come_back(ours, code=code), 403, "identity provider refused")


@pytest.mark.parametrize(
    ("changed", "status", "words"),
    [
        ({"state": "made-up"}, 400, "cannot be finished"),
        ({"state": None}, 400, "cannot be finished"),
        ({"state": "x" * 5000}, 400, "cannot be finished"),
        ({"code": "made-up"}, 403, "identity provider refused"),
        ({"code": None}, 403, "identity provider refused"),
        ({"code": None, "error": "access_denied"}, 403, "cancelled"),
        ({"code": None, "error": "server_error<script>"}, 403, "identity provider refused"),
        ({"iss": "https://elsewhere.example"}, 400, "came from another address"),
    ],
)
async def test_an_altered_answer_is_refused(browser: Browser, changed: dict[str, Any], status: int, words: str) -> None:
    address = await browser.choose(await browser.begin(), "NURSE")
    answer = await browser.come_back(address, **changed)
    refused(answer, status, words)
    assert "<script>" not in answer.text


@pytest.mark.parametrize(("column", "words"), [("verifier", "identity provider refused"), ("nonce", "is not trusted")])
async def test_an_answer_to_another_request_is_refused(
    office: Office, browser: Browser, column: str, words: str
) -> None:
    address = await browser.choose(await browser.begin(), "NURSE")
    await office.run(f"UPDATE sign_ins_pending SET {column} = repeat('x', 43)")
    refused(await browser.come_back(address), 403, words)


async def test_a_sign_in_takes_ten_minutes_at_most(office: Office, browser: Browser) -> None:
    address = await browser.choose(await browser.begin(), "NURSE")
    office.now += timedelta(minutes=10)
    refused(await browser.come_back(address), 400, "cannot be finished")


async def test_a_browser_has_a_few_sign_ins_under_way_and_old_ones_are_forgotten(
    office: Office, browser: Browser
) -> None:
    addresses = []
    for _ in range(OF_ONE_BROWSER + 2):
        office.now += timedelta(seconds=1)
        addresses.append(await browser.begin())
    assert len(await office.rows("SELECT 1 FROM sign_ins_pending")) == OF_ONE_BROWSER
    refused(await browser.come_back(await browser.choose(addresses[0], "NURSE")), 400, "cannot be finished")
    office.now += timedelta(minutes=11)
    await browser.begin()
    assert len(await office.rows("SELECT 1 FROM sign_ins_pending")) == 1


async def test_a_flood_of_sign_ins_keeps_no_person_out_and_stays_bounded(office: Office, browser: Browser) -> None:
    """Ten thousand sign-ins that no person finishes: a person who comes then signs in all the same."""
    await office.run(
        """INSERT INTO sign_ins_pending (state_hash, browser_hash, nonce, verifier, next, started_at, expires_at)
           SELECT sha256(('s' || n)::bytea), sha256(('b' || n)::bytea), 'n', 'v', '/', :at, CAST(:at AS timestamptz) + interval '10 min'
           FROM generate_series(1, :count) n""",
        at=office.now - timedelta(seconds=5),
        count=AT_ALL,
    )
    answer = await browser.come_back(await browser.choose(await browser.begin(), "NURSE"))
    assert answer.status_code == 303
    assert AT_ALL - MAKES_ROOM <= len(await office.rows("SELECT 1 FROM sign_ins_pending")) <= AT_ALL


async def test_the_oldest_sign_in_gives_way_and_its_browser_must_begin_again(
    office: Office, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.people.sign_ins.AT_ALL", 1)
    first = await browser.begin()
    office.now += timedelta(seconds=1)
    second = await browser.begin()
    refused(await browser.come_back(await browser.choose(first, "NURSE")), 400, "cannot be finished")
    assert (await browser.come_back(await browser.choose(second, "NURSE"))).status_code == 303


async def test_who_left_while_signing_in_is_refused(office: Office, browser: Browser) -> None:
    address = await browser.choose(await browser.begin(), "NURSE")
    nurse = next(each for each in STAFF if each.person_id == "NURSE")
    await office.hire(nurse.model_copy(update={"active": False, "version": nurse.version + 1}))
    refused(await browser.come_back(address), 403, "not on the list of active staff")


async def test_who_has_no_role_in_common_is_refused(office: Office, browser: Browser) -> None:
    address = await browser.choose(await browser.begin(), "NURSE")
    await office.hire(person("NURSE", "coder", version=2))
    refused(await browser.come_back(address), 403, "You have no role here")


async def test_a_provider_that_is_away_is_said_to_be(office: Office, browser: Browser) -> None:
    office.issuer = "http://127.0.0.1:9"
    refused(await browser.console.get("/sign-in/start"), 503, "does not answer")
    office.issuer = None
    refused(await browser.console.get("/sign-in/start"), 503, "does not answer")


async def test_a_provider_by_another_name_is_not_trusted(office: Office, browser: Browser, identity: str) -> None:
    office.issuer = identity.replace("127.0.0.1", "localhost")
    refused(await browser.console.get("/sign-in/start"), 400, "came from another address")


async def test_no_person_is_led_elsewhere_after_signing_in(browser: Browser) -> None:
    for wanted in ("https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere", "/sign-out"):
        assert (await browser.sign_in("NURSE", wanted)).headers["location"] == "/"


async def test_another_name_of_this_machine_leads_to_the_one_that_is_known(office: Office, browser: Browser) -> None:
    headers = {"Host": "localhost:8000"}
    answer = await browser.console.get("/sign-in/start?next=%2Fsessions", headers=headers)
    assert (answer.status_code, answer.headers["location"]) == (307, f"{HERE}/sign-in/start?next=%2Fsessions")


@pytest.mark.parametrize("why", ["expired", "signed-out", "state", "no-such-word", "<script>"])
async def test_the_sign_in_page_says_why_a_person_is_here(browser: Browser, why: str) -> None:
    answer = await browser.console.get("/sign-in", params={"why": why, "next": "/worklist?role=nurse"})
    assert answer.status_code == 200
    assert "/sign-in/start?next=%2Fworklist%3Frole%3Dnurse" in answer.text
    assert "<script>" not in answer.text


@pytest.mark.parametrize("odd", ["//[", "http://["])
async def test_an_address_that_is_none_leads_to_the_start_page(office: Office, odd: str) -> None:
    assert 'href="/sign-in/start?next=%2F"' in (await office.get("/sign-in", params={"next": odd})).text
    sent = await office.get("/worklist", headers={"HX-Request": "true", "HX-Current-URL": odd})
    assert (sent.status_code, sent.headers["hx-redirect"]) == (401, "/sign-in?next=%2F")
