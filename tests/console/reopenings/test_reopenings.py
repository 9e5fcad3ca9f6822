"""Decided claims raised to be adjudicated again: whose the list is, and closing one with a reason that is in the trail."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from httpx import Response

from adjudication.model.vocabulary import ClaimId
from contracts.events.reopenings import Reason, Reopening
from storage.audit.trail import broken
from storage.decisions.reopenings import raise_reopenings
from tests.builders.console.office import ADJUDICATED, Office, person, problem
from tests.builders.ledger.submissions import MEMBER

pytestmark = pytest.mark.servers

WHY = "The late record says nothing that the denial rests on."
CLOSED: dict[str, Any] = {"reason": "late-document", "cause": "SYN-DOC-1", "outcome": "left-as-is", "rationale": WHY}
TRAIL = "SELECT person_id, role, content::text AS content FROM audit_trail WHERE subject = :subject"


@pytest.fixture
async def late(office: Office, study: ClaimId) -> ClaimId:
    """A claim raised because a document came late."""
    await office.hire(person("EXAMINER", "examiner"), person("KIN-EX", "examiner", conflicts=["1234567893"]))
    async with office.engine.begin() as connection:
        await raise_reopenings(connection, [Reopening(study, Reason.LATE_DOCUMENT, "SYN-DOC-1", ADJUDICATED)])
    return study


async def close(office: Office, claim: str, who: str | None = "EXAMINER", **changed: Any) -> Response:
    return await office.post(f"/reopenings/{claim}/close", who, {**CLOSED, **changed})


async def test_the_list_says_why_and_names_no_member(office: Office, late: ClaimId) -> None:
    shown = (await office.get("/reopenings", "EXAMINER")).text
    for value in ("A document came late", "SYN-DOC-1", f"/claims/{late}"):
        assert value in shown
    assert MEMBER not in shown


async def test_a_late_authorization_is_named_with_its_version(office: Office, late: ClaimId) -> None:
    async with office.engine.begin() as connection:
        raised = Reopening(late, Reason.LATE_AUTHORIZATION, "SYN-PA-7/3", ADJUDICATED)
        await raise_reopenings(connection, [raised])
    shown = (await office.get("/reopenings", "EXAMINER")).text
    for part in ("An authorization came late", "SYN-PA-7", "version 3"):
        assert part in shown


async def test_an_empty_list_says_when_it_will_have_entries(office: Office) -> None:
    assert "No decided claim is reopened" in (await office.get("/reopenings", "BOSS")).text


async def test_one_is_closed_once_with_the_reason_in_the_trail_and_off_the_list(office: Office, late: ClaimId) -> None:
    assert (await close(office, late)).headers["location"] == "/reopenings"
    [entry] = await office.rows(TRAIL, subject=f"reopening/{late}")
    content = orjson.loads(entry.content)
    assert (entry.person_id, entry.role) == ("EXAMINER", "examiner")
    assert (content["outcome"], content["rationale"]) == ("left-as-is", WHY)
    assert [value async for value in broken(office.engine)] == []
    assert "No decided claim is reopened" in (await office.get("/reopenings", "BOSS")).text
    assert (await office.call("GET", "/api/reopenings", "BOSS")).json() == []
    assert problem(await close(office, late, "BOSS")) == (409, "not-open")
    assert len(await office.rows(TRAIL, subject=f"reopening/{late}")) == 1


async def test_the_claim_page_reports_that_it_was_closed_and_keeps_the_reason_closed(
    office: Office, late: ClaimId
) -> None:
    await close(office, late)
    shown = (await office.get(f"/claims/{late}", "BOSS")).text
    assert "Closed a reopening" in shown
    assert WHY not in shown
    assert WHY in (await office.post(f"/claims/{late}/open", "BOSS")).text


@pytest.mark.parametrize("missing", [{"outcome": ""}, {"outcome": "forgotten"}, {"rationale": "  too short  "}])
async def test_what_is_missing_comes_back_with_what_was_typed(
    office: Office, late: ClaimId, missing: dict[str, str]
) -> None:
    answer = await close(office, late, **missing)
    assert answer.status_code == 422
    assert (missing.get("rationale") or WHY) in answer.text
    assert await office.rows("SELECT 1 FROM reopenings_closed") == []


@pytest.mark.parametrize(
    "change", [{"cause": "SYN-DOC-2"}, {"reason": "no-such"}, {"reason": "acquisition-taken-back"}]
)
async def test_what_was_never_raised_cannot_be_closed(office: Office, late: ClaimId, change: dict[str, str]) -> None:
    assert problem(await close(office, late, **change)) == (409, "not-open")
    assert await office.rows(TRAIL, subject=f"reopening/{late}") == []


@pytest.mark.parametrize(
    ("who", "refused"), [("NURSE", "role-may-not"), ("CODER", "role-may-not"), ("KIN-EX", "conflict-of-interest")]
)
async def test_others_and_who_has_an_interest_close_nothing(
    office: Office, late: ClaimId, who: str, refused: str
) -> None:
    assert problem(await close(office, late, who)) == (403, refused)
    assert await office.rows("SELECT 1 FROM reopenings_closed") == []


async def test_a_closing_stands(office: Office, late: ClaimId) -> None:
    await close(office, late)
    for statement in ("UPDATE reopenings_closed SET outcome = 'reopened-elsewhere'", "DELETE FROM reopenings_closed"):
        with pytest.raises(Exception, match="a closed reopening stands"):
            await office.run(statement)
