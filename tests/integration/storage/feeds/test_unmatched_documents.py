"""Documents no person uses are seen: for no claim we have, or of a kind no person knows, and only as long as that is so."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
import pytest

from contracts.events.claims import AttachmentV1
from contracts.events.documents import DocumentReceivedV1
from contracts.events.topics import DOCUMENT_REQUESTS
from storage.feeds.unmatched_documents import UnmatchedDocuments
from tests.builders.ledger.desks import a_desk, with_claim_fields
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.submissions import RECEIVED, a_submission

pytestmark = pytest.mark.servers

CAME = RECEIVED + timedelta(days=3)


def a_document(document_id: str = "SYN-DOC-1", version: int = 1, **changed: Any) -> DocumentReceivedV1:
    fields = {"submitter": "SYNTHETIC", "kind": "order", "claim_control_number": "C1"} | changed
    return DocumentReceivedV1(document_id=document_id, version=version, **fields)


async def comes(stores: Stores, *documents: DocumentReceivedV1) -> None:
    """Take documents in, each an hour after the one before."""
    for hours, document in enumerate(documents):
        assert (await stores.feeds.apply_documents([(document, CAME + timedelta(hours=hours))])).changed == 1


async def listed(stores: Stores) -> list[str]:
    found = await UnmatchedDocuments(stores.engine, {"order", "therapy-notes"}).unmatched(10)
    return [each.document_id for each in found]


async def test_a_document_for_no_claim_is_listed_with_its_numbers_and_what_is_wrong(stores: Stores) -> None:
    await comes(stores, a_document(attachment_control_number="PWK-9", note="a note that names the member"))
    [found] = await UnmatchedDocuments(stores.engine, {"order"}).unmatched(10)
    assert (found.submitter, found.control_number, found.attachment_number) == ("SYNTHETIC", "C1", "PWK-9")
    assert (found.version, found.kind, found.received_at) == (1, "order", CAME)
    assert (found.for_a_claim, found.kind_known) == (False, True)


async def test_one_that_came_before_its_claim_leaves_the_list_when_the_claim_comes(stores: Stores) -> None:
    await comes(stores, a_document())
    assert await listed(stores) == ["SYN-DOC-1"]
    await stores.accept(a_submission("C1"))
    assert await listed(stores) == []


async def test_the_number_announced_with_the_claim_finds_it_too(stores: Stores) -> None:
    announced = AttachmentV1(control_number="PWK-1", report_type="OZ", transmission="EL")
    submission = a_submission("C1")
    document = a_document(claim_control_number=None, attachment_control_number="PWK-1")
    await comes(stores, document)
    assert await listed(stores) == ["SYN-DOC-1"]
    await stores.accept(with_claim_fields(submission, {"attachments": (announced,)}))
    assert await listed(stores) == []


async def test_our_own_number_of_the_request_finds_the_claim_too(stores: Stores) -> None:
    desk = await a_desk(stores)
    await desk.takes("nurse")
    assert await desk.do("nurse", action="request-documents", kinds=["order"]) == "ok"
    [message] = [message for message in await stores.sent() if message.topic == DOCUMENT_REQUESTS]
    number = orjson.loads(message.value)["data"]["control_number"]
    ours = a_document(claim_control_number=None, attachment_control_number=number)
    await comes(stores, ours, ours.model_copy(update={"document_id": "SYN-DOC-2", "submitter": "ANOTHER"}))
    assert await listed(stores) == ["SYN-DOC-2"], "the number of another submitter's claim finds nothing"


async def test_a_kind_no_person_knows_is_listed_though_the_claim_is_there(stores: Stores) -> None:
    await stores.accept(a_submission("C1"))
    await comes(stores, a_document(kind="holiday-picture"), a_document("SYN-DOC-2"))
    [found] = await UnmatchedDocuments(stores.engine, {"order"}).unmatched(10)
    assert (found.document_id, found.for_a_claim, found.kind_known) == ("SYN-DOC-1", True, False)


async def test_the_newest_version_stands_for_those_before_it(stores: Stores) -> None:
    await stores.accept(a_submission("C1"))
    await comes(stores, a_document(claim_control_number="C9"), a_document("SYN-DOC-2"))
    assert await listed(stores) == ["SYN-DOC-1"]
    await comes(stores, a_document(version=2), a_document("SYN-DOC-2", 2, claim_control_number="C9"))
    assert await listed(stores) == ["SYN-DOC-2"]


async def test_the_oldest_stands_first_whatever_its_name(stores: Stores) -> None:
    await comes(stores, a_document("SYN-DOC-9"), a_document("SYN-DOC-1"))
    assert await listed(stores) == ["SYN-DOC-9", "SYN-DOC-1"]
