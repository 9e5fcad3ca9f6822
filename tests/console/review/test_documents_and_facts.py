from __future__ import annotations

from datetime import timedelta

import pytest

from adjudication.model.vocabulary import ClaimId
from contracts.events.documents import DocumentReceivedV1
from tests.builders.console.html_forms import form
from tests.builders.console.office import Office, person
from tests.builders.console.review_screens import screen, send, sending, take
from tests.builders.ledger.submissions import a_submission

pytestmark = pytest.mark.servers

ASKED = "fact=eval.adequate&fact=prior_imaging&fact=tx.weeks&fact=tx.outcome&fact=eval.in_person"


@pytest.fixture
async def scan(office: Office) -> ClaimId:
    """An imaging claim without a single document, taken by the nurse."""
    [claim_id] = await office.waiting(a_submission("SCAN-1", "72148"))
    await take(office, claim_id, "NURSE")
    return claim_id


async def test_the_documents_that_open_criteria_name_are_chosen_already_with_their_remarks(
    office: Office, scan: ClaimId
) -> None:
    filled = await sending(office, scan, "NURSE", "/actions/request-documents")
    asked = {kind for kind, *_ in await office.rows("SELECT kind FROM document_requests")}
    chosen = set(filled.values.get("kinds", ()))
    assert asked
    assert not chosen & asked
    assert set(filled.offered["kinds"]) == set(office.library.reference.documents)
    page = await screen(office, scan, "NURSE")
    assert "N791" in page
    assert "asked, not answered" in page


async def test_requested_documents_stand_on_the_case(office: Office, study: ClaimId) -> None:
    await take(office, study, "NURSE")
    filled = await sending(office, study, "NURSE", "/actions/request-documents")
    answer = await send(office, filled, "NURSE", kinds=["mri-report", "order"])
    assert answer.status_code == 303
    kinds = await office.rows("SELECT kind FROM document_requests ORDER BY kind")
    assert [row[0] for row in kinds] == ["mri-report", "order"]
    assert "awaited</span> Report of the MRI" in await screen(office, study, "NURSE")


async def test_a_denial_for_lack_of_documents_is_offered_when_the_time_is_over_and_none_lies_unread(
    office: Office,
) -> None:
    await office.hire(person("EXAMINER", "examiner"))
    await office.hire(person("MD", "physician", state="NY"))
    [claim_id] = await office.waiting(a_submission("SCAN-1", "72148"))
    assert "requested documents may still come until" in await screen(office, claim_id, "EXAMINER")
    office.now += timedelta(days=50)
    office.cookies.clear()
    assert "a physician or clinical peer signs this denial" in await screen(office, claim_id, "EXAMINER")
    office.cookies.clear()
    await take(office, claim_id, "MD")
    filled = await sending(office, claim_id, "MD", "/preview")
    assert any("records_not_received" in way for way in filled.offered["way"])
    office.cookies.clear()
    [(kind,)] = await office.rows("SELECT min(kind) FROM document_requests")
    scan = DocumentReceivedV1(
        document_id="SYN-SCAN-1", version=1, submitter="SYNTHETIC", claim_control_number="SCAN-1", kind=kind
    )
    await office.stores.feeds.apply_documents([(scan, office.now)])
    assert "that no clinician has read" in await screen(office, claim_id, "EXAMINER")


async def test_no_document_chosen_is_said_at_the_field(office: Office, study: ClaimId) -> None:
    await take(office, study, "NURSE")
    filled = await sending(office, study, "NURSE", "/actions/request-documents")
    answer = await send(office, filled, "NURSE", kinds=[])
    assert answer.status_code == 422
    assert "choose at least one document" in answer.text


async def test_each_open_question_has_a_field_of_its_kind(office: Office, scan: ClaimId) -> None:
    page = (await office.get(f"/review/{scan}?{ASKED}", "NURSE")).text
    filled = form(page, "/actions/record-facts")
    assert filled.offered["fact:eval.adequate"] == ["", "yes", "no"]
    assert "reviewed" in filled.offered["fact:prior_imaging"]
    assert 'type="date" id="fact-' in page
    assert "(weeks)" in page


async def test_answers_are_recorded_as_facts_with_their_source(office: Office, scan: ClaimId) -> None:
    filled = form((await office.get(f"/review/{scan}?{ASKED}", "NURSE")).text, "/actions/record-facts")
    answers = {
        "fact:eval.adequate": "yes",
        "fact:tx.weeks": "8",
        "fact:eval.in_person": "2025-08-01",
        "fact:tx.outcome": "failed",
    }
    answer = await send(office, filled, "NURSE", **answers, source="SYN-DOC-7")
    assert answer.status_code == 303, answer.text
    [content] = await office.rows("SELECT content FROM review_actions WHERE content->>'action' = 'record-facts'")
    fields = {fact["fact"]: fact for fact in content[0]["facts"]}
    assert fields["eval.adequate"]["flag"] is True
    assert fields["tx.weeks"]["number"] == "8"
    assert fields["eval.in_person"]["day"] == "2025-08-01"
    assert fields["tx.outcome"]["code"] == "failed"
    assert {fact["source"] for fact in fields.values()} == {"SYN-DOC-7"}


async def test_a_wrong_answer_is_said_at_its_field_and_the_right_ones_are_kept(office: Office, scan: ClaimId) -> None:
    filled = form((await office.get(f"/review/{scan}?{ASKED}", "NURSE")).text, "/actions/record-facts")
    answer = await send(office, filled, "NURSE", **{"fact:tx.weeks": "many", "fact:eval.adequate": "yes"}, source="")
    assert answer.status_code == 422
    assert "a number of weeks, such as 6" in answer.text
    assert "say where you read it" in answer.text
    assert 'value="many"' in answer.text
    assert '<option value="yes" selected>' in answer.text


async def test_a_fact_no_person_asks_for_can_be_added_by_its_address(office: Office, study: ClaimId) -> None:
    await take(office, study, "NURSE")
    answer = await office.get(f"/review/{study}?fact=tx.weeks&fact=nonsense", "NURSE")
    assert 'name="fact:tx.weeks"' in answer.text
    assert "fact:nonsense" not in answer.text


async def test_who_is_no_clinician_states_no_clinical_fact(office: Office, study: ClaimId) -> None:
    await take(office, study, "BOSS")
    page = await screen(office, study, "BOSS")
    assert "/actions/record-facts" not in page
    assert "clinical facts are recorded by a nurse or physician" in page


async def test_an_answer_may_be_of_one_line_of_a_claim_of_several(office: Office, scan: ClaimId) -> None:
    alone = await sending(office, scan, "NURSE", "/actions/record-facts")
    assert "about-line" not in alone.offered
    [both] = await office.waiting(a_submission("SCAN-2", "72148", "72141"))
    await take(office, both, "NURSE")
    filled = await sending(office, both, "NURSE", "/actions/record-facts")
    assert filled.offered["about-line"] == ["", "1", "2"]
    answer = await send(office, filled, "NURSE", **{"fact:tx.weeks": "8", "about-line": "2"}, source="SYN-DOC-7")
    assert answer.status_code == 303, answer.text
    [content] = await office.rows("SELECT content FROM review_actions WHERE content->>'action' = 'record-facts'")
    assert [fact["about"]["line"] for fact in content[0]["facts"]] == [2]


async def test_an_answer_is_about_what_its_fact_can_be_about(office: Office) -> None:
    [claim] = await office.waiting(a_submission("SCAN-3", "72148", "72141"))
    await take(office, claim, "NURSE")
    page = f"/review/{claim}?fact=tx.weeks&fact=technique&fact=redflag.cancer"
    filled = form((await office.get(page, "NURSE")).text, "/actions/record-facts")
    assert filled.offered["about-study"] == ["", "72148", "72141"]
    assert "lumbar" in filled.offered["about-region"]
    assert filled.offered["about-side"] == ["", "left", "right"]
    about = {"about-region": "lumbar", "about-side": "left", "about-episode": "2025-03-01"}
    answer = await send(office, filled, "NURSE", **{"fact:tx.weeks": "8", **about}, source="SYN-DOC-7")
    assert answer.status_code == 303, answer.text
    [[content]] = await office.rows("SELECT content FROM review_actions WHERE content->>'action' = 'record-facts'")
    assert [{part: value for part, value in fact["about"].items() if value} for fact in content["facts"]] == [
        {"region": "lumbar", "side": "left", "episode": "2025-03-01"}
    ]


@pytest.mark.parametrize(
    ("fact", "value", "about", "why"),
    [
        ("redflag.cancer", "yes", {"about-region": "lumbar"}, "redflag.cancer is never about one region"),
        ("technique", "conventional", {"about-side": "left"}, "technique is never about one side"),
        ("tx.weeks", "8", {"about-episode": "03/01/2025"}, "a day, as 2025-08-31"),
    ],
)
async def test_a_subject_that_the_fact_cannot_have_is_refused_at_its_field(
    office: Office, fact: str, value: str, about: dict[str, str], why: str
) -> None:
    [claim] = await office.waiting(a_submission("SCAN-3", "72148", "72141"))
    await take(office, claim, "NURSE")
    filled = form((await office.get(f"/review/{claim}?fact={fact}", "NURSE")).text, "/actions/record-facts")
    answer = await send(office, filled, "NURSE", **{f"fact:{fact}": value, **about}, source="SYN-DOC-7")
    assert answer.status_code == 422
    assert why in answer.text
    assert await office.rows("SELECT 1 FROM review_actions WHERE content->>'action' = 'record-facts'") == []
