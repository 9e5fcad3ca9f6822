"""A submitter's claim control number that comes again, as an 837 lets it: a correction, another visit, or a resend."""

from __future__ import annotations

from datetime import date, timedelta

import orjson
import pytest

from adjudication.model.vocabulary import ClaimId
from contracts.claim_intake.registration import Registration, Submission
from contracts.events.documents import DocumentReceivedV1
from contracts.ids import payer_claim_number
from storage.feeds.unmatched_documents import UnmatchedDocuments
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.submissions import RECEIVED, a_submission, request

pytestmark = pytest.mark.servers

NEW, REPEATED = Registration.NEW, Registration.REPEATED
DUPLICATE, CONFLICT = Registration.DUPLICATE, Registration.CONFLICT
NEXT_WEEK = date(2025, 8, 27)
FACT = {"fact": "eval.adequate", "flag": True, "source": "visit note", "recorded_on": "2025-08-20"}


async def _registered(stores: Stores, *sent: Submission) -> tuple[Registration, ...]:
    return (await stores.ledger.register(request(*sent))).outcomes


async def _ids(stores: Stores) -> list[ClaimId]:
    return [ClaimId(row[0]) for row in await stores.rows("SELECT claim_id::text FROM claims ORDER BY sequence")]


def _replacement(offset: int = 8, charge: str = "450.00") -> Submission:
    number = payer_claim_number(a_submission("C1").claim_id)
    return a_submission("C1", offset=offset, charge=charge, replaces=number)


@pytest.mark.parametrize("together", [True, False])
async def test_a_replacement_under_the_number_of_its_original_is_a_claim(stores: Stores, *, together: bool) -> None:
    original, correction = a_submission("C1"), _replacement()
    if together:
        assert await _registered(stores, original, correction) == (NEW, NEW)
    else:
        assert await _registered(stores, original) + await _registered(stores, correction) == (NEW, NEW)
    first, second = await _ids(stores)
    assert first == original.claim_id != second
    assert await stores.rows("SELECT claim_id::text, frequency, names FROM claim_chain") == [
        (second, "7", payer_claim_number(original.claim_id))
    ]
    assert await _registered(stores, correction) == (REPEATED,)
    assert await _registered(stores, _replacement(offset=9)) == (DUPLICATE,)
    assert await _registered(stores, a_submission("C1", offset=10)) == (DUPLICATE,)
    assert await _registered(stores, _replacement(offset=11, charge="440.00")) == (NEW,)
    assert await stores.broken() == []


@pytest.mark.parametrize(
    "visit", [a_submission("C1", offset=8, on=NEXT_WEEK), a_submission("C1", offset=8, member="SYN-000002")]
)
async def test_another_visit_under_a_number_is_a_claim_and_its_resend_is_one(stores: Stores, visit: Submission) -> None:
    await stores.accept(a_submission("C1"))
    assert await _registered(stores, visit) == (NEW,)
    first, second = await _ids(stores)
    assert first != second
    assert await _registered(stores, visit, a_submission("C1", offset=99)) == (REPEATED, DUPLICATE)
    states = [orjson.loads(message.value)["data"] for message in await stores.sent()]
    assert [(each["claim_id"], each["state"]) for each in states] == [
        (first, "received"),
        (first, "accepted"),
        (second, "received"),
        (second, "accepted"),
        (first, "duplicate"),
    ]
    assert len(await stores.rows("SELECT 1 FROM claim_lines")) == 2


async def test_the_same_visit_with_other_content_is_a_conflict_with_whichever_visit_it_changes(stores: Stores) -> None:
    first, second = a_submission("C1"), a_submission("C1", offset=8, on=NEXT_WEEK)
    await stores.accept(first)
    await stores.ledger.register(request(second))
    changed = [
        a_submission("C1", offset=20 + n, charge="900.00", on=on)
        for n, on in enumerate((first.claim.lines[0].service_date, NEXT_WEEK))
    ]
    assert await _registered(stores, *changed) == (CONFLICT, CONFLICT)
    assert [row[0] for row in await stores.rows("SELECT claim_id::text FROM conflicts ORDER BY seen_at")] == await _ids(
        stores
    )


async def test_within_one_request_each_visit_counts_once(stores: Stores) -> None:
    visits = [a_submission("C1", offset=n, on=date(2025, 8, n)) for n in (1, 2, 3)]
    again = [a_submission("C1", offset=10 + n, on=date(2025, 8, n)) for n in (1, 2, 3)]
    assert await _registered(stores, *visits, *again) == (NEW, NEW, NEW, DUPLICATE, DUPLICATE, DUPLICATE)
    assert len(set(await _ids(stores))) == 3


def _document(document_id: str = "SYN-DOC-1", **numbers: str) -> DocumentReceivedV1:
    content = {"document_id": document_id, "version": 1, "submitter": "SYNTHETIC", "kind": "order", "facts": [FACT]}
    return DocumentReceivedV1.model_validate_json(orjson.dumps({**content, **numbers}))


async def test_a_document_under_a_number_of_two_visits_is_for_neither_and_staff_see_it(stores: Stores) -> None:
    await stores.accept(a_submission("C1"))
    came = RECEIVED + timedelta(days=1)
    assert (await stores.feeds.apply_documents([(_document(claim_control_number="C1"), came)])).changed == 1
    [only] = await _ids(stores)
    assert [fact.fact for fact in (await stores.claims.load([only]))[only].claim.supporting] == ["eval.adequate"]
    await stores.ledger.register(request(a_submission("C1", offset=8, on=NEXT_WEEK)))
    loaded = await stores.claims.load(await _ids(stores))
    assert [stored.claim.supporting for stored in loaded.values()] == [(), ()]
    unmatched = await UnmatchedDocuments(stores.engine, {"order"}).unmatched(10)
    assert [(each.document_id, each.for_a_claim) for each in unmatched] == [("SYN-DOC-1", False)]


async def test_a_document_that_brings_back_our_own_number_is_for_the_claim_it_was_asked_for(stores: Stores) -> None:
    await stores.accept(a_submission("C1"))
    await stores.ledger.register(request(a_submission("C1", offset=8, on=NEXT_WEEK)))
    first, second = await _ids(stores)
    await stores.execute(
        f"INSERT INTO document_requests (claim_id, kind, asked_at, due_at, control_number) "
        f"VALUES ('{second}', 'order', now(), now(), 'DR-SYN')"
    )
    assert (
        await stores.feeds.apply_documents([(_document(attachment_control_number="DR-SYN"), RECEIVED)])
    ).changed == 1
    loaded = await stores.claims.load([first, second])
    assert [len(loaded[claim].claim.supporting) for claim in (first, second)] == [0, 1]
    assert await stores.rows("SELECT count(*) FROM document_requests WHERE answered_at IS NOT NULL") == [(1,)]
    assert await UnmatchedDocuments(stores.engine, {"order"}).unmatched(10) == ()


async def test_a_replacement_shares_the_documents_of_its_original(stores: Stores) -> None:
    await stores.accept(a_submission("C1"))
    await stores.ledger.register(request(_replacement()))
    assert (await stores.feeds.apply_documents([(_document(claim_control_number="C1"), RECEIVED)])).changed == 1
    loaded = await stores.claims.load(await _ids(stores))
    assert [len(stored.claim.supporting) for stored in loaded.values()] == [1, 1]
