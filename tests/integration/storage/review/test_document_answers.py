"""What a document does to the requests for it: answered by the right kind, once, under any of its numbers, late or not."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest

from contracts.events.documents import DocumentReceivedV1
from contracts.events.reopenings import ReopeningRaised
from contracts.events.topics import DOCUMENT_REQUESTS, REVIEW_TASKS
from storage.decisions.reopenings import newest_reopenings
from tests.builders.ledger.desks import RATIONALE, Desk, a_desk, with_claim_fields
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.submissions import RECEIVED, a_submission

pytestmark = pytest.mark.servers

CAME = RECEIVED + timedelta(days=3)
MISSING = "necessity.facts_missing"
NOT_RECEIVED = "necessity.documents_not_received"
SIGNED: dict[str, Any] = {"denies_as": "necessity.records_not_received", "criteria": ["S4-G01"]}


def a_document(
    kind: str = "order", document_id: str = "SYN-DOC-1", version: int = 1, **found: Any
) -> DocumentReceivedV1:
    known = found or {"claim_control_number": "C1"}
    return DocumentReceivedV1(document_id=document_id, version=version, submitter="SYNTHETIC", kind=kind, **known)


async def asked(stores: Stores, *kinds: str) -> Desk:
    """A spectroscopy claim on which a nurse asked for documents."""
    desk = await a_desk(stores)
    await desk.takes("nurse")
    assert await desk.do("nurse", action="request-documents", kinds=list(kinds)) == "ok"
    return desk


async def answers(stores: Stores) -> dict[str, datetime | None]:
    return dict(await stores.rows("SELECT kind, answered_at FROM document_requests ORDER BY asked_at"))


async def test_a_document_of_the_kind_asked_for_answers_its_request_and_no_other(stores: Stores) -> None:
    desk = await asked(stores, "order", "therapy-notes")
    assert (await stores.feeds.apply_documents([(a_document(), CAME)])).changed == 1
    assert await answers(stores) == {"order": CAME, "therapy-notes": None}
    assert await desk.do("nurse", action="request-documents", kinds=["therapy-notes"]) == "asked-before"
    desk.now += timedelta(minutes=5)
    assert await desk.do("nurse", action="request-documents", kinds=["order"]) == "ok", (
        "what came may be asked for again"
    )


async def test_a_document_of_another_kind_claim_or_submitter_answers_nothing(stores: Stores) -> None:
    await asked(stores, "order")
    wrong = [
        a_document("operative-report"),
        a_document(document_id="SYN-DOC-2", claim_control_number="C9"),
        a_document(document_id="SYN-DOC-3").model_copy(update={"submitter": "ANOTHER"}),
    ]
    assert (await stores.feeds.apply_documents([(document, CAME) for document in wrong])).changed == 3
    assert await answers(stores) == {"order": None}


async def test_the_same_document_again_answers_nothing_again(stores: Stores) -> None:
    desk = await asked(stores, "order")
    await stores.feeds.apply_documents([(a_document(), CAME)])
    desk.now += timedelta(minutes=5)
    assert await desk.do("nurse", action="request-documents", kinds=["order"]) == "ok"
    assert (await stores.feeds.apply_documents([(a_document(), CAME)])).changed == 0
    assert await stores.rows("SELECT count(*) FROM document_requests WHERE answered_at IS NULL") == [(1,)]
    later = CAME + timedelta(days=1)
    assert (await stores.feeds.apply_documents([(a_document(version=2), later)])).changed == 1
    assert await stores.rows("SELECT count(*) FROM document_requests WHERE answered_at IS NULL") == [(0,)]


async def test_a_document_that_brings_our_own_number_back_finds_its_claim(stores: Stores) -> None:
    desk = await asked(stores, "order")
    [message] = [message for message in await stores.sent() if message.topic == DOCUMENT_REQUESTS]
    number = orjson.loads(message.value)["data"]["control_number"]
    document = a_document(attachment_control_number=number)
    assert await stores.released_by_documents([document]) == [desk.claim_id]
    await stores.feeds.apply_documents([(document, CAME)])
    assert await answers(stores) == {"order": CAME}
    assert await stores.rows("SELECT control_number FROM documents") == [("C1",)]
    stranger = document.model_copy(update={"submitter": "ANOTHER", "document_id": "SYN-DOC-9"})
    assert await stores.released_by_documents([stranger]) == []


async def test_a_document_came_no_later_than_it_was_read(stores: Stores) -> None:
    """A sender's clock that runs ahead would stop the claim's deadlines until that day."""
    await asked(stores, "order")
    await stores.feeds.apply_documents([(a_document(), CAME + timedelta(days=36500))])
    assert await stores.rows("SELECT answered_at <= now() FROM document_requests") == [(True,)]


async def test_a_request_whose_time_is_over_may_be_made_again(stores: Stores) -> None:
    desk = await asked(stores, "order")
    desk.now += timedelta(days=46)
    await desk.takes("nurse")
    assert await desk.do("nurse", action="request-documents", kinds=["order"]) == "ok"


async def test_what_was_asked_for_by_the_claim_itself_is_not_asked_for_twice(stores: Stores) -> None:
    """The second line comes to wait for the same documents later than the first; they were asked for and have not come."""
    submission = a_submission("C1", "72148", "72141")
    first, second = submission.claim.lines
    coded = second.model_copy(update={"modifiers": ("ZZ",)})
    desk = await a_desk(stores, with_claim_fields(submission, {"lines": (first, coded)}))
    [asks] = [message for message in await stores.sent() if message.topic == DOCUMENT_REQUESTS]
    kind = orjson.loads(asks.value)["data"]["documents"][0]["kind"]
    await desk.takes("nurse")
    assert await desk.do("nurse", action="request-documents", kinds=[kind]) == "asked-before"
    assert await desk.do("nurse", action="release") == "ok"
    await desk.takes("coder")
    assert await desk.decides("coder", 2, "edits.modifier_unknown") == "ok"
    await desk.try_again()
    assert [code for code, _, _ in await desk.waits_for()] == ["P-DOC", "P-DOC"]
    assert [message for message in await stores.sent() if message.topic == DOCUMENT_REQUESTS] == [asks]


async def denied_for_lack_of_documents(stores: Stores) -> Desk:
    desk = await a_desk(stores, a_submission("C1"))
    desk.now += timedelta(days=46)
    await desk.takes("physician")
    denies = {"resolution": "denies", "rationale": RATIONALE, **SIGNED}
    assert await desk.decides("physician", 1, MISSING, **denies) == "ok"
    assert (await desk.try_again()).determined == 1
    return desk


async def test_a_document_that_comes_after_the_denial_asks_for_the_claim_to_be_adjudicated_again(
    stores: Stores,
) -> None:
    desk = await denied_for_lack_of_documents(stores)
    await stores.feeds.apply_documents([(a_document("study-report", "SYN-DOC-0"), CAME)])
    assert await newest_reopenings(stores.engine, 10) == (), "no person asked for that kind"
    [(kind,)] = await stores.rows("SELECT min(kind) FROM document_requests")
    for _ in range(2):
        await stores.feeds.apply_documents([(a_document(kind), desk.now)])
    [found] = await newest_reopenings(stores.engine, 10)
    assert (found.claim_id, found.reason, found.cause) == (desk.claim_id, "late-document", "SYN-DOC-1")
    published = [m for m in await stores.sent() if m.topic == REVIEW_TASKS and b"reopening" in m.value]
    assert [ReopeningRaised.model_validate_json(m.value).data.claim_id for m in published] == [desk.claim_id]
    assert await stores.rows("SELECT count(*) FROM determinations") == [(1,)], "nothing is decided by it"


async def test_the_trace_shown_is_of_the_newest_try_although_nothing_else_changed(stores: Stores) -> None:
    desk = await a_desk(stores, a_submission("C1"))
    before = await desk.waits_for()
    await desk.takes("nurse")
    fact = {"fact": "eval.adequate", "flag": True, "source": "SYN-DOC-1"}
    assert await desk.do("nurse", action="record-facts", facts=[fact]) == "ok"
    sent = len(await stores.sent())
    for _ in range(3):
        await desk.try_again()
    assert await desk.waits_for() == before
    assert len(await stores.sent()) == sent, "nothing is published again"
    for table in ("traces", "policy_traces"):
        assert await stores.rows(f"SELECT round FROM {table} ORDER BY 1") == [(0,), (1,)], "one more, not three"
    evidence = await stores.rows("SELECT evidence::text FROM policy_traces ORDER BY round DESC LIMIT 1")
    assert "eval.adequate" in evidence[0][0]


async def test_the_time_to_answer_is_the_laws_and_only_then_a_claim_is_denied_for_lack_of_documents(
    stores: Stores,
) -> None:
    """The plan decides within 30 days; asked for documents, its provider has 45, and no try in between shortens or
    prolongs them."""
    desk = await a_desk(stores, a_submission("C1", "72148"))
    times = await stores.rows("SELECT DISTINCT due_at FROM document_requests")
    [(until,)] = times
    assert (until - desk.now).days == 45
    denial = {"line": 1, "outcome": MISSING, "resolution": "denies", "denies_as": NOT_RECEIVED, "rationale": RATIONALE}
    await desk.takes("examiner")
    assert await desk.do("examiner", action="decide", **denial) == "documents-awaited"
    desk.now += timedelta(days=44)
    summary = await desk.try_again()
    assert datetime.fromisoformat(summary.pended[0].due_at) == until
    assert await stores.rows("SELECT due_at FROM pends WHERE closed_at IS NULL") == [(until,)]
    await desk.takes("examiner")
    assert await desk.do("examiner", action="decide", **denial) == "documents-awaited"
    desk.now = until
    await desk.takes("examiner")
    assert await desk.do("examiner", action="decide", **denial) == "clinical-records"
    assert await desk.do("examiner", action="release") == "ok"
    await desk.takes("physician")
    assert await desk.do("physician", action="decide", **{**denial, **SIGNED}) == "ok"
    assert (await desk.try_again()).determined == 1


async def test_scans_that_no_person_has_read_are_no_want_of_documents(stores: Stores) -> None:
    """They state no facts, so the claim still waits; an examiner who denied it would say that they had not come."""
    desk = await a_desk(stores, a_submission("C1", "72148"))
    kinds = [kind for (kind,) in await stores.rows("SELECT kind FROM document_requests ORDER BY kind")]
    scans = [a_document(kind, f"SYN-SCAN-{kind}") for kind in kinds]
    denial = {"line": 1, "outcome": MISSING, "resolution": "denies", "denies_as": NOT_RECEIVED, "rationale": RATIONALE}
    await stores.feeds.apply_documents([(scan, CAME) for scan in scans[1:]])
    desk.now += timedelta(days=46)
    await desk.takes("examiner")
    assert await desk.do("examiner", action="decide", **denial) == "records-unread"
    assert await desk.do("examiner", action="release") == "ok"
    await desk.takes("nurse")
    fields = {"line": 1, "outcome": MISSING, "resolution": "denies", "rationale": RATIONALE}
    assert await desk.do("nurse", action="recommend", **fields) == "ok"
    await desk.takes("examiner")
    await stores.feeds.apply_documents([(scans[0], desk.now)])
    assert await desk.do("examiner", action="decide", **denial) == "documents-came"
    assert (await desk.try_again()).determined == 0
