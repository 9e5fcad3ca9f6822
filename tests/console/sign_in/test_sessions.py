"""Sessions: who has one, for how long, and what a request must show to change anything."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from httpx import Response

from console.sign_in import cookies
from tests.builders.console.office import HERE, STAFF, Office, problem
from tests.builders.console.probe import with_probe

pytestmark = pytest.mark.servers

MINUTE = timedelta(minutes=1)


@pytest.fixture
def probed(office: Office) -> Office:
    return with_probe(office)


def sent_to_sign_in(answer: Response) -> dict[str, str]:
    """Check that a person is sent to sign in; return what the address says."""
    assert answer.status_code == 303, answer.text
    address = urlsplit(answer.headers["location"])
    assert address.path == "/sign-in"
    return {name: values[0] for name, values in parse_qs(address.query).items()}


async def test_who_is_signed_in_sees_the_page(probed: Office) -> None:
    assert (await probed.get("/probe", "NURSE")).text == "NURSE nurse"


async def test_who_is_not_is_sent_to_sign_in_and_back_to_the_page(probed: Office) -> None:
    assert sent_to_sign_in(await probed.get("/probe?q=a+b&r=%2F")) == {"next": "/probe?q=a+b&r=%2F"}


async def test_a_part_of_a_page_sends_the_whole_page_to_sign_in(probed: Office) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": f"{HERE}/worklist?role=nurse"}
    answer = await probed.get("/probe", headers=headers)
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/sign-in?next=%2Fworklist%3Frole%3Dnurse")


async def test_a_made_up_cookie_is_no_session(probed: Office) -> None:
    for made_up in (cookies.fresh(), "", "x" * 5000, "NURSE"):
        answer = await probed.get("/probe", headers={"Cookie": f"claimwright-session={made_up}"})
        assert sent_to_sign_in(answer)["next"] == "/probe"


async def test_what_the_database_holds_of_a_session_opens_nothing(probed: Office) -> None:
    await probed.signed_in("NURSE")
    [row] = await probed.rows("SELECT cookie_hash, session_id::text AS id FROM console_sessions")
    for held in (bytes(row.cookie_hash).hex(), row.id):
        sent_to_sign_in(await probed.get("/probe", headers={"Cookie": f"claimwright-session={held}"}))


async def test_a_session_ends_when_it_is_not_used(probed: Office) -> None:
    for _ in range(4):
        assert (await probed.get("/probe", "NURSE")).status_code == 200
        probed.now += 14 * MINUTE
    assert (await probed.get("/probe", "NURSE")).status_code == 200
    probed.now += 15 * MINUTE
    assert sent_to_sign_in(await probed.get("/probe", "NURSE")) == {"next": "/probe", "why": "expired"}


async def test_a_page_that_asks_by_itself_does_not_keep_a_session_going(probed: Office) -> None:
    await probed.signed_in("NURSE")
    for _ in range(2):
        probed.now += 7 * MINUTE
        assert (await probed.get("/probe", "NURSE", headers={"X-By-Itself": "true"})).status_code == 200
    probed.now += MINUTE
    assert sent_to_sign_in(await probed.get("/probe", "NURSE", headers={"X-By-Itself": "true"}))["why"] == "expired"


async def test_a_session_ends_after_eight_hours_however_much_it_is_used(probed: Office) -> None:
    await probed.signed_in("NURSE")
    for _ in range(47):
        probed.now += 10 * MINUTE
        assert (await probed.get("/probe", "NURSE")).status_code == 200
    probed.now += 10 * MINUTE
    sent_to_sign_in(await probed.get("/probe", "NURSE"))


async def test_use_is_written_at_most_once_a_minute(probed: Office) -> None:
    started = probed.now
    await probed.get("/probe", "NURSE")
    probed.now += MINUTE / 2
    await probed.get("/probe", "NURSE")
    assert (await probed.rows("SELECT seen_at FROM console_sessions"))[0].seen_at == started
    probed.now += MINUTE
    await probed.get("/probe", "NURSE")
    assert (await probed.rows("SELECT seen_at FROM console_sessions"))[0].seen_at == probed.now


async def test_roles_are_those_that_the_staff_list_and_the_identity_provider_both_name(probed: Office) -> None:
    await probed.signed_in("NURSE", "nurse", "supervisor")
    assert (await probed.get("/probe", "NURSE")).text == "NURSE nurse"
    await probed.signed_in("BOSS", "nurse")
    assert (await probed.get("/probe", "BOSS")).text == "BOSS "


async def test_a_person_who_leaves_is_out_at_once(probed: Office) -> None:
    assert (await probed.get("/probe", "NURSE")).status_code == 200
    nurse = next(person for person in STAFF if person.person_id == "NURSE")
    await probed.hire(nurse.model_copy(update={"active": False, "version": nurse.version + 1}))
    assert problem(await probed.get("/probe", "NURSE")) == (403, "unknown-person")


async def test_a_page_for_others_says_for_whom_it_is(probed: Office) -> None:
    refused = await probed.get("/probe/operations", "NURSE")
    assert problem(refused) == (403, "role-may-not")
    assert "this page is for ops, supervisor; you act as nurse" in refused.text
    assert (await probed.get("/probe/operations", "BOSS")).status_code == 200


async def test_a_form_of_our_own_page_is_taken_with_its_token_as_field_or_header(probed: Office) -> None:
    assert (await probed.post("/probe", "NURSE", {"words": "kept"})).text == "kept"
    token = cookies.csrf_of(await probed.signed_in("NURSE"))
    headers = {"X-CSRF-Token": token, "Origin": HERE}
    answer = await probed.browse("POST", "/probe", "NURSE", data={"words": "kept"}, headers=headers)
    assert answer.text == "kept"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"data": {"words": "x"}}, "csrf"),
        ({"data": {"words": "x", "csrf": ""}}, "csrf"),
        ({"data": {"words": "x", "csrf": "of-another-session"}}, "csrf"),
        ({"data": {"words": "x"}, "headers": {"X-CSRF-Token": "nonsense"}}, "csrf"),
        ({"own": True, "headers": {"Sec-Fetch-Site": "cross-site"}}, "other-site"),
        ({"own": True, "headers": {"Sec-Fetch-Site": "same-site"}}, "other-site"),
        ({"own": True, "headers": {"Sec-Fetch-Site": "none"}}, "other-site"),
        ({"own": True, "headers": {"Origin": "https://elsewhere.example"}}, "other-site"),
        ({"own": True, "headers": {"Origin": "null"}}, "other-site"),
    ],
)
async def test_what_another_page_sends_changes_nothing(probed: Office, change: dict[str, Any], code: str) -> None:
    token = cookies.csrf_of(await probed.signed_in("NURSE"))
    data = {"words": "x", "csrf": token} if change.pop("own", False) else {}
    answer = await probed.browse("POST", "/probe", "NURSE", **{"data": data, **change})
    assert problem(answer) == (403, code)


async def test_a_character_that_the_database_cannot_keep_is_refused(probed: Office) -> None:
    headers = {"Accept": "application/json"}
    answer = await probed.post("/probe", "NURSE", {"words": "a\0b"}, headers=headers)
    assert problem(answer) == (422, "text")
    for address in ("/probe?q=a%00b", "/probe%00", "/api/tasks?plan=%00"):
        assert problem(await probed.get(address, "NURSE", headers=headers)) == (400, "address")


async def test_a_token_of_another_persons_session_is_refused(probed: Office) -> None:
    theirs = cookies.csrf_of(await probed.signed_in("BOSS"))
    assert problem(await probed.post("/probe", "NURSE", {"words": "x", "csrf": theirs})) == (403, "csrf")


async def test_a_form_of_a_person_signed_out_is_sent_to_sign_in_and_back_to_its_page(probed: Office) -> None:
    assert sent_to_sign_in(await probed.post("/probe", None, {"words": "x"})) == {"next": "/probe"}


@pytest.mark.parametrize(
    "shown",
    [
        "https://elsewhere.example/x",
        "//elsewhere.example",
        "/\\elsewhere.example",
        "javascript:alert(1)",
        "/sign-in?next=/",
        "/sign-out",
        "/" + "x" * 2000,
        "/\n/elsewhere",
    ],
)
async def test_no_person_is_led_elsewhere_by_signing_in(probed: Office, shown: str) -> None:
    answer = await probed.get("/probe", headers={"HX-Request": "true", "HX-Current-URL": shown.replace("\n", "%0a")})
    location = parse_qs(urlsplit(answer.headers["hx-redirect"]).query)["next"][0]
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\", "/sign"))
    assert len(location) <= 1000
