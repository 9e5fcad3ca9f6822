"""Compare open work of the ledger with Temporal, and start the missing workflows.

It may run at any time, next to all other processes: work is started under its fixed workflow id, recent work is
left out, and a workflow's effects on the ledger happen once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from adjudication.model.vocabulary import ClaimId
from contracts.actions.bulk_retries import release_workflow_id
from contracts.claim_intake.registration import Batch
from contracts.ids import (
    adjudication_workflow_id,
    appeal_workflow_id,
    readjudication_workflow_id,
    review_workflow_id,
)
from contracts.records.reconciliation import Missing, OpenBatch, OpenWork, Work
from contracts.workflow_messages.campaigns import campaign_workflow_id
from runtime.reconciliation.workflows import paced
from storage.reconciliation.open_work import OpenWorkQueries

GRACE: Final = timedelta(seconds=60)
"""Work that changed within this time is left alone: its workflow is about to start."""

STARTS_PER_SECOND: Final = 50.0

log = structlog.get_logger(__name__)


class Workflows(Protocol):
    """Temporal."""

    async def running(self, workflow_ids: Sequence[str]) -> frozenset[str]:
        """Return those of these workflows that run."""
        ...

    async def start_batch(self, batch: Batch) -> None:
        """Adjudicate a batch."""
        ...

    async def start_review(self, claim_id: ClaimId) -> None:
        """Start or signal the workflow of a pended claim, and retry the claim at once."""
        ...

    async def hold_appeal(self, appeal_id: str) -> None:
        """Hold an open appeal."""
        ...

    async def run_bulk_retry(self, release_id: str) -> None:
        """Continue a bulk retry."""
        ...

    async def hold_reopening(self, readjudication_id: str) -> None:
        """Hold a reopening that was taken up, and adjudicate its claim."""
        ...

    async def run_campaign(self, campaign_id: str) -> None:
        """Continue a campaign."""
        ...


class Reconciler:
    """Compares one kind of work at a time."""

    def __init__(
        self,
        ledger: OpenWorkQueries,
        workflows: Workflows,
        now: Callable[[], datetime],
        grace: timedelta = GRACE,
        per_second: float = STARTS_PER_SECOND,
    ) -> None:
        """Start at most `per_second` workflows per second; leave out work younger than `grace`."""
        self._ledger, self._workflows, self._now = ledger, workflows, now
        self._grace, self._per_second = grace, per_second

    async def look(self, work: Work) -> Missing:
        """Compare one kind of work with Temporal, page by page, and start the missing workflows."""
        older_than = self._now() - self._grace
        if work is Work.BATCHES:
            return await self._batches(older_than)
        if work is Work.MISSED_EVENTS:
            return await self._missed_events(older_than)
        if work is Work.MISSED_CHANGES:
            return await self._ledger.missed_changes(older_than)
        read = {
            Work.CLAIMS: self._ledger.claims,
            Work.APPEALS: self._ledger.appeals,
            Work.BULK_RETRIES: self._ledger.bulk_retries,
            Work.REOPENINGS: self._ledger.reopenings,
            Work.CAMPAIGNS: self._ledger.campaigns,
        }[work]
        found = Missing(work, 0)
        page = await read(older_than)
        while page:
            found = await self._page(found, page)
            page = await read(older_than, page[-1].key)
        return found

    async def _batches(self, older_than: datetime) -> Missing:
        found = Missing(Work.BATCHES, 0)
        page = await self._ledger.batches(older_than)
        while page:
            running = await self._workflows.running([adjudication_workflow_id(each.batch.batch_id) for each in page])
            lost = [each for each in page if adjudication_workflow_id(each.batch.batch_id) not in running]
            starts = [(each.since, self._workflows.start_batch(each.batch)) for each in lost]
            found = await self._start(found, len(page), starts)
            page = await self._ledger.batches(older_than, _last(page))
        return found

    async def _missed_events(self, older_than: datetime) -> Missing:
        """Retry claims whose running workflow missed an event that is in the ledger."""
        found = Missing(Work.MISSED_EVENTS, 0)
        page, missed = await self._ledger.missed_events(older_than)
        while page:
            starts = [(each.since, self._workflows.start_review(ClaimId(each.key))) for each in missed]
            found = await self._start(found, len(page), starts)
            page, missed = await self._ledger.missed_events(older_than, page[-1].key)
        return found

    async def _page(self, found: Missing, page: Sequence[OpenWork]) -> Missing:
        name, start = self._ways()[found.work]
        running = await self._workflows.running([name(each.key) for each in page])
        lost = [each for each in page if name(each.key) not in running]
        return await self._start(found, len(page), [(each.since, start(each.key)) for each in lost])

    def _ways(self) -> dict[Work, tuple[Callable[[str], str], Callable[[str], Awaitable[None]]]]:
        """Return per kind of work its workflow ids and its start function."""
        return {
            Work.CLAIMS: (
                lambda key: review_workflow_id(ClaimId(key)),
                lambda key: self._workflows.start_review(ClaimId(key)),
            ),
            Work.APPEALS: (appeal_workflow_id, self._workflows.hold_appeal),
            Work.BULK_RETRIES: (release_workflow_id, self._workflows.run_bulk_retry),
            Work.REOPENINGS: (readjudication_workflow_id, self._workflows.hold_reopening),
            Work.CAMPAIGNS: (campaign_workflow_id, self._workflows.run_campaign),
        }

    async def _start(self, found: Missing, looked_at: int, lost: Sequence[tuple[datetime, Awaitable[None]]]) -> Missing:
        """Start the lost workflows; an error does not stop the others, and the next round retries."""
        errors = await paced([start for _, start in lost], self._per_second)
        if lost:
            log.warning("work did not go on", step=found.work.value, count=len(lost), failed=len(errors))
        for error in errors[:1]:
            log.warning("workflows were not started", step=found.work.value, error=type(error).__name__)
        since = [at for at in (found.since, *(at for at, _ in lost)) if at is not None]
        return Missing(
            found.work,
            found.open + looked_at,
            found.missing + len(lost),
            found.started + len(lost) - len(errors),
            min(since, default=None),
        )


def _last(page: Sequence[OpenBatch]) -> OpenBatch:
    return page[-1]
