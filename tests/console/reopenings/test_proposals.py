"""The proposal to correct a decided claim: who sees it, what it shows, and approving it on the page and over the API."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from adjudication.model.vocabulary import ClaimId
from storage.appeals.intake import PostgresAppealIntake
from storage.privileges.roles import DatabaseRole
from storage.readjudication.take_up import ReadjudicationTakeUp
from tests.builders.console.office import Office, person, problem
from tests.builders.ledger.appeal_cases import a_filing
from tests.builders.ledger.desks import a_desk, documented
from tests.builders.ledger.roles import in_role
from tests.builders.ledger.submissions import MEMBER, a_coverage_change, a_submission, an_authorization_change

pytestmark = pytest.mark.servers

WHY = "The coverage had ended, as the employer corrected it."


@pytest.fixture
async def raised(office: Office) -> str:
    """A paid claim whose coverage turned out to have ended; the id under which it was adjudicated again."""
    await office.hire(
        person("EXAMINER", "examiner"),
        person("DIRECTOR", "medical-director"),
        person("BOSS-2", "supervisor"),
        person("KIN-EX", "examiner", conflicts=["1234567893"]),
    )
    stores = office.stores
    desk = await a_desk(stores, documented(a_submission("C1", "72148")), a_coverage_change())
    ended = a_coverage_change(2).model_copy(update={"ends": date(2025, 2, 1)})
    await stores.feeds.apply_coverage([ended])
    office.now = desk.now
    [taken] = await ReadjudicationTakeUp(in_role(office.engine, DatabaseRole.WORKER)).take(9, office.now)
    await office.look(taken.readjudication_id)
    return taken.readjudication_id


async def approve(office: Office, key: str, who: str, **changed: Any) -> tuple[int, str]:
    sent = {"action": "approve", "number": 1, "rationale": WHY, **changed}
    headers = {"Idempotency-Key": str(uuid4())}
    answer = await office.call("POST", f"/api/reopenings/{key}/actions", who, headers=headers, json=sent)
    return (200, answer.json()["code"]) if answer.status_code == 200 else problem(answer)


async def test_the_list_and_the_page_show_what_would_change_and_name_no_member(office: Office, raised: str) -> None:
    listed = (await office.get("/reopenings", "EXAMINER")).text
    assert f"/reopenings/proposals/{raised}" in listed
    assert "Takes back" in listed
    shown = (await office.get(f"/reopenings/proposals/{raised}", "EXAMINER")).text
    for part in (
        "Coverage changed",
        "Taken back",
        "New York Insurance Law 3224-b",
        "may dispute it until",
        "until 2027-09-01",
    ):
        assert part in shown
    assert MEMBER not in shown
    [row] = (await office.call("GET", "/api/reopenings", "EXAMINER")).json()
    assert (row["readjudication_id"], row["result"]) == (raised, "corrects")


async def test_two_people_approve_on_the_page_and_the_reopening_leaves_the_list(office: Office, raised: str) -> None:
    form = {"number": "1", "ground": "ordinary", "rationale": WHY}
    first = await office.post(f"/reopenings/proposals/{raised}/approve", "EXAMINER", form)
    assert first.headers["location"] == f"/reopenings/proposals/{raised}"
    again = await office.post(f"/reopenings/proposals/{raised}/approve", "EXAMINER", form)
    assert problem(again) == (403, "second-person")
    assert "EXAMINER (examiner), ordinary" in (await office.get(f"/reopenings/proposals/{raised}", "BOSS-2")).text
    await office.post(f"/reopenings/proposals/{raised}/approve", "BOSS-2", form)
    shown = (await office.get(f"/reopenings/proposals/{raised}", "EXAMINER")).text
    assert "carried out as determination 2" in shown
    assert "Approve this correction" not in shown
    assert "No decided claim is reopened" in (await office.get("/reopenings", "BOSS")).text


async def test_a_medical_director_may_be_the_second_who_takes_money_back(office: Office, raised: str) -> None:
    assert await approve(office, raised, "EXAMINER") == (200, "accepted")
    assert await approve(office, raised, "DIRECTOR") == (200, "accepted")
    assert await office.rows("SELECT max(version) FROM determinations") == [(2,)]


async def test_a_reason_that_is_missing_comes_back_with_what_was_typed(office: Office, raised: str) -> None:
    answer = await office.post(
        f"/reopenings/proposals/{raised}/approve", "EXAMINER", {"number": "1", "rationale": "short"}
    )
    assert answer.status_code == 422
    assert "short" in answer.text
    assert await office.rows("SELECT 1 FROM correction_actions") == []


@pytest.mark.parametrize(
    ("who", "refused"),
    [("NURSE", (403, "not-your-role")), ("CODER", (403, "not-your-role")), ("KIN-EX", (403, "conflict-of-interest"))],
)
async def test_others_and_who_has_an_interest_approve_nothing(
    office: Office, raised: str, who: str, refused: tuple[int, str]
) -> None:
    assert await approve(office, raised, who) == refused
    assert await office.rows("SELECT 1 FROM correction_actions") == []


async def test_the_api_answers_the_same_action_the_same_way_and_leaves_a_decision(office: Office, raised: str) -> None:
    headers = {"Idempotency-Key": str(uuid4())}
    sent = {"action": "leave", "rationale": WHY}
    for _ in range(2):
        answer = await office.call("POST", f"/api/reopenings/{raised}/actions", "EXAMINER", headers=headers, json=sent)
        assert (answer.status_code, answer.json()["accepted"]) == (200, True)
    shown = (await office.call("GET", f"/api/reopenings/{raised}", "EXAMINER")).json()
    assert (shown["closed"], shown["version"]) == ("left-as-is", None)
    assert await approve(office, raised, "BOSS-2") == (409, "closed")
    assert shown["takes"] != "0.00"


async def test_there_is_nothing_under_an_unknown_id(office: Office, study: ClaimId) -> None:
    await office.hire(person("EXAMINER", "examiner"))
    assert problem(await office.get(f"/reopenings/proposals/{study}", "EXAMINER")) == (404, "no-such-proposal")


async def test_an_appeal_of_the_claim_is_informed_of_the_proposal_and_keeps_its_lines(office: Office) -> None:
    """The authorization comes after the denial and its appeal: the correction joins the appeal, and does not race it."""
    await office.hire(person("EXAMINER", "examiner"))
    stores = office.stores
    claim = documented(a_submission("C1", "72156"))
    desk = await a_desk(stores, claim, a_coverage_change(plan="HUDSON-MA"))
    office.now = desk.now
    taken = await PostgresAppealIntake(office.engine, office.library.reference).file(
        a_filing(desk.stored.claim, desk.now)
    )
    assert taken is not None
    late = an_authorization_change(code="72156", units=1).model_copy(update={"plan_id": "HUDSON-MA"})
    await stores.feeds.apply_authorizations([late])
    [found] = await ReadjudicationTakeUp(in_role(office.engine, DatabaseRole.WORKER)).take(9, office.now)
    key = found.readjudication_id
    await office.look(key)
    shown = (await office.get(f"/appeals/{taken.appeal_id}", "BOSS")).text
    assert "The claim was reopened: An authorization came late." in shown
    assert "the appealed lines get a different result" in shown
    assert f"/appeals/{taken.appeal_id}" in (await office.get(f"/reopenings/proposals/{key}", "EXAMINER")).text
    assert await approve(office, key, "EXAMINER") == (409, "nothing-to-approve")
    assert await office.rows("SELECT version FROM determinations") == [(1,)]
