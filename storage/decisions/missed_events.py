"""Pended claims for which a feed stored something that releases them after they were read.

The feed resumes what it finds pended. A claim that was read before the event and committed after it is found here after its commit; a
claim whose feed process ended before resuming it is found by reconciliation (storage/reconciliation/open_work.py).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId, PendCode, ReleaseEvent
from contracts.records.decisions import Awaited
from contracts.records.reconciliation import OpenWork
from storage.decisions.rows import rows_of
from storage.feeds.roster import CLAIM_PROVIDERS
from storage.feeds.unseen import unseen

_EVENTS: Final[Mapping[str, frozenset[ReleaseEvent]]] = {
    "coverage": frozenset({ReleaseEvent.COVERAGE_CHANGED}),
    "authorizations": frozenset({ReleaseEvent.AUTHORIZATION_CHANGED}),
    "documents": frozenset({ReleaseEvent.DOCUMENT_RECEIVED}),
    "roster": frozenset({ReleaseEvent.BILLING_PROVIDER_CHANGED, ReleaseEvent.PROVIDER_CHANGED}),
}
"""The kinds of stored changes, and the release events of each."""

_UNTIL: Final = "< coalesce(CAST(:until AS timestamptz), 'infinity')"
_CHANGED: Final = f"""
       (w.coverage AND EXISTS (SELECT 1 FROM coverage v WHERE v.member_id = c.member_id
                                  AND {unseen("v", "changed_at", "w")} AND v.changed_at {_UNTIL}))
    OR (w.authorizations AND EXISTS (SELECT 1 FROM authorizations a WHERE a.member_id = c.member_id
                                  AND {unseen("a", "changed_at", "w")} AND a.changed_at {_UNTIL}))
    OR (w.documents AND EXISTS (SELECT 1 FROM documents d WHERE d.submitter = c.submitter
                                  AND d.control_number = c.control_number
                                  AND {unseen("d", "recorded_at", "w")} AND d.recorded_at {_UNTIL}))
    OR (w.documents AND (c.payload -> 'attachments') IS NOT NULL
        AND EXISTS (SELECT 1 FROM documents d WHERE d.submitter = c.submitter
                    AND d.attachment_number IN (SELECT a ->> 'control_number'
                                                FROM json_array_elements(c.payload -> 'attachments') AS a)
                    AND {unseen("d", "recorded_at", "w")} AND d.recorded_at {_UNTIL}))
    OR (w.roster AND EXISTS (SELECT 1 FROM providers v WHERE v.npi = ANY({CLAIM_PROVIDERS})
                             AND {unseen("v", "changed_at", "w")} AND v.changed_at {_UNTIL}))
"""
_WAITING: Final = text("""
    SELECT claim_id::text AS key, min(opened_at) AS since, max(coalesce(read_at, opened_at)) AS read_at, array_agg(code) AS codes
    FROM pends WHERE closed_at IS NULL AND (CAST(:after AS uuid) IS NULL OR claim_id > CAST(:after AS uuid))
    GROUP BY claim_id HAVING max(coalesce(read_at, opened_at)) < :older_than ORDER BY claim_id LIMIT :limit
""")
_MISSED: Final = text(f"""
    SELECT w.claim_id::text
    FROM json_to_recordset(CAST(:rows AS json)) AS w(claim_id uuid, coverage boolean, authorizations boolean,
                                                     documents boolean, roster boolean, read_at timestamptz,
                                                     snapshot text)
    JOIN claims c USING (claim_id) WHERE {_CHANGED}
""")


async def changed_since(
    connection: AsyncConnection, waiting: Sequence[Awaited], until: datetime | None = None
) -> frozenset[ClaimId]:
    """Return those of the pended claims for which a feed committed a releasing event after the claim was read, stored before `until`.

    Call it after the pends are committed: a feed that commits later finds the pends and resumes the claim itself.
    """
    rows = [
        {
            "claim_id": claim.claim_id,
            "read_at": claim.read_at,
            "snapshot": claim.snapshot,
            **{stored: not claim.events.isdisjoint(events) for stored, events in _EVENTS.items()},
        }
        for claim in waiting
    ]
    found = await connection.scalars(_MISSED, {**rows_of(rows), "until": until})
    return frozenset(ClaimId(each) for each in found)


async def missed_events(
    connection: AsyncConnection, reference: ReferenceData, older_than: datetime, after: str | None, limit: int
) -> tuple[Sequence[OpenWork], Sequence[OpenWork]]:
    """Return a page of pended claims that were last read before a time, and those of them that missed an event before then."""
    page = (await connection.execute(_WAITING, {"older_than": older_than, "after": after, "limit": limit})).all()
    waiting = [Awaited(ClaimId(row.key), _released_by(reference, row.codes), row.read_at) for row in page]
    missed = await changed_since(connection, waiting, older_than) if waiting else frozenset()
    looked_at = [OpenWork(row.key, row.since) for row in page]
    return looked_at, [each for each in looked_at if ClaimId(each.key) in missed]


def _released_by(reference: ReferenceData, codes: Collection[str]) -> frozenset[ReleaseEvent]:
    return frozenset(event for code in codes for event in reference.pends[PendCode(code)].releases_on)
