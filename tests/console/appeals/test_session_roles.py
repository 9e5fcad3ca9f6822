"""A session acts on an appeal in its own roles only, whatever more the staff list gives its person."""

from __future__ import annotations

from uuid import uuid4

import pytest

from adjudication.people import Role, StaffMember
from storage.appeals.actions import AppealActionStore
from tests.builders.console.appeals_office import NEW_YORK, AppealsOffice
from tests.builders.console.office import person
from tests.builders.ledger.appeal_cases import RATIONALE

pytestmark = pytest.mark.servers

UPHELD = {"ruling-1": "upheld", "rationale": RATIONALE}


async def decided(appeals: AppealsOffice, appeal: str, who: str, *claimed: str) -> int:
    await appeals.office.hire(
        person(who, "supervisor", "appeals-physician", state="NY", reports_to="other-chief"),
    )
    await appeals.office.signed_in(who, *claimed)
    sent = {"action_id": str(uuid4()), **UPHELD}
    answer = await appeals.office.post(f"/appeals/{appeal}/actions/decide", who, sent)
    return answer.status_code


async def test_a_session_without_the_decider_s_role_decides_nothing(appeals: AppealsOffice) -> None:
    appeal = await appeals.appealed()
    assert await decided(appeals, appeal, "both", "supervisor") == 403
    assert await appeals.office.rows("SELECT accepted FROM appeal_actions") == [(False,)]
    assert await appeals.office.rows("SELECT 1 FROM appeal_decisions") == []


@pytest.mark.parametrize("claimed", [("supervisor", "appeals-physician"), ("appeals-physician",), ()])
async def test_a_session_with_it_decides(appeals: AppealsOffice, claimed: tuple[str, ...]) -> None:
    appeal = await appeals.appealed()
    assert await decided(appeals, appeal, "both", *claimed) == 303


async def test_the_trail_names_the_role_it_was_permitted_in(appeals: AppealsOffice) -> None:
    appeal = await appeals.appealed(NEW_YORK)
    await appeals.office.hire(
        person("three", "appeals-specialist", "clinical-peer", "supervisor", state="NY", reports_to="other-chief"),
    )
    await appeals.office.signed_in("three", "supervisor")
    given = {"action_id": str(uuid4()), "person": "three"}
    assert (await appeals.office.post(f"/appeals/{appeal}/actions/assign-decider", "three", given)).status_code == 303
    del appeals.office.cookies["three"]
    sent = {"action_id": str(uuid4()), **UPHELD}
    answer = await appeals.office.post(f"/appeals/{appeal}/actions/decide", "three", sent)
    assert answer.status_code == 303
    trail = await appeals.office.rows(
        "SELECT role FROM audit_trail WHERE subject LIKE 'appeal/%' AND action_id IS NOT NULL ORDER BY number"
    )
    assert trail == [("supervisor",), ("clinical-peer",)]


async def test_a_role_taken_from_the_staff_record_meanwhile_does_nothing_more(appeals: AppealsOffice) -> None:
    appeal = await appeals.appealed()
    await appeals.office.signed_in("specialist")
    action = str(uuid4())
    specialist = StaffMember("specialist", frozenset({Role.APPEALS_SPECIALIST}))
    await AppealActionStore(appeals.office.engine, appeals.office.library.reference).submit(
        action, appeal, specialist, b'{"action":"acknowledge"}'
    )
    await appeals.office.hire(person("specialist", "siu", version=2))
    answer = await appeals.office.appeal_desk.act(appeal, action)
    assert (answer.accepted, answer.code) == (False, "role-may-not")


@pytest.mark.parametrize("line", ["x", "9" * 5000])
async def test_a_settlement_of_a_line_that_is_none_is_refused_in_words(appeals: AppealsOffice, line: str) -> None:
    appeal = await appeals.appealed()
    sent = {"action_id": str(uuid4()), "what": f"{line}|x", "answer": "passes", "rationale": RATIONALE}
    answer = await appeals.office.post(f"/appeals/{appeal}/actions/settle", "specialist", sent)
    assert answer.status_code == 422
