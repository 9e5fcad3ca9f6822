"""Many dead letters over the API and the command line: counted first, proposed by one, approved by another."""

from __future__ import annotations

import pytest

from storage.dead_letters.bulk import DeadLetterBulks
from tests.builders.console.office import Office, person, problem
from tests.builders.console.terminal import Terminal
from tests.builders.letters.claim_letters import a_letter

pytestmark = pytest.mark.servers

BULKS = "/api/dead-letter-bulks"
WHY = "their sender sent these events again"
REPLAY = {"action": "replay", "reason": "not-json"}


@pytest.fixture
async def ops(office: Office) -> Office:
    await office.hire(person("OPS", "ops"), person("OPS-2", "ops"))
    await office.stores.office.queue([a_letter(offset) for offset in range(3)])
    return office


async def taken(ops: Office) -> int:
    return await DeadLetterBulks(ops.engine).queue_approved()


async def proposed(ops: Office) -> str:
    answer = await ops.call("POST", BULKS, "OPS", json=REPLAY)
    assert answer.status_code == 201, answer.text
    return f"{BULKS}/{answer.json()['bulk_id']}"


async def test_a_count_proposes_nothing(ops: Office) -> None:
    body = (await ops.call("POST", BULKS, "OPS", json={**REPLAY, "dry_run": True})).json()
    assert body == {"letters": 3, "most": 10_000, "what": "open letters because of not-json"}
    assert await ops.rows("SELECT 1 FROM dead_letter_bulks") == []


async def test_one_proposes_another_approves_and_either_stops(ops: Office) -> None:
    bulk = await proposed(ops)
    assert problem(await ops.call("POST", f"{bulk}/approve", "OPS", json={})) == (403, "own-proposal")
    assert await taken(ops) == 0
    running = (await ops.call("POST", f"{bulk}/approve", "BOSS", json={})).json()
    assert (running["state"], running["decided_by"], running["left"]) == ("running", "BOSS", 3)
    assert problem(await ops.call("POST", f"{bulk}/refuse", "OPS", json={})) == (409, "decided")
    assert (await ops.call("POST", f"{bulk}/stop", "OPS", json={})).json()["state"] == "stopped"
    assert await taken(ops) == 0


async def test_what_cannot_be_proposed_says_why(ops: Office) -> None:
    for body, value in (
        ({**REPLAY, "reason": "nothing-of-the-kind"}, (409, "none-left")),
        ({"action": "close", "reason": "not-json"}, (422, "reason")),
        ({**REPLAY, "since": "2025-02-30"}, (422, "day")),
        ({**REPLAY, "more": 1}, (422, "invalid")),
        ({"action": "burn"}, (422, "invalid")),
    ):
        assert problem(await ops.call("POST", BULKS, "OPS", json=body)) == value
    assert await ops.rows("SELECT 1 FROM dead_letter_bulks") == []


async def test_only_operations_proposes_and_only_overseers_decide(ops: Office) -> None:
    assert problem(await ops.call("POST", BULKS, "BOSS", json=REPLAY)) == (403, "role-may-not")
    bulk = await proposed(ops)
    assert problem(await ops.call("GET", bulk, "NURSE")) == (403, "role-may-not")
    for decision in ("approve", "refuse", "stop"):
        assert problem(await ops.call("POST", f"{bulk}/{decision}", "NURSE", json={})) == (403, "role-may-not")


async def test_many_letters_are_closed_by_two_people_at_a_terminal(ops: Office, terminal: Terminal) -> None:
    counted = await terminal("OPS", "dead-letters", "propose-close", "--reason-code", "not-json", "--dry-run")
    assert (counted.returncode, "3 of open letters because of not-json" in counted.stdout) == (0, True), counted.stderr
    close = ("dead-letters", "propose-close", "--reason-code", "not-json")
    assert (await terminal("OPS", *close)).returncode == 2
    made = await terminal("OPS", *close, "--reason", WHY)
    assert (made.returncode, WHY in made.stdout) == (0, True), made.stderr
    [(bulk,)] = [tuple(row) for row in await ops.rows("SELECT bulk_id::text FROM dead_letter_bulks")]
    assert bulk in made.stdout
    own = await terminal("OPS", "dead-letters", "approve-proposal", bulk)
    assert (own.returncode, "another person" in own.stderr) == (1, True)
    assert (await terminal("OPS-2", "dead-letters", "approve-proposal", bulk)).returncode == 0
    assert await taken(ops) == 3
    shown = await terminal("BOSS", "dead-letters", "show-proposal", bulk)
    assert ("(done)" in shown.stdout, "decided by OPS-2" in shown.stdout, "0 left" in shown.stdout) == (True,) * 3
    assert "No open dead letters." in (await terminal("OPS", "dead-letters", "list")).stdout


async def test_many_letters_are_sent_again_or_a_proposal_taken_back_at_a_terminal(
    ops: Office, terminal: Terminal
) -> None:
    made = await terminal("OPS", "dead-letters", "propose-replay", "--topic", "claims.submitted")
    assert made.returncode == 0, made.stderr
    [(bulk,)] = [tuple(row) for row in await ops.rows("SELECT bulk_id::text FROM dead_letter_bulks")]
    back = await terminal("OPS", "dead-letters", "refuse-proposal", bulk)
    assert (back.returncode, "(refused)" in back.stdout) == (0, True)
    assert (await terminal("OPS", "dead-letters", "stop-proposal", bulk)).returncode == 1
    assert await taken(ops) == 0
