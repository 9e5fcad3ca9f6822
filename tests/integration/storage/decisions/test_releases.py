"""What releases a waiting claim: a feed that concerns it, a document for it, or newly loaded policy data."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from adjudication.model.vocabulary import ClaimId, ReleaseEvent
from contracts.events.documents import DocumentReceived, DocumentReceivedV1
from contracts.events.feeds import AuthorizationChanged, CoverageChanged, ProviderChanged
from contracts.records.decisions import Awaited, StoredClaim
from rulebook.library import default_policies_dir, load_reference
from storage.reconciliation.open_work import OpenWorkQueries
from streams.feeds.releases import FeedReleases
from tests.builders.events import a_coverage_event, a_document_event, a_provider_event, an_authorization_event
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.submissions import MEMBER, a_coverage_change, a_submission, an_authorization_change
from tests.builders.streams.ports import RecordingResumer

pytestmark = pytest.mark.servers
OTHER = "SYN-000002"


NEW_PEND = """
  - code: P-NEW
    label: Synthetic reason
    owner: examiner
    priority: 3
    clean: true
    due_days: 5
    releases_on: [{event}]
"""


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
    assert await stores.released_by_documents([_document()]) == [one.claim.claim_id]
    assert await stores.released_by_documents([_document("C9"), _document(submitter="ANOTHER")]) == []


async def test_a_decided_claim_waits_for_nothing(stores: Stores) -> None:
    one = await _waiting(stores, "P-ELIG")
    batch, _ = await stores.accept(a_submission("C2", member=OTHER))
    await stores.decisions.commit(batch.batch_id, [stores.determined(one)])
    assert await stores.feeds.waiting_for_members([MEMBER], ["P-ELIG"]) == []
    assert await stores.released_by_policies("new-bundle") == []


async def test_newly_loaded_data_find_the_claims_that_were_tried_under_other_data(stores: Stores) -> None:
    one = await _waiting(stores, "P-POLICY")
    await _waiting(stores, "P-ELIG", "C2", OTHER)
    assert await stores.released_by_policies("new-bundle") == [one.claim.claim_id]
    assert await stores.released_by_policies("synthetic-bundle") == []


def _awaited(claim_id: ClaimId, event: ReleaseEvent, read_at: datetime) -> list[Awaited]:
    return [Awaited(claim_id, frozenset({event}), read_at)]


async def test_what_a_feed_brought_while_the_claim_was_on_its_way_is_noticed_after_the_commit(stores: Stores) -> None:
    one = await _waiting(stores, "P-ELIG")
    claim, now = one.claim.claim_id, datetime.now(UTC)
    assert await stores.decisions.changed_since(_awaited(claim, ReleaseEvent.COVERAGE_CHANGED, now)) == frozenset()
    await stores.feeds.apply_coverage([a_coverage_change()])
    await stores.feeds.apply_authorizations([an_authorization_change()])
    await stores.feeds.apply_documents([(_document(), now)])
    for event in (
        ReleaseEvent.COVERAGE_CHANGED,
        ReleaseEvent.AUTHORIZATION_CHANGED,
        ReleaseEvent.DOCUMENT_RECEIVED,
    ):
        assert await stores.decisions.changed_since(_awaited(claim, event, now)) == {claim}
        assert await stores.decisions.changed_since(_awaited(claim, event, now + timedelta(minutes=2))) == frozenset()
    assert await stores.decisions.changed_since(_awaited(claim, ReleaseEvent.SIBLING_ARRIVED, now)) == frozenset()


def _with_a_new_pend(stores: Stores, folder: Path, event: ReleaseEvent) -> Stores:
    """Return stores that work under the shipped policies and one pend reason more, which exists in data only."""
    shutil.copytree(default_policies_dir(), folder)
    reasons = folder / "workflow" / "pends.yaml"
    reasons.write_text(reasons.read_text() + NEW_PEND.format(event=event.value))
    return replace(stores, reference=load_reference(folder))


async def _apply(releases: FeedReleases, event: ReleaseEvent) -> None:
    if event is ReleaseEvent.COVERAGE_CHANGED:
        await releases.coverage([CoverageChanged.model_validate_json(orjson.dumps(a_coverage_event(member_id=MEMBER)))])
    elif event is ReleaseEvent.AUTHORIZATION_CHANGED:
        await releases.authorizations(
            [AuthorizationChanged.model_validate_json(orjson.dumps(an_authorization_event(member_id=MEMBER)))]
        )
    elif event is ReleaseEvent.DOCUMENT_RECEIVED:
        await releases.documents([DocumentReceived.model_validate_json(orjson.dumps(a_document_event()))])
    else:
        await releases.providers([ProviderChanged.model_validate_json(orjson.dumps(a_provider_event()))])


FEEDS = (
    ReleaseEvent.COVERAGE_CHANGED,
    ReleaseEvent.AUTHORIZATION_CHANGED,
    ReleaseEvent.DOCUMENT_RECEIVED,
    ReleaseEvent.BILLING_PROVIDER_CHANGED,
    ReleaseEvent.PROVIDER_CHANGED,
)


@pytest.mark.parametrize("event", FEEDS)
async def test_a_pend_added_in_data_only_is_released_by_the_feed_event_it_names_and_by_no_other(
    stores: Stores, tmp_path: Path, event: ReleaseEvent
) -> None:
    changed = _with_a_new_pend(stores, tmp_path / "policies", event)
    one = await _waiting(changed, "P-NEW")
    resumer = RecordingResumer()
    releases = FeedReleases(changed.feeds, resumer, changed.reference)
    roster = {ReleaseEvent.BILLING_PROVIDER_CHANGED, ReleaseEvent.PROVIDER_CHANGED}
    for other in FEEDS:
        if other is not event and not {other, event} <= roster:
            await _apply(releases, other)
    assert resumer.notified == []
    await _apply(releases, event)
    assert [claim for claim, _ in resumer.notified] == [one.claim.claim_id]


@pytest.mark.parametrize("event", FEEDS)
async def test_what_was_stored_since_a_claim_was_read_is_missed_until_the_claim_is_read_again(
    stores: Stores, tmp_path: Path, event: ReleaseEvent
) -> None:
    changed = _with_a_new_pend(stores, tmp_path / "policies", event)
    one = await _waiting(changed, "P-NEW")
    open_work = OpenWorkQueries(changed.engine, changed.reference)

    async def missed(now: datetime) -> list[str]:
        page, found = await open_work.missed_events(now)
        assert [each.key for each in page] == [one.claim.claim_id]
        return [each.key for each in found]

    assert await missed(datetime.now(UTC)) == []
    await _apply(FeedReleases(changed.feeds, RecordingResumer(), changed.reference), event)
    assert await missed(datetime.now(UTC)) == [one.claim.claim_id]
    [batch_id] = (await changed.rows("SELECT batch_id FROM batches"))[0]
    again = replace(one, read_at=datetime.now(UTC) + timedelta(minutes=2))
    still = replace(changed.pended(again, "P-NEW", round_number=1), messages=())
    await changed.decisions.commit(batch_id, [still])
    assert await missed(datetime.now(UTC) + timedelta(minutes=3)) == []


async def test_a_pend_added_in_data_only_is_released_by_newly_loaded_policies_if_it_names_them(
    stores: Stores, tmp_path: Path
) -> None:
    changed = _with_a_new_pend(stores, tmp_path / "policies", ReleaseEvent.POLICY_RELEASED)
    one = await _waiting(changed, "P-NEW")
    assert await changed.released_by_policies("new-bundle") == [one.claim.claim_id]
    assert await stores.released_by_policies("new-bundle") == [], "the shipped policies do not know this pend"
