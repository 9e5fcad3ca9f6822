"""Reads the work for which a workflow must run, a page at a time: unfinished batches, pended claims, open appeals, bulk retries,
reopenings that were taken up, campaigns.

Young work is left out: its workflow may be about to start.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.model.reference import ReferenceData
from contracts.records.reconciliation import Missing, OpenBatch, OpenWork, Work
from storage.claims.registration import batches_of
from storage.decisions.comparisons import compare_left
from storage.decisions.missed_events import missed_events

PAGE: Final = 500

_BATCHES: Final = text("""
    SELECT batch_id, registered_at FROM batches
    WHERE finished_at IS NULL AND greatest(registered_at, started_at) < :older_than
      AND (CAST(:since AS timestamptz) IS NULL OR (registered_at, batch_id) > (:since, :after))
    ORDER BY registered_at, batch_id LIMIT :limit
""")
_CLAIMS: Final = text("""
    SELECT claim_id::text AS key, min(opened_at) AS since FROM pends
    WHERE closed_at IS NULL AND (CAST(:after AS uuid) IS NULL OR claim_id > CAST(:after AS uuid))
    GROUP BY claim_id HAVING max(opened_at) < :older_than ORDER BY claim_id LIMIT :limit
""")
# An appeal without a path has no rule yet, and no workflow until it has one (storage/appeals/resumption.py).
_APPEALS: Final = text("""
    SELECT appeal_id::text AS key, filed_at AS since FROM appeals
    WHERE NOT closed AND path IS NOT NULL AND (CAST(:after AS uuid) IS NULL OR appeal_id > CAST(:after AS uuid))
      AND NOT EXISTS (SELECT 1 FROM appeal_filings f WHERE f.appeal_id = appeals.appeal_id AND f.recorded_at >= :older_than)
    ORDER BY appeal_id LIMIT :limit
""")
_BULK_RETRIES: Final = text("""
    SELECT release_id::text AS key, coalesce(approved_at, proposed_at) AS since FROM bulk_releases
    WHERE stage IN ('running', 'paused') AND moved_at < :older_than
      AND (CAST(:after AS uuid) IS NULL OR release_id > CAST(:after AS uuid))
    ORDER BY release_id LIMIT :limit
""")
# A reopening without a readjudication is not taken up yet: the worker does that (storage/readjudication/take_up.py).
_REOPENINGS: Final = text("""
    SELECT j.readjudication_id::text AS key, j.taken_up_at AS since FROM readjudications j
    WHERE j.taken_up_at < :older_than AND (CAST(:after AS uuid) IS NULL OR j.readjudication_id > CAST(:after AS uuid))
      AND NOT EXISTS (SELECT 1 FROM reopenings_closed x
                      WHERE (x.claim_id, x.reason, x.cause) = (j.claim_id, j.reason, j.cause))
    ORDER BY j.readjudication_id LIMIT :limit
""")

_CAMPAIGNS: Final = text("""
    SELECT campaign_id::text AS key, started_at AS since FROM campaigns
    WHERE (stage IN ('judging', 'running', 'paused') OR (stage = 'judged' AND kind <> 'draft')) AND moved_at < :older_than
      AND (CAST(:after AS uuid) IS NULL OR campaign_id > CAST(:after AS uuid))
    ORDER BY campaign_id LIMIT :limit
""")


class OpenWorkQueries:
    """Reads of open work, and the reopenings that are missing."""

    def __init__(self, engine: AsyncEngine, reference: ReferenceData) -> None:
        """Use a pool, and the pend reasons, which say what releases them."""
        self._engine, self._reference = engine, reference

    async def batches(self, older_than: datetime, after: OpenBatch | None = None) -> Sequence[OpenBatch]:
        """Return a page of batches that are not committed and were registered and started before a time, oldest first."""
        since, last = (None, "") if after is None else (after.since, after.batch.batch_id)
        values = {"older_than": older_than, "since": since, "after": last, "limit": PAGE}
        async with self._engine.connect() as connection:
            rows = (await connection.execute(_BATCHES, values)).all()
            known = {batch.batch_id: batch for batch in await batches_of(connection, [row.batch_id for row in rows])}
        return [OpenBatch(known[row.batch_id], row.registered_at) for row in rows if row.batch_id in known]

    async def claims(self, older_than: datetime, after: str | None = None) -> Sequence[OpenWork]:
        """Return a page of claims that were pended before a time."""
        return await self._page(_CLAIMS, older_than, after)

    async def missed_events(
        self, older_than: datetime, after: str | None = None
    ) -> tuple[Sequence[OpenWork], Sequence[OpenWork]]:
        """Return a page of pended claims read before a time, and those of them for which an event was stored since.

        The feed that stored it resumes the claim; one that was ended between the two has lost that if its topic is lost too.
        """
        async with self._engine.connect() as connection:
            return await missed_events(connection, self._reference, older_than, after, PAGE)

    async def missed_changes(self, older_than: datetime) -> Missing:
        """Raise reopenings of the claims decided before a time for which the worker did not do so, because it ended first."""
        notes, raised, since = await compare_left(self._engine, older_than)
        return Missing(Work.MISSED_CHANGES, notes, raised, raised, since)

    async def appeals(self, older_than: datetime, after: str | None = None) -> Sequence[OpenWork]:
        """Return a page of open appeals whose filings came before a time."""
        return await self._page(_APPEALS, older_than, after)

    async def bulk_retries(self, older_than: datetime, after: str | None = None) -> Sequence[OpenWork]:
        """Return a page of approved bulk retries that have not ended."""
        return await self._page(_BULK_RETRIES, older_than, after)

    async def reopenings(self, older_than: datetime, after: str | None = None) -> Sequence[OpenWork]:
        """Return a page of reopenings that were taken up before a time and are not closed."""
        return await self._page(_REOPENINGS, older_than, after)

    async def campaigns(self, older_than: datetime, after: str | None = None) -> Sequence[OpenWork]:
        """Return a page of campaigns that have not ended."""
        return await self._page(_CAMPAIGNS, older_than, after)

    async def _page(self, query: TextClause, older_than: datetime, after: str | None) -> Sequence[OpenWork]:
        rows = await self._rows(query, {"older_than": older_than, "after": after, "limit": PAGE})
        return [OpenWork(row.key, row.since) for row in rows]

    async def _rows(self, query: TextClause, values: dict[str, Any]) -> Sequence[Row[Any]]:
        async with self._engine.connect() as connection:
            return (await connection.execute(query, values)).all()
