"""The list of documents nothing uses: whose it is, and closing one with a reason that is in the trail."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
import pytest
from httpx import Response

from contracts.events.documents import DocumentReceivedV1
from storage.audit.trail import broken
from tests.builders.console.office import NOW, Office, person, problem
from tests.builders.ledger.submissions import a_submission

pytestmark = pytest.mark.servers

PAGE, EMPTY = "/documents/unmatched", "Every received document matches a claim"
WHY = "The submitter sent it to the wrong payer, as it states."
TRAIL = (
    "SELECT person_id, role, content::text AS content FROM audit_trail WHERE subject = 'document/SYNTHETIC/SYN-DOC-1'"
)


def a_document(version: int = 1) -> DocumentReceivedV1:
    return DocumentReceivedV1(
        document_id="SYN-DOC-1",
        version=version,
        submitter="SYNTHETIC",
        claim_control_number="C-NOT-HERE",
        kind="holiday-picture",
        note="Synnove Synthberg on the beach",
    )


@pytest.fixture
async def clerks(office: Office) -> Office:
    """An office with a clerk, to which a document came for no claim and of no kind, five hours ago."""
    await office.hire(person("CLERK", "intake-clerk"))
    await office.stores.feeds.apply_documents([(a_document(), NOW - timedelta(hours=5))])
    return office


async def close(office: Office, who: str = "CLERK", **changed: Any) -> Response:
    form = {"submitter": "SYNTHETIC", "document_id": "SYN-DOC-1", "version": "1", "reason": WHY} | changed
    return await office.post(f"{PAGE}/close", who, form)


async def test_the_page_says_what_is_wrong_and_not_what_the_document_says(clerks: Office) -> None:
    shown = (await clerks.get(PAGE, "CLERK")).text
    for value in ("SYN-DOC-1", "C-NOT-HERE", "holiday-picture", "For no claim we have", "Of an unknown kind"):
        assert value in shown
    assert "Synthberg" not in shown


async def test_the_api_states_the_same_to_the_same_people(clerks: Office) -> None:
    answer = await clerks.call("GET", "/api/documents/unmatched", "CLERK")
    [found] = answer.json()
    assert (found["document_id"], found["hours_old"]) == ("SYN-DOC-1", 5.0)
    assert (found["for_a_claim"], found["kind_known"]) == (False, False)
    assert "Synthberg" not in answer.text
    assert problem(await clerks.call("GET", "/api/documents/unmatched", "NURSE")) == (403, "not-your-role")


async def test_an_empty_list_says_when_it_will_have_entries(office: Office) -> None:
    assert EMPTY in (await office.get(PAGE, "BOSS")).text


async def test_one_is_closed_once_with_the_reason_in_the_trail_and_off_the_list(clerks: Office) -> None:
    assert (await close(clerks)).headers["location"] == PAGE
    [entry] = await clerks.rows(TRAIL)
    assert (entry.person_id, entry.role) == ("CLERK", "intake-clerk")
    assert orjson.loads(entry.content) == {"action": "close-document", "version": 1, "reason": WHY}
    assert [value async for value in broken(clerks.engine)] == []
    assert EMPTY in (await clerks.get(PAGE, "BOSS")).text
    assert problem(await close(clerks, "BOSS")) == (409, "not-open")
    assert len(await clerks.rows(TRAIL)) == 1


async def test_a_version_that_comes_after_the_closing_is_seen_again(clerks: Office) -> None:
    await close(clerks)
    await clerks.stores.feeds.apply_documents([(a_document(version=2), NOW)])
    assert "version 2" in (await clerks.get(PAGE, "CLERK")).text
    assert problem(await close(clerks)) == (409, "not-open")


async def test_what_matches_a_claim_by_now_cannot_be_closed(clerks: Office) -> None:
    matching = a_document(version=2).model_copy(update={"kind": "order"})
    await clerks.stores.feeds.apply_documents([(matching, NOW)])
    assert "version 2" in (await clerks.get(PAGE, "CLERK")).text
    await clerks.stores.accept(a_submission("C-NOT-HERE"))
    assert problem(await close(clerks, version="2")) == (409, "not-open")
    assert await clerks.rows(TRAIL) == []


@pytest.mark.parametrize("reason", ["", "  too short  ", "x" * 2001])
async def test_a_reason_that_says_nothing_comes_back_with_what_was_typed(clerks: Office, reason: str) -> None:
    answer = await close(clerks, reason=reason)
    assert answer.status_code == 422
    assert "Say why, in 20 to 2000 characters." in answer.text
    assert reason[:2000] in answer.text
    assert await clerks.rows("SELECT 1 FROM documents_closed") == []


async def test_others_close_nothing(clerks: Office) -> None:
    assert problem(await close(clerks, "NURSE")) == (403, "role-may-not")
    assert await clerks.rows("SELECT 1 FROM documents_closed") == []


@pytest.mark.parametrize(
    "statement",
    ["UPDATE documents_closed SET reason = reason || '!'", "DELETE FROM documents_closed", "TRUNCATE documents_closed"],
)
async def test_a_closing_stands(clerks: Office, statement: str) -> None:
    await close(clerks)
    with pytest.raises(Exception, match="a closed document stands"):
        await clerks.run(statement)
