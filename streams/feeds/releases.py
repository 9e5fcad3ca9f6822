"""Apply feed events to the store, then resume the pended claims that they release.

Which pends an event releases is data: `releases_on` in policies/workflow/pends.yaml. The store finds the claims that wait
under those pends; the resumer signals their reviews. Applying an event again changes nothing and signals the same claims.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ReleaseEvent
from contracts.claim_intake.responses import read_response
from contracts.events.documents import DocumentReceived
from contracts.events.feeds import AuthorizationChanged, CoverageChanged, ProviderChanged
from contracts.events.status import StatusReasonV1
from contracts.workflow_messages.claims import (
    AUTHORIZATION_ARRIVED,
    COVERAGE_ARRIVED,
    DOCUMENT_ARRIVED,
    ROSTER_CHANGED,
    ReviewResumer,
)
from streams.ports import FeedStore


class FeedReleases:
    """One method per feed; each takes a run of its events, and returns the places of those whose version had other content."""

    def __init__(self, store: FeedStore, resumer: ReviewResumer, reference: ReferenceData) -> None:
        """Take the store of the feeds, the resumer of reviews, and the pend rules."""
        self._store = store
        self._resumer = resumer
        self._released_by = reference.pends_released_by
        self._facts = reference.facts

    async def coverage(self, changes: Sequence[CoverageChanged]) -> Collection[int]:
        """Write coverage spans; resume claims of their members."""
        applied = await self._store.apply_coverage(
            [change.data for change in changes], [change.time for change in changes]
        )
        members = [change.data.member_id for change in changes]
        codes = self._released_by(ReleaseEvent.COVERAGE_CHANGED)
        await self._resumer.resume_waiting(await self._store.waiting_for_members(members, codes), COVERAGE_ARRIVED)
        return applied.conflicts

    async def authorizations(self, changes: Sequence[AuthorizationChanged]) -> Collection[int]:
        """Write authorizations; resume claims of their members."""
        applied = await self._store.apply_authorizations([change.data for change in changes])
        members = [change.data.member_id for change in changes]
        codes = self._released_by(ReleaseEvent.AUTHORIZATION_CHANGED)
        await self._resumer.resume_waiting(await self._store.waiting_for_members(members, codes), AUTHORIZATION_ARRIVED)
        return applied.conflicts

    async def providers(self, changes: Sequence[ProviderChanged]) -> Collection[int]:
        """Write roster entries; resume claims that these providers billed or rendered."""
        applied = await self._store.apply_providers([change.data for change in changes])
        npis = [change.data.npi for change in changes]
        billing_codes = self._released_by(ReleaseEvent.BILLING_PROVIDER_CHANGED)
        codes = self._released_by(ReleaseEvent.PROVIDER_CHANGED)
        waiting = await self._store.waiting_for_providers(npis, billing_codes, codes)
        await self._resumer.resume_waiting(waiting, ROSTER_CHANGED)
        return applied.conflicts

    def read_document(self, event: DocumentReceived) -> tuple[DocumentReceived, Sequence[StatusReasonV1]]:
        """Turn a questionnaire response into facts, or say why it is refused."""
        return read_response(event, self._facts)

    async def documents(self, received: Sequence[DocumentReceived]) -> Collection[int]:
        """Write documents; resume the claims that they are for."""
        applied = await self._store.apply_documents([(event.data.with_facts(), event.time) for event in received])
        codes = self._released_by(ReleaseEvent.DOCUMENT_RECEIVED)
        waiting = await self._store.waiting_for_documents([event.data for event in received], codes)
        await self._resumer.resume_waiting(waiting, DOCUMENT_ARRIVED)
        return applied.conflicts
