"""Temporal's pages ask the console to decrypt payloads, as https://docs.temporal.io/codec-server describes it."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest
from httpx import Response
from temporalio.api.common.v1 import Payload

from console.web.app import create_app
from runtime.console.payload_pages import CodecPages
from runtime.payload_codec import EncryptionCodec
from tests.builders.console.office import Office, person, problem

pytestmark = pytest.mark.servers

UI, KEYS = "https://temporal.example", {"first": bytes(range(32))}
PLAIN = Payload(metadata={"encoding": b"json/plain"}, data=b'"claim-7"')


@pytest.fixture
async def office(office: Office) -> Office:
    """An office whose Temporal has pages, with a person of operations and a nurse."""
    await office.hire(person("OPS", "ops"), person("NURSE", "nurse", state="NY"))
    office.app = create_app(replace(office.console, payloads=CodecPages(lambda: KEYS, f"{UI}/namespaces/default")))
    return office


def as_pages_send_it(payload: Payload) -> dict[str, Any]:
    kept = {name: base64.b64encode(value).decode() for name, value in payload.metadata.items()}
    return {"metadata": kept, "data": base64.b64encode(payload.data).decode()}


async def encrypted(keys: dict[str, bytes] = KEYS) -> dict[str, Any]:
    [payload] = await EncryptionCodec(lambda: keys).encode([PLAIN])
    return {"payloads": [as_pages_send_it(payload)]}


async def ask(office: Office, what: str, who: str | None, sent: Any) -> Response:
    return await office.call(
        "POST", f"/api/temporal/{what}", who, json=sent, headers={"Origin": UI, "X-Namespace": "default"}
    )


async def test_what_a_worker_encrypted_is_shown_to_operations(office: Office) -> None:
    answer = await ask(office, "decode", "OPS", await encrypted())
    assert answer.json() == {"payloads": [as_pages_send_it(PLAIN)]}
    assert answer.headers["access-control-allow-origin"] == UI


async def test_what_is_encrypted_for_a_worker_can_be_decrypted(office: Office) -> None:
    made = (await ask(office, "encode", "OPS", {"payloads": [as_pages_send_it(PLAIN)]})).json()
    assert base64.b64decode(made["payloads"][0]["metadata"]["encoding"]) == b"binary/encrypted"
    assert (await ask(office, "decode", "OPS", made)).json() == {"payloads": [as_pages_send_it(PLAIN)]}


async def test_what_no_person_encrypted_stays_as_it_is(office: Office) -> None:
    sent = {"payloads": [as_pages_send_it(PLAIN)]}
    assert (await ask(office, "decode", "OPS", sent)).json() == sent


@pytest.mark.parametrize("what", ["decode", "encode"])
async def test_only_operations_and_supervisors_may(office: Office, what: str) -> None:
    sent = await encrypted()
    assert problem(await ask(office, what, None, sent)) == (401, "no-token")
    refused = await ask(office, what, "NURSE", sent)
    assert problem(refused) == (403, "not-your-role")
    assert refused.headers["access-control-allow-origin"] == UI


async def test_a_browser_learns_that_pages_of_temporal_may_ask_and_others_may_not(office: Office) -> None:
    for origin, may in ((UI, True), ("https://elsewhere.example", False)):
        asked = {
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type,x-namespace",
        }
        answer = await office.call("OPTIONS", "/api/temporal/decode", None, headers=asked)
        assert (answer.status_code == 200) is may
        assert (answer.headers.get("access-control-allow-origin") == UI) is may


async def test_other_addresses_answer_no_other_site(office: Office) -> None:
    answer = await office.call("GET", "/api/tasks", "OPS", headers={"Origin": UI})
    assert "access-control-allow-origin" not in answer.headers


async def test_payloads_of_an_unknown_key_and_what_are_no_payloads_are_refused_in_words(office: Office) -> None:
    foreign = await ask(office, "decode", "OPS", await encrypted({"other": bytes(32)}))
    assert problem(foreign) == (400, "unreadable")
    assert "claimwright keys list" in foreign.json()["detail"]
    assert problem(await ask(office, "decode", "OPS", {"payloads": "all"})) == (400, "unreadable")
