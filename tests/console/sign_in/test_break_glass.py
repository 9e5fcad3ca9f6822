"""Opening a claim by exception: with a reason, recorded first, for one person, one claim and half an hour."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest

from adjudication.model.vocabulary import ClaimId
from adjudication.people import StaffMember
from console.sign_in.break_glass import ClaimAccess, opened
from console.web.problems import Problem
from storage.audit.trail import broken
from tests.builders.console.office import Office, problem
from tests.builders.ledger.submissions import a_submission

pytestmark = pytest.mark.servers

REASON = "The provider's office is on the phone about this claim and its reviewer is away."
JSON: dict[str, Any] = {"headers": {"Accept": "application/json"}}


async def look(office: Office, claim: str, person: str) -> ClaimAccess:
    found = await office.staff.find(person)
    assert isinstance(found, StaffMember)
    _, sight = await opened(office.console, found, ClaimId(claim))
    return sight


async def refusal(office: Office, claim: str, person: str) -> Problem:
    with pytest.raises(Problem) as refused:
        await look(office, claim, person)
    return refused.value


async def trail(office: Office, claim: str) -> list[tuple[str, str, str]]:
    rows = await office.rows(
        "SELECT person_id, role, content::text AS content FROM audit_trail WHERE subject = :subject ORDER BY number",
        subject=f"view/{claim}",
    )
    return [(row.person_id, row.role, orjson.loads(row.content)["action"]) for row in rows]


async def test_who_works_on_a_claim_sees_it_and_the_trail_states_it(office: Office, study: ClaimId) -> None:
    assert (await look(office, study, "NURSE")).works
    assert await trail(office, study) == [("NURSE", "nurse", "viewed")]


async def test_who_does_not_is_refused_and_informed_of_the_way(office: Office, study: ClaimId) -> None:
    refused = await refusal(office, study, "CODER")
    assert (refused.status, refused.code) == (403, "not-your-queue")
    assert refused.way is not None
    assert refused.way.address == f"/break-glass/{study}"
    assert await trail(office, study) == []


async def test_a_reason_opens_one_claim_to_one_person_for_half_an_hour(office: Office, study: ClaimId) -> None:
    [other] = await office.waiting(a_submission("SCAN-1", "72148"))
    answer = await office.post(f"/break-glass/{study}", "CODER", {"reason": REASON})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/claims/{study}")
    assert await trail(office, study) == [("CODER", "break-glass", "broke-glass")]
    sight = await look(office, study, "CODER")
    assert not sight.works
    assert sight.roles == frozenset()
    assert sight.until == office.now + timedelta(minutes=30)
    assert (await trail(office, study))[1:] == [("CODER", "break-glass", "viewed")]
    assert (await refusal(office, other, "CODER")).code == "not-your-queue"
    office.now += timedelta(minutes=30)
    assert (await refusal(office, study, "CODER")).code == "not-your-queue"
    assert [place async for place in broken(office.engine)] == []


async def test_what_is_opened_by_exception_cannot_be_acted_on(office: Office, study: ClaimId) -> None:
    await office.post(f"/break-glass/{study}", "CODER", {"reason": REASON})
    assert problem(await office.act(study, "CODER", action="take")) == (403, "not-your-queue")


async def test_the_reason_is_in_the_trail_word_for_word(office: Office, study: ClaimId) -> None:
    await office.post(f"/break-glass/{study}", "CODER", {"reason": f"  {REASON}\n"})
    [row] = await office.rows(
        "SELECT content::text AS content FROM audit_trail WHERE subject = :subject", subject=f"view/{study}"
    )
    assert orjson.loads(row.content)["reason"] == REASON


@pytest.mark.parametrize("reason", ["", "too short", " " * 30, "x" * 2001])
async def test_a_reason_that_says_nothing_opens_nothing(office: Office, study: ClaimId, reason: str) -> None:
    answer = await office.post(f"/break-glass/{study}", "CODER", {"reason": reason})
    assert answer.status_code == 422
    assert "Say why you must see it" in answer.text
    assert await trail(office, study) == []
    assert (await refusal(office, study, "CODER")).code == "not-your-queue"


async def test_no_reason_opens_a_claim_to_a_person_with_an_interest(office: Office, study: ClaimId) -> None:
    assert problem(await office.get(f"/break-glass/{study}", "KIN", **JSON)) == (403, "conflict-of-interest")
    answer = await office.post(f"/break-glass/{study}", "KIN", {"reason": REASON}, **JSON)
    assert problem(answer) == (403, "conflict-of-interest")
    assert await trail(office, study) == []
    refused = await refusal(office, study, "KIN")
    assert (refused.code, refused.way) == ("conflict-of-interest", None)


async def test_the_form_shows_nothing_of_the_claim(office: Office, study: ClaimId) -> None:
    answer = await office.get(f"/break-glass/{study}", "CODER")
    assert answer.status_code == 200
    for private in ("SYN-000001", "Synthberg", "1961"):
        assert private not in answer.text
    assert await trail(office, study) == []


async def test_who_needs_no_exception_is_led_to_the_claim(office: Office, study: ClaimId) -> None:
    answer = await office.get(f"/break-glass/{study}", "NURSE")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/claims/{study}")


async def test_a_claim_that_is_not_there_is_not_opened(office: Office) -> None:
    for answer in (
        await office.get(f"/break-glass/{uuid4()}", "CODER", **JSON),
        await office.post(f"/break-glass/{uuid4()}", "CODER", {"reason": REASON}, **JSON),
    ):
        assert problem(answer) == (404, "no-such-claim")


async def test_oversight_looks_at_each_use_and_never_at_its_own(office: Office, study: ClaimId) -> None:
    await office.post(f"/break-glass/{study}", "CODER", {"reason": REASON})
    [use] = await office.rows("SELECT use_id::text FROM broken_glass")
    shown = await office.get("/break-glass", "BOSS")
    assert "provider&#39;s office is on the phone" in shown.text
    address = f"/break-glass/uses/{use.use_id}/acknowledge"
    assert address in shown.text
    assert (await office.post(address, "BOSS")).status_code == 303
    assert problem(await office.post(address, "BOSS", **JSON)) == (409, "nothing-to-acknowledge")
    assert "by BOSS" in (await office.get("/break-glass", "BOSS")).text
    assert (await trail(office, study))[-1] == ("BOSS", "supervisor", "acknowledged-glass")
    await office.run("UPDATE broken_glass SET acknowledged_at = NULL, acknowledged_by = NULL, person_id = 'BOSS'")
    assert problem(await office.post(address, "BOSS", **JSON)) == (409, "nothing-to-acknowledge")


async def test_the_uses_are_for_oversight_alone(office: Office, study: ClaimId) -> None:
    await office.post(f"/break-glass/{study}", "CODER", {"reason": REASON})
    [use] = await office.rows("SELECT use_id::text FROM broken_glass")
    address = f"/break-glass/uses/{use.use_id}/acknowledge"
    for who in ("NURSE", "CODER", "MD-NY"):
        assert problem(await office.get("/break-glass", who, **JSON)) == (403, "role-may-not")
        assert problem(await office.post(address, who, **JSON)) == (403, "role-may-not")
