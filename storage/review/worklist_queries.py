"""The worklist's two statements: a page of claims in order, and the totals of all of them. Writes nothing.

Both read one row per pended claim, kept by storage/review/due_dates.py with everything that is sorted and filtered by.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adjudication.model.vocabulary import ClaimId
from adjudication.people import SIGNING, Role
from contracts.records.review_queries import Place, WorklistOrder, WorklistQuery, WorklistTotals

_FITS: Final = """
    (CAST(:due_before AS timestamptz) IS NULL OR least(w.due_at, w.statutory_at) < CAST(:due_before AS timestamptz))
    AND (CAST(:codes AS text[]) IS NULL OR w.codes && CAST(:codes AS text[]) OR w.owners && CAST(:owners AS text[])
         OR 'claim/' || w.claim_id::text IN (
             SELECT a.subject FROM audit_trail a
             WHERE a.content->>'action' IN ('hand-over', 'recommend', 'second-opinion')
               AND (CASE a.content->>'action' WHEN 'hand-over' THEN a.content->>'to_role' ELSE 'physician' END)
                   = ANY(CAST(:queues AS text[]))))
    AND (CAST(:pend AS text) IS NULL OR CAST(:pend AS text) = ANY(w.codes))
    AND (CAST(:plans AS text[]) IS NULL OR w.named && CAST(:plans AS text[]))
    AND (CAST(:policy AS text) IS NULL OR CAST(:policy AS text) = ANY(w.named))
    AND (CAST(:words AS text) IS NULL OR strpos(w.words, CAST(:words AS text)) > 0)
    AND (CAST(:least AS numeric) IS NULL OR w.billed >= CAST(:least AS numeric))
    AND (CAST(:most AS numeric) IS NULL OR w.billed <= CAST(:most AS numeric))
    AND (CAST(:served_from AS date) IS NULL OR w.served_to >= CAST(:served_from AS date))
    AND (CAST(:served_to AS date) IS NULL OR w.served_from <= CAST(:served_to AS date))
    AND (CAST(:taken_by AS text[]) IS NULL
         OR 'claim/' || w.claim_id::text IN (
             SELECT a.subject FROM audit_trail a
             WHERE a.content->>'action' IN ('take', 'hand-over') AND a.at > CAST(:taken_since AS timestamptz)
               AND (a.person_id = ANY(CAST(:taken_by AS text[])) OR a.content->>'to_person' = ANY(CAST(:taken_by AS text[])))))
"""
_KEYS: Final = {
    WorklistOrder.STATUTORY: ("coalesce(w.statutory_at, w.due_at)", "timestamptz"),
    WorklistOrder.DUE: ("w.due_at", "timestamptz"),
    WorklistOrder.AMOUNT: ("-w.billed", "numeric"),
    WorklistOrder.AGE: ("w.received_at", "timestamptz"),
}
_PAGES: Final = {
    order: text(f"""
        SELECT w.claim_id::text, ({key})::text AS key FROM review_due w
        WHERE (CAST(:after_key AS {kind}) IS NULL
               OR ({key}, w.claim_id) > (CAST(:after_key AS {kind}), CAST(:after_claim AS uuid)))
          AND {_FITS}
        ORDER BY {key}, w.claim_id LIMIT :size
    """)
    for order, (key, kind) in _KEYS.items()
}
_TOTALS: Final = text(f"""
    SELECT count(*) AS claims, coalesce(sum(w.billed), 0) AS billed, min(w.statutory_at) AS first,
           count(*) FILTER (WHERE w.statutory_at < CAST(:now AS timestamptz)) AS overdue
    FROM review_due w WHERE {_FITS}
""")


async def page_of_claims(connection: AsyncConnection, query: WorklistQuery) -> dict[ClaimId, Place]:
    """Return the claims of a page in order, each with its place."""
    key, claim = query.after or (None, None)
    values = {**_values(query), "after_key": key, "after_claim": claim, "size": query.size}
    rows = (await connection.execute(_PAGES[query.order], values)).all()
    return {ClaimId(row.claim_id): (row.key, ClaimId(row.claim_id)) for row in rows}


async def totals_of(connection: AsyncConnection, query: WorklistQuery, now: datetime) -> WorklistTotals:
    """Return the totals of all claims of a worklist, whichever page is shown."""
    row = (await connection.execute(_TOTALS, {**_values(query), "now": now})).one()
    return WorklistTotals(row.claims, row.billed, row.overdue, row.first)


def _values(query: WorklistQuery) -> dict[str, Any]:
    taken_by, taken_since = query.taken or (None, None)
    least, most = query.amounts
    served_from, served_to = query.served
    return {
        "due_before": query.due_before,
        "codes": None if query.codes is None else sorted(query.codes),
        "owners": sorted(query.owners or ()),
        "queues": _queues(query.owners or frozenset()),
        "pend": query.pend,
        "plans": None if query.plans is None else sorted(query.plans),
        "policy": query.policy,
        "words": query.words.strip().lower() or None,
        "least": least,
        "most": most,
        "served_from": served_from,
        "served_to": served_to,
        "taken_by": None if taken_by is None else sorted(taken_by),
        "taken_since": taken_since,
    }


def _queues(roles: frozenset[str]) -> list[str]:
    """The queues these roles work on when a claim was handed on: the physicians' is every signer's."""
    return sorted(roles | {Role.PHYSICIAN.value}) if roles & SIGNING else sorted(roles)
