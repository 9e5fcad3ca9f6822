"""The staff list on a screen: two people change a record, one suspends, and PostgreSQL holds both whoever asks."""

from __future__ import annotations

import re
from typing import Any, Final
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from contracts.actions.people import PersonV1
from storage.audit.trail import broken
from storage.privileges.roles import DatabaseRole
from tests.builders.console.office import Office, person, problem
from tests.builders.ledger.roles import in_role

pytestmark = pytest.mark.servers

WHY: Final = "A new reviewer begins in the spine team."
NEW: Final = {"person_id": "SYN-NEW", "role": ["nurse"], "active": "yes", "reason": WHY}
LICENSED: Final = {
    "license-number": ["NY-1", ""],
    "license-state": ["NY", ""],
    "license-profession": ["physician", ""],
    "license-expertise": ["radiology, neurology", ""],
    "license-starts": ["2020-01-01", ""],
    "license-ends": ["2026-01-01", ""],
    "license-restricted": ["no", "no"],
}


@pytest.fixture
async def second(office: Office) -> Office:
    """The office with a second supervisor."""
    await office.hire(person("BOSS-2", "supervisor"), person("AUDITOR", "qa"))
    return office


async def proposed(office: Office, **form: Any) -> str:
    """Propose a record as BOSS; return the id of the proposal."""
    answer = await office.post("/staff/changes", "BOSS", {**NEW, **form})
    assert (answer.status_code, answer.headers["location"]) == (303, "/staff")
    [found] = await office.rows(
        "SELECT change_id::text FROM staff_changes LEFT JOIN staff_change_rulings USING (change_id) WHERE ruling IS NULL"
    )
    return str(found[0])


async def record(office: Office, person_id: str) -> PersonV1 | None:
    return await office.console.staff_changes.person(person_id)


async def test_a_record_is_proposed_shown_with_its_differences_and_approved_by_another(second: Office) -> None:
    change = await proposed(second, **LICENSED)
    assert await record(second, "SYN-NEW") is None
    shown = (await second.get("/staff", "BOSS-2")).text
    assert "SYN-NEW: waits for a second person" in shown
    assert "physician NY NY-1 (radiology, neurology), not valid from 2026-01-01" in shown
    assert f"/staff/changes/{change}/approve" in shown
    assert f"/staff/changes/{change}/approve" not in (await second.get("/staff", "BOSS")).text

    assert problem(await second.post(f"/staff/changes/{change}/approve", "BOSS"))[1] == "same-person"
    assert (await second.post(f"/staff/changes/{change}/approve", "BOSS-2")).status_code == 303
    found = await record(second, "SYN-NEW")
    assert found is not None
    assert [role.value for role in found.roles] == ["nurse"]
    assert [each.expertise for each in found.licenses] == [("radiology", "neurology")]
    assert (await second.call("GET", "/api/people/me", "SYN-NEW")).status_code == 200
    assert problem(await second.post(f"/staff/changes/{change}/refuse", "BOSS-2"))[1] == "already-ended"
    assert [each async for each in broken(second.stores.engine)] == []


async def test_an_expired_license_is_marked_and_an_emptied_row_takes_a_license_away(second: Office) -> None:
    ended = {**LICENSED, "license-ends": ["2025-01-01", ""]}
    await second.post(f"/staff/changes/{await proposed(second, **ended)}/approve", "BOSS-2")
    assert "expired" in (await second.get("/staff", "AUDITOR")).text
    emptied = {**ended, "license-number": ["", ""]}
    await second.post(f"/staff/changes/{await proposed(second, **emptied)}/approve", "BOSS-2")
    found = await record(second, "SYN-NEW")
    assert found is not None
    assert (found.licenses, found.version) == ((), 2)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"role": []}, "roles"),
        ({"person_id": "two words"}, "person_id"),
        ({"conflicts": "123"}, "conflicts"),
        ({"reason": "short"}, "say why"),
        ({**LICENSED, "license-state": ["New York", ""]}, "licenses.0.state"),
    ],
)
async def test_a_wrong_record_is_shown_again_with_what_was_typed(
    second: Office, form: dict[str, Any], said: str
) -> None:
    answer = await second.post("/staff/changes", "BOSS", {**NEW, **form})
    assert answer.status_code == 422
    assert said in answer.text
    assert str({**NEW, **form}["person_id"]) in answer.text
    assert await second.rows("SELECT 1 FROM staff_changes") == []


async def test_a_person_is_suspended_at_once_by_one_and_comes_back_by_two(second: Office) -> None:
    assert "Suspend NURSE" in (await second.get("/staff/record?person=NURSE", "BOSS")).text
    assert problem(await second.post("/staff/suspend", "BOSS", {"person_id": "NURSE", "reason": "no"}))[1] == "reason"
    suspended = await second.post("/staff/suspend", "BOSS", {"person_id": "NURSE", "reason": WHY})
    assert suspended.status_code == 303
    assert problem(await second.call("GET", "/api/people/me", "NURSE")) == (403, "unknown-person")
    assert (
        problem(await second.post("/staff/suspend", "BOSS", {"person_id": "NURSE", "reason": WHY}))[1] == "not-active"
    )
    assert problem(await second.post("/staff/suspend", "BOSS", {"person_id": "BOSS", "reason": WHY}))[1] == "own-record"

    change = await proposed(second, person_id="NURSE")
    assert (await second.post(f"/staff/changes/{change}/approve", "BOSS-2")).status_code == 303
    assert (await second.call("GET", "/api/people/me", "NURSE")).status_code == 200
    assert [each async for each in broken(second.stores.engine)] == []


async def test_a_record_that_changed_after_the_proposal_is_not_overwritten(second: Office) -> None:
    change = await proposed(second, person_id="NURSE", role=["nurse", "physician"])
    await second.post("/staff/suspend", "BOSS", {"person_id": "NURSE", "reason": WHY})
    assert problem(await second.post(f"/staff/changes/{change}/approve", "BOSS-2"))[1] == "record-changed"
    assert await second.rows("SELECT 1 FROM staff_change_rulings") == []
    assert (await second.post(f"/staff/changes/{change}/refuse", "BOSS-2", {"reason": "Gone."})).status_code == 303
    found = await record(second, "NURSE")
    assert found is not None
    assert not found.active


async def test_quality_reads_the_list_and_changes_nothing(second: Office) -> None:
    shown = (await second.get("/staff", "AUDITOR")).text
    assert "MD-NY" in shown
    assert "/staff/record" not in shown
    assert (await second.get("/staff/record", "AUDITOR")).status_code == 403
    assert (await second.get("/staff", "NURSE")).status_code == 403


async def test_the_api_proposes_lists_and_approves_as_the_pages_do(second: Office) -> None:
    body = {"reason": WHY, "people": [{"person_id": "SYN-NEW", "roles": ["coder"]}]}
    assert problem(await second.call("POST", "/api/people", "NURSE", json=body)) == (403, "role-may-not")
    answer = await second.call("POST", "/api/people", "BOSS", json=body)
    [change] = answer.json()["proposals"]
    [listed] = (await second.call("GET", "/api/people/changes", "BOSS-2")).json()
    assert (answer.status_code, listed["change_id"], listed["ruling"]) == (202, change, None)
    way = f"/api/people/changes/{change}"
    assert problem(await second.call("POST", f"{way}/approve", "BOSS", json={})) == (403, "same-person")
    assert (await second.call("POST", f"{way}/approve", "BOSS-2", json={})).status_code == 204
    unknown = await second.call("POST", f"/api/people/changes/{uuid4()}/approve", "BOSS-2", json={})
    assert problem(unknown) == (404, "no-such-change")
    assert (await second.call("GET", "/api/people/me", "SYN-NEW")).json()["roles"] == ["coder"]


RULED: Final = """INSERT INTO staff_change_rulings (change_id, ruling, ruled_by, ruled_role, ruled_at)
    VALUES ('{change}', '{ruling}', '{by}', 'supervisor', now())"""
FORGED: Final = {
    "the proposer approves": (RULED, "approved", "BOSS"),
    "the proposer refuses": (RULED, "refused", "BOSS"),
    "the person concerned approves": (RULED, "approved", "NURSE"),
    "another withdraws": (RULED, "withdrawn", "BOSS-2"),
    "a proposal is rewritten": ("UPDATE staff_changes SET content = '{{}}' WHERE change_id = '{change}'", "", ""),
    "a person changes themselves": (
        """INSERT INTO staff_changes (change_id, person_id, content, reason, proposed_by, proposed_role, proposed_at)
           VALUES (gen_random_uuid(), 'BOSS', '{{"person_id": "BOSS"}}', repeat('x', 20), 'BOSS', 'supervisor', now())""",
        "",
        "",
    ),
    "the list is changed without a proposal": ("SELECT change_people('[]')", "", ""),
}


@pytest.mark.parametrize("how", FORGED)
async def test_postgresql_refuses_it_to_the_console_whatever_the_code_says(second: Office, how: str) -> None:
    change = await proposed(second, person_id="NURSE", role=["nurse", "physician"])
    statement, ruling, by = FORGED[how]
    async with in_role(second.stores.engine, DatabaseRole.CONSOLE).connect() as connection:
        with pytest.raises(DBAPIError) as refused:
            await connection.execute(text(statement.format(change=change, ruling=ruling, by=by)))
    words = "two_people_change_the_staff_list|nobody_proposes|append-only|permission denied|neither its proposer"
    assert re.search(words, str(refused.value.orig))


async def test_a_proposal_without_an_approval_changes_nothing_through_the_function(second: Office) -> None:
    change = await proposed(second, person_id="NURSE", role=["nurse", "physician"])
    async with in_role(second.stores.engine, DatabaseRole.CONSOLE).begin() as connection:
        applied = await connection.execute(text(f"SELECT apply_staff_change('{change}')"))
        assert applied.all() == []
