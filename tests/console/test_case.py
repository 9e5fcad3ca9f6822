from __future__ import annotations

from typing import Any

import pytest

from adjudication.model.vocabulary import ClaimId
from storage.audit.trail import broken
from tests.builders.console.office import RATIONALE, Office
from tests.builders.ledger.submissions import MEMBER, a_submission

pytestmark = pytest.mark.servers


async def test_a_case_holds_everything_needed_to_decide_it(office: Office, study: ClaimId) -> None:
    await office.act(study, "NURSE", action="take")
    case = (await office.call("GET", f"/api/tasks/{study}", "MD-NY")).json()
    assert case["member"]["member_id"] == MEMBER
    assert case["diagnoses"] == ["M54.10"]
    assert {finding["step"] for finding in case["findings"]} >= {"eligibility", "edits", "necessity"}
    [leg] = case["reviews"][0]["legs"]
    assert (leg["policy"], leg["result"]) == ("hudson-6.01.03", "experimental")
    deciding = [rule for rule in leg["rules"] if rule["decides"]]
    assert [rule["rule_id"] for rule in deciding] == ["S3-09"]
    assert deciding[0]["citations"][0]["source"] == "plan-6.01.03-2025-03"
    [taken] = case["history"]
    assert (taken["action"], taken["person_id"], taken["role"]) == ("take", "NURSE", "nurse")


async def test_an_open_question_says_what_would_answer_it_and_what_each_answer_turns(office: Office) -> None:
    [scan] = await office.waiting(a_submission("SCAN-1", "72148"))
    case = (await office.call("GET", f"/api/tasks/{scan}", "NURSE")).json()
    [review] = case["reviews"]
    questions = review["would_change"]
    assert questions
    assert len({question["node_id"] for question in questions}) == len(questions)
    assert any(question["document_label"] for question in questions)
    tried = [result for question in questions for result in question["results"]]
    assert any(result.endswith("=yes") for result in tried)
    assert any(result.endswith("=no") for result in tried)
    needed = {
        node["node_id"] for leg in review["legs"] for rule in leg["rules"] for node in nodes(rule) if node["needed"]
    }
    assert needed == {question["node_id"] for question in questions}


async def test_facts_come_with_source_date_and_author(office: Office) -> None:
    [scan] = await office.waiting(a_submission("SCAN-1", "72148"))
    await office.act(scan, "NURSE", action="take")
    stated = {"fact": "tx.weeks", "number": "8", "source": "clinical note of August"}
    assert (await office.act(scan, "NURSE", action="record-facts", facts=[stated])).status_code == 200
    case = (await office.call("GET", f"/api/tasks/{scan}", "NURSE")).json()
    [recorded] = [done for done in case["history"] if done["action"] == "record-facts"]
    assert recorded["content"]["facts"][0]["fact"] == "tx.weeks"


async def test_every_opened_case_is_in_the_trail_and_the_trail_stays_whole(office: Office, study: ClaimId) -> None:
    for who in ("NURSE", "MD-NY", "NURSE"):
        await office.call("GET", f"/api/tasks/{study}", who)
    await office.call("GET", "/api/tasks", "NURSE")
    await office.call("GET", f"/api/tasks/{study}", "CODER")
    viewed = await office.rows(
        "SELECT number, person_id, role, content->>'action' AS action FROM audit_trail WHERE subject = :s ORDER BY number",
        s=f"view/{study}",
    )
    assert [tuple(row) for row in viewed] == [
        (1, "NURSE", "nurse", "viewed"),
        (2, "MD-NY", "physician", "viewed"),
        (3, "NURSE", "nurse", "viewed"),
    ]
    # Looking changes nothing of the case: the next action folds its history as before.
    assert (await office.act(study, "NURSE", action="take")).status_code == 200
    assert [words async for words in broken(office.engine)] == []


async def test_documents_asked_for_and_received_stand_on_the_case(office: Office, study: ClaimId) -> None:
    kind = min(office.library.reference.documents)
    await office.act(study, "NURSE", action="take")
    assert (await office.act(study, "NURSE", action="request-documents", kinds=[kind])).status_code == 200
    await office.stores.execute(
        "INSERT INTO documents (document_id, version, submitter, control_number, kind, received_at, facts) "
        f"VALUES ('SYN-DOC-1', 1, 'SYNTHETIC', 'STUDY-1', '{kind}', now(), '[]')"
    )
    case = (await office.call("GET", f"/api/tasks/{study}", "NURSE")).json()
    assert [asked["kind"] for asked in case["task"]["asked"]] == [kind]
    assert [(came["kind"], came["document_id"]) for came in case["task"]["arrived"]] == [(kind, "SYN-DOC-1")]


async def test_who_recommended_is_shown_because_they_may_not_decide(office: Office, study: ClaimId) -> None:
    await office.act(study, "NURSE", action="take")
    sent: dict[str, Any] = {
        "action": "recommend",
        "line": 1,
        "outcome": "necessity.experimental",
        "resolution": "denies",
    }
    await office.act(study, "NURSE", **sent, rationale=RATIONALE)
    case = (await office.call("GET", f"/api/tasks/{study}", "MD-NY")).json()
    assert case["recommended_by"] == ["NURSE"]


def nodes(rule: dict[str, Any]) -> list[dict[str, Any]]:
    """Every criterion of a rule that is tested."""
    found: list[dict[str, Any]] = []
    waiting = [rule[part] for part in ("applies", "criteria", "unless") if rule[part] is not None]
    while waiting:
        node = waiting.pop()
        waiting += node["children"]
        found += [] if node["children"] else [node]
    return found
