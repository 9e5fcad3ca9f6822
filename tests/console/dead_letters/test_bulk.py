"""Bulk replay on a screen: the number first, then two different people."""

from __future__ import annotations

import pytest

from storage.dead_letters.bulk import DeadLetterBulks
from tests.builders.console.office import Office, person
from tests.builders.letters.claim_letters import a_letter

pytestmark = pytest.mark.servers


@pytest.fixture
async def ops(office: Office) -> Office:
    await office.hire(person("OPS", "ops"), person("OPS-2", "ops"))
    await office.stores.office.queue([a_letter(offset) for offset in range(3)])
    return office


async def proposed(ops: Office) -> str:
    answer = await ops.post("/dead-letters/bulk", "OPS", {"reason": "not-json", "sure": "yes"})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def queued(ops: Office) -> int:
    return await DeadLetterBulks(ops.engine).queue_approved()


async def test_the_number_is_shown_before_anything_is_proposed(ops: Office) -> None:
    answer = await ops.post("/dead-letters/bulk", "OPS", {"reason": "not-json"})
    assert answer.status_code == 200
    assert "Propose to replay 3" in answer.text
    assert await ops.rows("SELECT 1 FROM dead_letter_bulks") == []


@pytest.mark.parametrize("second", ["OPS-2", "BOSS"])
async def test_another_person_approves_and_then_it_runs(ops: Office, second: str) -> None:
    bulk = await proposed(ops)
    own = await ops.post(f"{bulk}/approve", "OPS")
    assert own.status_code == 403
    assert "another person" in own.text
    assert "Approve" not in (await ops.get(bulk, "OPS")).text
    assert await queued(ops) == 0
    assert (await ops.post(f"{bulk}/approve", second)).status_code == 303
    assert "under way" in (await ops.get(bulk, "OPS")).text
    assert await queued(ops) == 3
    assert "done" in (await ops.get(bulk, "OPS")).text
    people = await ops.rows("SELECT DISTINCT person_id FROM audit_trail WHERE content->>'action' = 'replayed'")
    assert [row.person_id for row in people] == [second]


async def test_a_running_bulk_is_stopped_by_either(ops: Office) -> None:
    bulk = await proposed(ops)
    await ops.post(f"{bulk}/approve", "BOSS")
    assert (await ops.post(f"{bulk}/stop", "OPS")).status_code == 303
    assert await queued(ops) == 0
    assert "stopped" in (await ops.get(bulk, "BOSS")).text


async def test_a_proposal_is_refused_or_taken_back(ops: Office) -> None:
    for who in ("OPS", "BOSS"):
        bulk = await proposed(ops)
        assert (await ops.post(f"{bulk}/refuse", who)).status_code == 303
        assert (await ops.post(f"{bulk}/approve", "BOSS")).status_code == 409
    assert await queued(ops) == 0


async def test_only_operations_proposes_and_only_overseers_decide(ops: Office) -> None:
    form = {"reason": "not-json", "sure": "yes"}
    assert (await ops.post("/dead-letters/bulk", "BOSS", form)).status_code == 403
    bulk = await proposed(ops)
    for who, refused in (("NURSE", 403), (None, 303)):
        assert (await ops.post("/dead-letters/bulk", who, form)).status_code == refused
        assert (await ops.get(bulk, who)).status_code == refused
        for decision in ("approve", "refuse", "stop"):
            sent = {"csrf": "x"} if who is None else None
            assert (await ops.post(f"{bulk}/{decision}", who, sent)).status_code == refused
    assert [row.approved for row in await ops.rows("SELECT approved FROM dead_letter_bulks")] == [None]


async def test_what_cannot_be_is_said_in_words(ops: Office) -> None:
    none = await ops.post("/dead-letters/bulk", "OPS", {"reason": "no-such", "sure": "yes"})
    assert (none.status_code, "no open dead letter matches" in none.text) == (409, True)
    assert (await ops.get("/dead-letters/bulk/00000000-0000-0000-0000-000000000000", "OPS")).status_code == 404
    assert (await ops.post(f"{await proposed(ops)}/explode", "OPS")).status_code == 404


async def test_progress_is_a_part_of_the_page(ops: Office) -> None:
    bulk = await proposed(ops)
    await ops.post(f"{bulk}/approve", "BOSS")
    part = await ops.get(bulk, "OPS", headers={"HX-Request": "true"})
    assert "<html" not in part.text
    assert 'value="0"' in part.text


async def test_many_are_closed_for_one_reason_by_two_people(ops: Office) -> None:
    form = {"reason": "not-json", "action": "close"}
    looked = await ops.post("/dead-letters/bulk", "OPS", form)
    assert "Propose to close 3" in looked.text
    without = await ops.post("/dead-letters/bulk", "OPS", {**form, "sure": "yes", "reason_to_close": "typed"})
    assert (without.status_code, ">typed</textarea>" in without.text) == (422, True)
    why = "a test of the sender that went astray"
    answer = await ops.post("/dead-letters/bulk", "OPS", {**form, "sure": "yes", "reason_to_close": why})
    bulk = answer.headers["location"]
    assert why in (await ops.get(bulk, "BOSS")).text
    assert (await ops.post(f"{bulk}/approve", "OPS")).status_code == 403
    assert (await ops.post(f"{bulk}/approve", "OPS-2")).status_code == 303
    assert await queued(ops) == 3
    rows = await ops.rows("SELECT closed_by, closed_because FROM dead_letters")
    assert [(row.closed_by, row.closed_because) for row in rows] == [("OPS-2", why)] * 3
    assert "done" in (await ops.get(bulk, "OPS")).text
