from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from adjudication.model.findings import Citation
from adjudication.model.vocabulary import ClaimId
from adjudication.review.first_due import FirstDue
from contracts.events.reopenings import Reason, Reopening
from storage.decisions.reopenings import raise_reopenings
from storage.review.deadlines import PostgresDeadlines
from tests.builders.console.office import ADJUDICATED, RATIONALE, Office, problem
from tests.builders.ledger.submissions import MEMBER, a_submission

pytestmark = pytest.mark.servers


async def test_a_row_states_what_waits_until_when_and_for_whom(office: Office, study: ClaimId) -> None:
    [task] = (await office.call("GET", "/api/tasks", "MD-NY")).json()["tasks"]
    assert task["claim_id"] == study
    assert task["control_number"] == "STUDY-1"
    assert [line["code"] for line in task["lines"]] == ["0609T", "0610T", "0611T", "0612T"]
    assert {(pend["code"], pend["owner"], pend["priority"]) for pend in task["pends"]} == {
        ("P-CLIN-MD", "physician", 2)
    }
    assert [pend["line"] for pend in task["pends"]] == [1, 2, 3, 4]
    assert task["plans"] == ["HUDSON-COMM"]
    assert task["held_by"] is None
    assert task["roles"] == ["physician"]
    # Due 15 days after it was received; two of them have passed.
    assert task["hours_left"] == 13 * 24
    shown = task["clock"]
    assert (shown["rule"], shown["legal"], shown["tolled"], shown["hours_left"]) == ("P-CLIN-MD", False, False, 13 * 24)
    assert (shown["name"], shown["due_at"]) == ("Adverse clinical decision expected", task["due_at"])


async def test_rows_follow_the_legal_clock_where_it_ends_before_what_a_claim_waits_for(office: Office) -> None:
    """The pend of the documents is due in 45 days, but the plan pays or denies within 30."""
    [scan] = await office.waiting(a_submission("SCAN-1", "72148"))
    [study] = await office.waiting(a_submission("STUDY-2", "0609T"))
    clock = Citation("42-cfr-422-520", "(b)")
    due = FirstDue(ADJUDICATED + timedelta(days=3), "ma-contract-hudson", legal=True, tolled=True, citation=clock)
    assert await PostgresDeadlines(office.engine).record_alerts(scan, [], due) == 0
    first, second = (await office.call("GET", "/api/tasks", "BOSS")).json()["tasks"]
    assert (first["claim_id"], second["claim_id"]) == (scan, study)
    assert (first["clock"]["name"], first["clock"]["tolled"], first["hours_left"]) == (
        "Pay a claim of a contracted provider, by the contract",
        True,
        48.0,
    )
    assert first["clock"]["citation"] == {"source": "42-cfr-422-520", "locator": "(b)"}
    page = (await office.call("GET", "/api/tasks?limit=1", "BOSS")).json()
    after = (await office.call("GET", f"/api/tasks?limit=1&cursor={page['next']}", "BOSS")).json()
    assert [task["claim_id"] for task in (*page["tasks"], *after["tasks"])] == [scan, study]


async def test_no_row_states_whose_claim_it_is(office: Office, study: ClaimId) -> None:
    listed = await office.call("GET", "/api/tasks", "MD-NY")
    assert listed.json()["tasks"][0]["member"] == "•••001"
    for private in (MEMBER, "Synthberg", "Synnove", "1961-04-03", "M54.10"):
        assert private not in listed.text


async def test_who_holds_a_claim_is_shown_until_the_hold_runs_out(office: Office, study: ClaimId) -> None:
    await office.act(study, "NURSE", action="take")
    [task] = (await office.call("GET", "/api/tasks", "MD-NY")).json()["tasks"]
    assert task["held_by"]["person_id"] == "NURSE"
    office.now += timedelta(minutes=31)
    [task] = (await office.call("GET", "/api/tasks", "MD-NY")).json()["tasks"]
    assert task["held_by"] is None


async def test_a_recommended_claim_leaves_the_nurses_queue_for_the_physicians(office: Office, study: ClaimId) -> None:
    await office.act(study, "NURSE", action="take")
    sent: dict[str, Any] = {"action": "recommend", "outcome": "necessity.experimental", "resolution": "denies"}
    [mine] = (await office.call("GET", "/api/tasks", "NURSE")).json()["tasks"]
    for pend in mine["pends"]:
        assert (await office.call("GET", "/api/tasks", "NURSE")).json()["tasks"], (
            "it left with a line still unspoken of"
        )
        shown = await office.act(study, "NURSE", **sent, line=pend["line"], rationale=RATIONALE)
        assert shown.status_code == 200
    assert (await office.call("GET", "/api/tasks", "NURSE")).json()["tasks"] == []
    [task] = (await office.call("GET", "/api/tasks", "MD-NY")).json()["tasks"]
    assert task["queue"] == "physician"


async def test_a_claim_handed_to_another_role_is_found_by_that_role(office: Office, study: ClaimId) -> None:
    await office.act(study, "BOSS", action="hand-over", to_role="coder", reason="the codes look wrong")
    assert [task["claim_id"] for task in (await office.call("GET", "/api/tasks", "CODER")).json()["tasks"]] == [study]
    assert (await office.call("GET", "/api/tasks", "NURSE")).json()["tasks"] == []


async def test_filters_keep_what_they_name(office: Office, study: ClaimId) -> None:
    [documents] = await office.waiting(a_submission("SCAN-1", "72148"))
    asked = {
        "pend=P-CLIN-MD": {study},
        "pend=P-DOC": {documents},
        "plan=HUDSON-COMM": {study, documents},
        "plan=BUCKEYE-MCD": set(),
        "role=nurse": {study, documents},
        "role=coder": set(),
    }
    for query, found in asked.items():
        listed = (await office.call("GET", f"/api/tasks?{query}", "BOSS")).json()["tasks"]
        assert {task["claim_id"] for task in listed} == found, query


async def test_pages_follow_the_clock_and_show_each_claim_once(office: Office) -> None:
    late = await office.waiting(*(a_submission(f"SCAN-{n}", "72148") for n in range(5)))
    [urgent] = await office.waiting(a_submission("STUDY-9", "0609T"))
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(4):
        query = "/api/tasks?limit=2" + (f"&cursor={cursor}" if cursor else "")
        page = (await office.call("GET", query, "BOSS")).json()
        seen += [task["claim_id"] for task in page["tasks"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen[0] == urgent
    assert sorted(seen) == sorted([urgent, *late])
    assert cursor is None


@pytest.mark.parametrize("cursor", ["nonsense", "bm90IGEgY3Vyc29y", "MjAyNS0wMS0wMSBhYmM"])
async def test_a_cursor_that_is_not_ours_is_refused(office: Office, cursor: str) -> None:
    assert problem(await office.call("GET", f"/api/tasks?cursor={cursor}", "BOSS")) == (422, "cursor")


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "sort=name", "role=king"])
async def test_a_wrong_filter_is_named(office: Office, query: str) -> None:
    answer = await office.call("GET", f"/api/tasks?{query}", "BOSS")
    assert problem(answer) == (422, "invalid")
    assert query.partition("=")[0] in answer.json()["detail"]


async def test_what_is_settled_no_longer_waits(office: Office, study: ClaimId) -> None:
    await office.act(study, "MD-NY", action="take")
    sent: dict[str, Any] = {"action": "decide", "line": 1, "outcome": "necessity.experimental", "resolution": "passes"}
    assert (await office.act(study, "MD-NY", str(uuid4()), **sent, rationale=RATIONALE)).status_code == 200
    [task] = (await office.call("GET", "/api/tasks", "MD-NY")).json()["tasks"]
    assert [pend["line"] for pend in task["pends"]] == [2, 3, 4]


async def test_decided_claims_to_be_adjudicated_again_are_listed_for_who_looks_into_them(
    office: Office, study: ClaimId
) -> None:
    at = ADJUDICATED + timedelta(days=30)
    late = Reopening(study, Reason.LATE_DOCUMENT, "SYN-DOC-1", at)
    async with office.engine.begin() as connection:
        assert len(await raise_reopenings(connection, [late])) == 1
        assert await raise_reopenings(connection, [late]) == (), "shown once"
    [found] = (await office.call("GET", "/api/reopenings", "BOSS")).json()
    assert (found["claim_id"], found["reason"], found["cause"]) == (study, "late-document", "SYN-DOC-1")
    assert problem(await office.call("GET", "/api/reopenings", "NURSE")) == (403, "not-your-role")
    assert (await office.call("GET", "/api/reopenings", None)).status_code == 401
