"""Dead letters over the API and the command line, which calls it: who may, what is shown, and which exit code."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

import pytest

from adjudication.people import Role
from tests.builders.console.office import Office, person, problem, token
from tests.builders.console.terminal import Terminal
from tests.builders.events import MEMBER
from tests.builders.ledger.submissions import a_submission
from tests.builders.letters.claim_letters import a_letter, a_refused_claim
from tests.builders.pipeline.command_line import CommandLine

pytestmark = pytest.mark.servers

WHY = "its sender sent the event again"
OTHERS = tuple(role for role in Role if role not in (Role.OPERATIONS, Role.SUPERVISOR))
HEADERS = (("traceparent", b"00-synthetic"),)


@pytest.fixture
async def ops(office: Office) -> Office:
    await office.hire(person("OPS", "ops"), person("OPS-2", "ops"), person("ALL", *OTHERS))
    return office


async def kept(office: Office, offset: int = 1) -> str:
    letter = a_refused_claim(offset)
    await office.stores.office.queue([letter])
    return letter.event_id


async def actions(office: Office) -> list[tuple[str, ...]]:
    query = "SELECT person_id, content->>'action' FROM audit_trail WHERE subject LIKE '%letter/%' ORDER BY entry"
    return [tuple(row) for row in await office.rows(query)]


async def test_the_list_counts_open_letters_and_shows_nothing_they_hold(ops: Office) -> None:
    letter = await kept(ops)
    await ops.stores.office.queue([a_letter(offset) for offset in range(10, 62)])
    shown = await ops.call("GET", "/api/dead-letters", "OPS")
    assert {each["reason"]: each["letters"] for each in shown.json()["open"]} == {"enum": 1, "not-json": 52}
    assert len(shown.json()["letters"]) == 50
    following = await ops.call("GET", f"/api/dead-letters?after={shown.json()['next']}", "OPS")
    assert [each["letter_id"] for each in following.json()["letters"]][-1] == letter
    assert following.json()["next"] is None
    assert MEMBER not in shown.text + following.text
    assert await actions(ops) == []


async def test_opening_is_recorded_and_states_key_bytes_and_headers(ops: Office) -> None:
    letter = a_letter(1, headers=HEADERS)
    await ops.stores.office.queue([letter])
    body = (await ops.call("POST", f"/api/dead-letters/{letter.event_id}/open", "BOSS", json={})).json()
    assert base64.b64decode(body["key_base64"]) == b"SYN-REF-1"
    assert body["headers"] == [{"name": "traceparent", "value_base64": base64.b64encode(b"00-synthetic").decode()}]
    assert await actions(ops) == [("BOSS", "viewed")]


async def test_a_letter_is_replayed_or_closed_once(ops: Office) -> None:
    replayed, closed = await kept(ops, 1), await kept(ops, 2)
    answer = await ops.call("POST", f"/api/dead-letters/{replayed}/replay", "OPS", json={})
    assert (answer.json()["state"], answer.json()["replay"]["asked_by"]) == ("queued", "OPS")
    answer = await ops.call("POST", f"/api/dead-letters/{closed}/close", "OPS", json={"reason": WHY})
    assert (answer.json()["state"], answer.json()["closed"]["reason"]) == ("closed", WHY)
    for letter, code in ((replayed, "replayed"), (closed, "closed")):
        for action in ("replay", "close"):
            again = await ops.call("POST", f"/api/dead-letters/{letter}/{action}", "OPS-2", json={"reason": WHY})
            assert problem(again) == (409, code)
    assert await actions(ops) == [("OPS", "replayed"), ("OPS", "closed")]


async def test_a_reason_that_says_nothing_closes_nothing(ops: Office) -> None:
    letter = await kept(ops)
    for body in ({}, {"reason": ""}, {"reason": "short"}, {"reason": WHY, "more": 1}, {"reason": 7}):
        assert problem(await ops.call("POST", f"/api/dead-letters/{letter}/close", "OPS", json=body)) == (
            422,
            "invalid",
        )
    for blank in (" " * 20, "a zero \0 character"):
        answer = await ops.call("POST", f"/api/dead-letters/{letter}/close", "OPS", json={"reason": blank})
        assert problem(answer) == (422, "reason")
    assert (await ops.call("GET", f"/api/dead-letters/{letter}", "OPS")).json()["state"] == "open"


async def test_supervisors_look_and_only_operations_acts(ops: Office) -> None:
    letter = await kept(ops)
    for path in ("/api/dead-letters", f"/api/dead-letters/{letter}"):
        assert (await ops.call("GET", path, "BOSS")).status_code == 200
        assert problem(await ops.call("GET", path, "ALL")) == (403, "role-may-not")
    for action in ("replay", "close"):
        for who in ("BOSS", "ALL"):
            answer = await ops.call("POST", f"/api/dead-letters/{letter}/{action}", who, json={"reason": WHY})
            assert problem(answer) == (403, "role-may-not")
    assert problem(await ops.call("POST", f"/api/dead-letters/{letter}/open", "ALL", json={})) == (403, "role-may-not")
    assert await actions(ops) == []


async def test_operations_works_through_dead_letters_at_a_terminal(ops: Office, terminal: Terminal) -> None:
    letter = a_letter(1, headers=HEADERS)
    await ops.stores.office.queue([letter, a_letter(2)])
    listed = await terminal("OPS", "dead-letters", "list", "--reason-code", "not-json")
    assert listed.returncode == 0, listed.stderr
    assert letter.event_id in listed.stdout
    shown = await terminal("OPS", "dead-letters", "show", letter.event_id, "--original")
    assert "a reason in our own words" in shown.stdout
    assert "header traceparent: 00-synthetic" in shown.stdout
    closed = await terminal("OPS", "dead-letters", "close", letter.event_id, "--reason", WHY)
    assert (closed.returncode, WHY in closed.stdout) == (0, True)
    again = await terminal("OPS", "dead-letters", "replay", letter.event_id)
    assert (again.returncode, "was closed already" in again.stderr) == (1, True)
    replayed = await terminal("OPS", "dead-letters", "replay", a_letter(2).event_id)
    assert (replayed.returncode, "replayed by OPS" in replayed.stdout) == (0, True)
    assert "No open dead letters." in (await terminal("OPS", "dead-letters", "list")).stdout
    assert await actions(ops) == [("OPS", "viewed"), ("OPS", "closed"), ("OPS", "replayed")]


async def test_the_exit_code_says_why_it_failed(ops: Office, terminal: Terminal, tmp_path: Path) -> None:
    letter = await kept(ops)
    assert (await terminal("BOSS", "dead-letters", "replay", letter)).returncode == 1
    assert (await terminal("OPS", "dead-letters", "close", letter, "--reason", "short")).returncode == 2
    assert (await terminal("OPS", "dead-letters", "show", "no-id")).returncode == 2
    assert (await terminal(None, "dead-letters", "list")).returncode == 3
    unreachable = CommandLine(tmp_path, CLAIMWRIGHT_API_URL="http://127.0.0.1:9", CLAIMWRIGHT_API_TOKEN=token("OPS"))
    assert (await asyncio.to_thread(unreachable, "dead-letters", "list")).returncode == 4


async def test_a_bulk_release_is_proposed_by_one_and_approved_by_another_at_a_terminal(
    ops: Office, terminal: Terminal
) -> None:
    await ops.waiting(a_submission("S-2", "72148"))
    selected = ("bulk-retry", "propose", "P-DOC", "--plan", "HUDSON-COMM")
    looked = await terminal("OPS", *selected, "--dry-run")
    assert looked.returncode == 0, looked.stderr
    assert "1 claims" in looked.stdout
    assert "No bulk retry has been proposed yet" in (await terminal("OPS", "bulk-retry", "list")).stdout
    release = "3f6c0d0e-6f53-4c8e-9a39-0d5a5f4e7c11"
    sent = (*selected, "--reason", "the document feed was corrected", "--retry-id", release)
    proposed = await terminal("OPS", *sent)
    assert proposed.returncode == 0, proposed.stderr
    assert (await terminal("OPS", *sent)).stdout == proposed.stdout
    assert release in (await terminal("OPS-2", "bulk-retry", "list")).stdout
    own = await terminal("OPS", "bulk-retry", "approve", release)
    assert (own.returncode, own.stderr != "") == (1, True)
    for who, action, stage in (
        ("OPS-2", "approve", "running"),
        ("OPS", "pause", "paused"),
        ("OPS-2", "resume", "running"),
        ("OPS", "cancel", "cancelled"),
    ):
        done = await terminal(who, "bulk-retry", action, release)
        assert (done.returncode, f"({stage})" in done.stdout) == (0, True), done.stdout + done.stderr
    assert "approved by OPS-2" in (await terminal("BOSS", "bulk-retry", "show", release)).stdout
    assert (await terminal("NURSE", "bulk-retry", "list")).returncode == 1
