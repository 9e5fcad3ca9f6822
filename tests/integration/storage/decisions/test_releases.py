"""What releases a waiting claim: a feed that concerns it, a document for it, or newly loaded policy data."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from adjudication.model.vocabulary import ClaimId
from contracts.events.documents import DocumentReceivedV1
from contracts.records.decisions import Awaited, StoredClaim
from storage.decisions.outdated import waiting_for_data
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.submissions import MEMBER, a_coverage_change, a_submission, an_authorization_change

pytestmark = pytest.mark.servers
OTHER = "SYN-000002"


async def _waiting(stores: Stores, code: str, control: str = "C1", member: str = MEMBER) -> StoredClaim:
    batch, [one] = await stores.accept(a_submission(control, member=member))
    await stores.decisions.commit(batch.batch_id, [stores.pended(one, code)])
    return one


def _document(number: str = "C1", submitter: str = "SYNTHETIC") -> DocumentReceivedV1:
    return DocumentReceivedV1(
        document_id="SYN-DOC-1", version=1, submitter=submitter, claim_control_number=number, kind="clinical-note"
    )


async def test_a_member_s_feed_finds_the_claims_that_wait_under_its_pend_code_only(stores: Stores) -> None:
    one = await _waiting(stores, "P-ELIG")
    await _waiting(stores, "P-ELIG", "C2", OTHER)
    assert await stores.feeds.waiting_for_members([MEMBER], ["P-ELIG"]) == [one.claim.claim_id]
    assert await stores.feeds.waiting_for_members([MEMBER], ["P-AUTH"]) == []
    assert await stores.feeds.waiting_for_members(["SYN-999999"], ["P-ELIG"]) == []


async def test_a_document_finds_its_waiting_claim_by_number_and_submitter(stores: Stores) -> None:
    one = await _waiting(stores, "P-DOC")
    assert await stores.feeds.waiting_for_documents([_document()]) == [one.claim.claim_id]
    assert await stores.feeds.waiting_for_documents([_document("C9"), _document(submitter="ANOTHER")]) == []


async def test_a_decided_claim_waits_for_nothing(stores: Stores) -> None:
    one = await _waiting(stores, "P-ELIG")
    batch, _ = await stores.accept(a_submission("C2", member=OTHER))
    await stores.decisions.commit(batch.batch_id, [stores.determined(one)])
    assert await stores.feeds.waiting_for_members([MEMBER], ["P-ELIG"]) == []
    assert await waiting_for_data(stores.engine, "new-bundle") == []


async def test_newly_loaded_data_find_the_claims_that_were_tried_under_other_data(stores: Stores) -> None:
    one = await _waiting(stores, "P-POLICY")
    await _waiting(stores, "P-ELIG", "C2", OTHER)
    assert await waiting_for_data(stores.engine, "new-bundle") == [one.claim.claim_id]
    assert await waiting_for_data(stores.engine, "synthetic-bundle") == []


def _awaited(claim_id: ClaimId, code: str, read_at: datetime) -> list[Awaited]:
    return [Awaited(claim_id, frozenset({code}), read_at)]


async def test_what_a_feed_brought_while_the_claim_was_on_its_way_is_noticed_after_the_commit(stores: Stores) -> None:
    one = await _waiting(stores, "P-ELIG")
    claim, now = one.claim.claim_id, datetime.now(UTC)
    assert await stores.decisions.changed_since(_awaited(claim, "P-ELIG", now)) == frozenset()
    await stores.feeds.apply_coverage([a_coverage_change()])
    await stores.feeds.apply_authorizations([an_authorization_change()])
    await stores.feeds.apply_documents([(_document(), now)])
    for code in ("P-ELIG", "P-AUTH", "P-DOC", "P-CLIN-N"):
        assert await stores.decisions.changed_since(_awaited(claim, code, now)) == {claim}
        assert await stores.decisions.changed_since(_awaited(claim, code, now + timedelta(minutes=1))) == frozenset()
    assert await stores.decisions.changed_since(_awaited(claim, "P-FAM", now)) == frozenset()
