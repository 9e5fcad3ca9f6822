"""Records that came and hold no structured data: the claim leaves the provider and waits for our nurse."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
import pytest

from contracts.events.documents import DocumentFactV1, DocumentReceivedV1
from contracts.events.topics import DOCUMENT_REQUESTS
from tests.builders.ledger.desks import DENIES, Desk, a_desk, documented, with_claim_fields
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.submissions import SERVICE_DATE, a_submission

pytestmark = pytest.mark.servers

AWAITS_DOCUMENTS = [("P-DOC", "necessity.facts_missing", 1)]
UNREAD = [("P-CLIN-N", "necessity.records_unread", 1)]


def a_scan(kind: str, version: int = 1, *facts: DocumentFactV1) -> DocumentReceivedV1:
    """A document that came for the claim; without facts, a scan."""
    return DocumentReceivedV1(
        document_id=f"SYN-SCAN-{kind}",
        version=version,
        submitter="SYNTHETIC",
        claim_control_number="C1",
        kind=kind,
        facts=facts,
    )


async def asked_for_the_visit(stores: Stores) -> tuple[Desk, str]:
    """A claim that states everything but that the evaluation was adequate, and the one kind of document asked for."""
    whole = documented(a_submission("C1"))
    facts = tuple(fact for fact in whole.claim.supporting_information if fact.fact != "eval.adequate")
    desk = await a_desk(stores, with_claim_fields(whole, {"supporting_information": facts}))
    assert await desk.waits_for() == AWAITS_DOCUMENTS
    [(kind,)] = await stores.rows("SELECT kind FROM document_requests")
    return desk, kind


async def comes(desk: Desk, document: DocumentReceivedV1) -> None:
    """The document arrives and releases the claim, which is adjudicated again."""
    desk.now += timedelta(days=3)
    await desk.stores.feeds.apply_documents([(document, desk.now)])
    assert await desk.stores.released_by_documents([document]) == [desk.claim_id]


async def requests(stores: Stores) -> list[Any]:
    return [orjson.loads(m.value)["data"] for m in await stores.sent() if m.topic == DOCUMENT_REQUESTS]


async def found(stores: Stores) -> list[Any]:
    [(findings,)] = await stores.rows("SELECT findings::text FROM traces ORDER BY round DESC LIMIT 1")
    return [each for finding in orjson.loads(findings) for each in finding.get("evidence", ())]


async def test_a_scan_of_all_that_was_asked_for_moves_the_claim_from_the_provider_to_a_nurse(stores: Stores) -> None:
    desk, kind = await asked_for_the_visit(stores)
    await comes(desk, a_scan(kind))
    assert (await desk.try_again()).determined == 0
    assert await desk.waits_for() == UNREAD
    assert await stores.rows("SELECT owner FROM pends WHERE closed_at IS NULL") == [("nurse",)]
    assert {"name": "unread", "value": kind} in await found(stores)
    assert len(await requests(stores)) == 1, "no person is asked again for what came"


async def test_the_nurse_records_what_the_scan_says_and_the_claim_goes_on(stores: Stores) -> None:
    desk, kind = await asked_for_the_visit(stores)
    await comes(desk, a_scan(kind))
    await desk.try_again()
    await desk.takes("nurse")
    fact = {"fact": "eval.adequate", "flag": True, "source": f"SYN-SCAN-{kind}"}
    assert await desk.do("nurse", action="record-facts", facts=[fact]) == "ok"
    assert (await desk.try_again()).determined == 1


async def test_no_person_denies_it_for_lack_of_documents_and_a_physician_may_on_clinical_grounds(
    stores: Stores,
) -> None:
    desk, kind = await asked_for_the_visit(stores)
    await comes(desk, a_scan(kind))
    await desk.try_again()
    desk.now += timedelta(days=60)
    await desk.takes("physician")
    want = {"resolution": "denies", "denies_as": "necessity.documents_not_received"}
    assert await desk.decides("physician", 1, UNREAD[0][1], **want) == "outcome"
    denies = {**DENIES, "denies_as": "necessity.not_medically_necessary", "criteria": ["S4-G01"]}
    assert await desk.decides("physician", 1, UNREAD[0][1], **denies) == "ok"


async def test_what_the_nurse_asks_for_again_is_the_providers_again_until_it_comes(stores: Stores) -> None:
    desk, kind = await asked_for_the_visit(stores)
    await comes(desk, a_scan(kind))
    await desk.try_again()
    desk.now += timedelta(minutes=5)
    await desk.takes("nurse")
    assert await desk.do("nurse", action="request-documents", kinds=[kind]) == "ok"
    await desk.try_again()
    assert await desk.waits_for() == AWAITS_DOCUMENTS
    assert len(await requests(stores)) == 2, "the claim's and the nurse's"
    await comes(desk, a_scan(kind, 2))
    await desk.try_again()
    assert await desk.waits_for() == UNREAD


async def test_facts_of_the_wrong_kind_are_named_without_their_value_and_a_nurse_reads_the_document(
    stores: Stores,
) -> None:
    desk, kind = await asked_for_the_visit(stores)
    wrong = DocumentFactV1(fact="eval.adequate", code="banana", source="SYN-NOTE", recorded_on=SERVICE_DATE)
    await comes(desk, a_scan(kind, 1, wrong))
    await desk.try_again()
    assert await desk.waits_for() == UNREAD
    assert {"name": "unusable", "value": f"eval.adequate in {kind}"} in await found(stores)
    assert "banana" not in str(await found(stores))
    right = wrong.model_copy(update={"code": None, "flag": True})
    await comes(desk, a_scan(kind, 2, right))
    assert (await desk.try_again()).determined == 1
