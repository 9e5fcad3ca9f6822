"""What is on file contradicts itself: no document settles that, so a nurse does, and may ask for one all the same."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
import pytest

from contracts.events.documents import DocumentFactV1, DocumentReceivedV1
from contracts.events.topics import DOCUMENT_REQUESTS
from tests.builders.ledger.desks import Desk, a_desk, documented
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.submissions import RECEIVED, SERVICE_DATE, a_submission

pytestmark = pytest.mark.servers

CONTRADICTS = [("P-CLIN-N", "necessity.facts_contradict", 1)]
SAYS_NO = DocumentFactV1(fact="eval.adequate", flag=False, source="SYN-NOTE", recorded_on=SERVICE_DATE)


def a_note(version: int = 1, *facts: DocumentFactV1) -> DocumentReceivedV1:
    return DocumentReceivedV1(
        document_id="SYN-NOTE",
        version=version,
        submitter="SYNTHETIC",
        claim_control_number="C1",
        kind="clinical-note",
        facts=facts,
    )


async def two_documents_that_disagree(stores: Stores) -> Desk:
    """The claim reports that the evaluation was adequate; a note reports that it was not."""
    await stores.feeds.apply_documents([(a_note(1, SAYS_NO), RECEIVED)])
    return await a_desk(stores, documented(a_submission("C1")))


async def requests(stores: Stores) -> list[Any]:
    return [orjson.loads(m.value)["data"] for m in await stores.sent() if m.topic == DOCUMENT_REQUESTS]


async def test_it_waits_for_a_nurse_who_sees_it_and_no_person_is_asked_for_documents(stores: Stores) -> None:
    desk = await two_documents_that_disagree(stores)
    assert await desk.waits_for() == CONTRADICTS
    assert await stores.rows("SELECT owner FROM pends WHERE closed_at IS NULL") == [("nurse",)]
    assert await requests(stores) == []
    [(findings,)] = await stores.rows("SELECT findings::text FROM traces ORDER BY round DESC LIMIT 1")
    assert {"name": "eval.adequate", "value": "conflicting"} in [
        each for finding in orjson.loads(findings) for each in finding.get("evidence", ())
    ]


async def test_a_nurse_settles_it_and_the_claim_goes_on_from_there(stores: Stores) -> None:
    desk = await two_documents_that_disagree(stores)
    await desk.takes("nurse")
    settles = {"fact": "eval.adequate", "flag": True, "source": "SYN-NOTE", "settles": True}
    assert await desk.do("nurse", action="record-facts", facts=[settles]) == "ok"
    assert (await desk.try_again()).determined == 1
    assert await stores.rows("SELECT disposition FROM determination_lines") == [("approved",)]


async def test_a_nurse_may_ask_for_a_document_and_its_newer_version_settles_it(stores: Stores) -> None:
    desk = await two_documents_that_disagree(stores)
    await desk.takes("nurse")
    assert await desk.do("nurse", action="request-documents", kinds=["clinical-note"]) == "ok"
    [asked] = await requests(stores)
    assert [document["kind"] for document in asked["documents"]] == ["clinical-note"]
    newer = a_note(2, SAYS_NO.model_copy(update={"flag": True}))
    await stores.feeds.apply_documents([(newer, RECEIVED + timedelta(days=2))])
    assert await stores.released_by_documents([newer]) == [desk.claim_id]
    assert (await desk.try_again()).determined == 1


async def test_an_examiner_denies_nothing_for_lack_of_documents_where_there_are_too_many(stores: Stores) -> None:
    desk = await two_documents_that_disagree(stores)
    desk.now += timedelta(days=60)
    await desk.takes("supervisor")
    denies = {"resolution": "denies", "denies_as": "necessity.documents_not_received"}
    assert await desk.decides("examiner", 1, "necessity.facts_contradict", **denies) != "ok"
    assert await desk.waits_for() == CONTRADICTS
