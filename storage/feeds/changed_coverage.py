"""Raises reopenings for decided claims whose coverage changed for their days of service.

No decision changes here: people approve what the reopening proposes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from adjudication.model.vocabulary import ClaimId
from adjudication.steps.coverage_changes import days_covered_otherwise
from adjudication.steps.eligibility import CoverageSpan
from contracts.claim_intake.mapping import member_to_core
from contracts.events.claims import MemberV1
from contracts.events.feeds import CoverageChangedV1
from contracts.events.reopenings import Reason, Reopening
from contracts.records.decisions import DecidedBy
from contracts.stored import read_stored
from storage.decisions.reopenings import WAITS_FOR_REASON, raise_reopenings
from storage.feeds.coverage import spans_of
from storage.feeds.unseen import read_when, unseen
from storage.outbox import queue

Spans = Mapping[str, Sequence[CoverageSpan] | None]
"""The coverage of members as it was; None where it is not known: then each of their days may be covered otherwise now."""

# The member that a changed span covers now and the one it covered before, since a span may be corrected.
_DECIDED_MEMBERS: Final = text("""
    SELECT m.member_id FROM (
        SELECT unnest(CAST(:members AS text[])) AS member_id
        UNION SELECT member_id FROM coverage WHERE coverage_id = ANY(:coverages)) m
    WHERE EXISTS (SELECT 1 FROM claim_lines l JOIN determinations d USING (claim_id) WHERE l.member_id = m.member_id)
    ORDER BY 1
""")
_DECIDED: Final = text(f"""
    SELECT l.claim_id::text AS claim, l.member_id, c.patient::text AS patient, now() AS at,
           array_agg(DISTINCT d.service_date) AS days
    FROM claim_lines l JOIN claims c USING (claim_id)
    JOIN determination_lines d ON d.claim_id = l.claim_id AND d.line = l.line AND NOT d.superseded
        AND d.disposition IN ('approved', 'denied')
    WHERE l.member_id = ANY(:members) AND NOT {WAITS_FOR_REASON}
    GROUP BY l.claim_id, l.member_id, c.patient::text ORDER BY 1
""")
_MEANWHILE: Final = text(f"""
    SELECT DISTINCT v.member_id, v.coverage_id, v.version
    FROM json_to_recordset(CAST(:rows AS json)) AS w(member_id text, read_at timestamptz, snapshot text)
    JOIN coverage v USING (member_id) WHERE {unseen("v", "changed_at", "w")}
    ORDER BY v.coverage_id
""")


async def spans_before(connection: AsyncConnection, changes: Sequence[CoverageChangedV1]) -> Spans:
    """Return the stored spans of those members of the changes who have decided claims, before the changes are written."""
    keys = {"members": [c.member_id for c in changes], "coverages": [c.coverage_id for c in changes]}
    members = list(await connection.scalars(_DECIDED_MEMBERS, keys))
    found = await spans_of(connection, members) if members else {}
    return {member: found.get(member, ()) for member in members}


async def raise_changed(connection: AsyncConnection, changes: Sequence[CoverageChangedV1], before: Spans) -> None:
    """Raise reopenings for decided claims of these members, in the caller's transaction, after the changes are written."""
    if not before:
        return
    causes: dict[str, str] = {}
    for change in sorted(changes, key=lambda each: (each.coverage_id, -each.version)):
        causes.setdefault(change.member_id, f"{change.coverage_id}/{change.version}")
    # A member no longer covered by a corrected span is not named by any change.
    lost = next(iter(causes.values()), "")
    await _raise(connection, before, {member: causes.get(member, lost) for member in before})


async def raise_missed_coverage(connection: AsyncConnection, decided: Sequence[DecidedBy]) -> None:
    """Raise claims whose coverage was committed after they were read. Call it after the decisions are committed."""
    rows = (await connection.execute(_MEANWHILE, read_when(decided))).all()
    causes = {row.member_id: f"{row.coverage_id}/{row.version}" for row in rows}
    before = {each.member_id: each.spans for each in decided if each.member_id in causes}
    if before:
        await _raise(connection, before, causes, {each.claim_id for each in decided})


async def _raise(
    connection: AsyncConnection, before: Spans, causes: Mapping[str, str], only: set[ClaimId] | None = None
) -> None:
    keys = {"members": sorted(before), "raised": Reason.COVERAGE_CHANGED.value}
    rows = (await connection.execute(_DECIDED, keys)).all()
    now = await spans_of(connection, sorted({row.member_id for row in rows})) if rows else {}
    raised = [
        Reopening(ClaimId(row.claim), Reason.COVERAGE_CHANGED, causes[row.member_id], row.at)
        for row in rows
        if (only is None or row.claim in only) and _otherwise(row, before, now)
    ]
    await queue.put(connection, await raise_reopenings(connection, raised))


def _otherwise(row: Row[Any], before: Spans, now: Mapping[str, Sequence[CoverageSpan]]) -> bool:
    patient, member = member_to_core(read_stored(MemberV1, row.patient)).person, row.member_id
    known = before[member]
    return known is None or bool(days_covered_otherwise(patient, row.days, known, now.get(member, ())))
