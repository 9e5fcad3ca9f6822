"""The local identity provider itself: one client, back to this machine only, PKCE always, codes once."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from tests.builders.console.browser import Browser
from tests.builders.console.office import HERE, Office
from tests.builders.ledger.staff import change_people

pytestmark = pytest.mark.servers

VERIFIER = "v" * 43
GOOD = {
    "response_type": "code",
    "client_id": "claimwright-console",
    "redirect_uri": f"{HERE}/sign-in/callback",
    "scope": "openid",
    "state": "the-state",
    "nonce": "the-nonce",
    "code_challenge": create_s256_code_challenge(VERIFIER),
    "code_challenge_method": "S256",
}


async def code_of(browser: Browser) -> str:
    address = await browser.choose(f"/authorize?{urlencode(GOOD)}", "NURSE")
    return parse_qs(urlsplit(address).query)["code"][0]


async def exchange(browser: Browser, code: str, **changed: str) -> dict[str, str]:
    sent = {
        "grant_type": "authorization_code",
        "client_id": "claimwright-console",
        "redirect_uri": GOOD["redirect_uri"],
        "code": code,
        "code_verifier": VERIFIER,
        **changed,
    }
    answer = await browser.provider.post("/token", data={name: value for name, value in sent.items() if value})
    return dict(answer.json())


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "reviewer"},
        {"redirect_uri": "https://elsewhere.example/sign-in/callback"},
        {"redirect_uri": "http://elsewhere.example/sign-in/callback"},
        {"redirect_uri": f"{HERE}/elsewhere"},
        {"redirect_uri": "http://127.0.0.1@elsewhere.example/sign-in/callback"},
        {"redirect_uri": ""},
        {"code_challenge": ""},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": ""},
        {"nonce": ""},
        {"response_type": "token"},
        {"scope": "openid everything"},
    ],
    ids=str,
)
async def test_a_request_that_is_not_as_it_must_be_leads_nowhere(browser: Browser, changed: dict[str, str]) -> None:
    query = urlencode({name: value for name, value in {**GOOD, **changed}.items() if value})
    for answer in (
        await browser.provider.get(f"/authorize?{query}"),
        await browser.provider.post(f"/authorize?{query}", data={"person": "NURSE"}),
    ):
        assert answer.status_code == 400
        assert "location" not in answer.headers


async def test_it_offers_exactly_the_active_staff(office: Office, browser: Browser) -> None:
    shown = (await browser.provider.get(f"/authorize?{urlencode(GOOD)}")).text
    assert 'value="NURSE"' in shown
    assert 'value="GONE"' not in shown
    answer = await browser.provider.post(f"/authorize?{urlencode(GOOD)}", data={"person": "GONE"})
    assert (answer.status_code, "location" in answer.headers) == (400, False)
    await change_people(office.stores.engine, active=False)
    assert "claimwright people load" in (await browser.provider.get(f"/authorize?{urlencode(GOOD)}")).text


async def test_a_code_needs_its_verifier_and_is_good_for_one_try(browser: Browser) -> None:
    for changed in ({"code_verifier": "w" * 43}, {"code_verifier": ""}, {"redirect_uri": f"{HERE}/sign-in/callback/"}):
        code = await code_of(browser)
        assert "error" in await exchange(browser, code, **changed)
        assert (await exchange(browser, code))["error"] == "invalid_grant"
    code = await code_of(browser)
    assert "id_token" in await exchange(browser, code)
    assert (await exchange(browser, code))["error"] == "invalid_grant"


async def test_a_code_is_good_for_a_minute(office: Office, browser: Browser) -> None:
    code = await code_of(browser)
    office.now += timedelta(seconds=61)
    assert (await exchange(browser, code))["error"] == "invalid_grant"


async def test_another_name_for_this_machine_is_not_answered(browser: Browser) -> None:
    answer = await browser.provider.get("/keys", headers={"Host": "elsewhere.example"})
    assert answer.status_code == 400


async def test_signing_out_leads_back_to_this_machine_only(browser: Browser) -> None:
    asked = {"client_id": "claimwright-console", "post_logout_redirect_uri": "https://elsewhere.example/"}
    assert "location" not in (await browser.provider.get("/sign-out", params=asked)).headers


async def test_its_page_may_run_nothing(browser: Browser) -> None:
    answer = await browser.provider.get(f"/authorize?{urlencode(GOOD)}")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
    assert answer.headers["cache-control"] == "no-store"
    assert "<script" not in answer.text
