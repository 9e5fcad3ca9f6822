"""Queries of the review screens: the worklist by deadline, one case, the answer to an action. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.model.claim import Claim
from adjudication.model.vocabulary import ClaimId
from contracts.actions.submitted import SubmittedAction
from contracts.events.reopenings import Reopening
from contracts.records.decision_json import read_finding
from contracts.records.review_queries import (
    Arrived,
    Findings,
    Place,
    Recorded,
    RequestedDocument,
    WaitingClaim,
    WorklistQuery,
    WorklistTotals,
)
from storage.claims.identity import DOCUMENT_MEANS
from storage.claims.line_plans import NO_PLANS, plans_found
from storage.decisions.reopenings import newest_reopenings
from storage.letters.notices import requests_mailed
from storage.review.actions import claim_of, done_of, pend_of, refusal_of, subject_of
from storage.review.due_dates import due_of
from storage.review.worklist_queries import page_of_claims, totals_of

_CLAIMS: Final = text("""
    SELECT c.claim_id::text AS claim, c.payload::text, c.received_at, c.payer_claim_number,
           EXISTS (SELECT 1 FROM determinations d WHERE d.claim_id = c.claim_id AND d.decides) AS determined
    FROM claims c WHERE c.claim_id = ANY(CAST(:ids AS uuid[]))
""")
_PENDS: Final = text("""
    SELECT claim_id::text AS claim, code, outcome, line, owner, priority, due_at, about FROM pends
    WHERE claim_id = ANY(CAST(:ids AS uuid[])) AND closed_at IS NULL ORDER BY priority, code, line
""")
_DUE: Final = text("""
    SELECT claim_id::text AS claim, due_at, rule, legal, tolled, source, locator, statutory_at, statutory_rule,
           statutory_stopped FROM review_due
    WHERE claim_id = ANY(CAST(:ids AS uuid[]))
""")
_HISTORY: Final = text("""
    SELECT substr(subject, 7) AS claim, content::text, person_id, role, at, action_id::text AS action FROM audit_trail
    WHERE subject = ANY(CAST(:subjects AS text[])) ORDER BY subject, number
""")
_ASKED: Final = text("""
    SELECT claim_id::text AS claim, kind, asked_at, due_at, answered_at,
           action_id IS NOT NULL AS by_reviewer FROM document_requests
    WHERE claim_id = ANY(CAST(:ids AS uuid[])) ORDER BY asked_at, kind
""")
_ARRIVED: Final = text(f"""
    SELECT DISTINCT ON (q.claim_id, d.document_id) q.claim_id AS claim, d.document_id, d.kind, d.received_at,
           json_array_length(d.facts) > 0 AS has_facts
    FROM json_to_recordset(CAST(:keys AS json)) AS q(claim_id text, submitter text, number text, attachment boolean)
    JOIN documents d ON d.submitter = q.submitter
        AND ((NOT q.attachment AND d.control_number = q.number AND {DOCUMENT_MEANS.format(document="d", claim="CAST(q.claim_id AS uuid)")}) OR (q.attachment AND d.attachment_number = q.number))
    ORDER BY q.claim_id, d.document_id, d.version DESC
""")
_FINDINGS: Final = text("""
    SELECT round, policy_bundle, findings::text FROM traces
    WHERE claim_id = CAST(:claim AS uuid) ORDER BY round DESC LIMIT 1
""")
_ACTION: Final = text("""
    SELECT action_id::text, claim_id::text, person_id, content::text, accepted, refusal_code, refusal_words, refusal_kind
    FROM review_actions WHERE action_id = CAST(:action AS uuid)
""")


class ReviewQueries:
    """Reads for screens."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use an engine, which pools connections."""
        self._engine = engine

    async def candidates(self, query: WorklistQuery) -> tuple[tuple[WaitingClaim, Place], ...]:
        """Return the pended claims that may match a query, in order, with their cursors; the fold of each decides who owns it now."""
        async with self._engine.connect() as connection:
            places = await page_of_claims(connection, query)
            read = await read_waiting(connection, tuple(places))
        return tuple((read[found], place) for found, place in places.items() if found in read)

    async def totals(self, query: WorklistQuery, now: datetime) -> WorklistTotals:
        """Return the totals of the claims that a query matches."""
        async with self._engine.connect() as connection:
            return await totals_of(connection, query, now)

    async def case(self, claim_id: ClaimId) -> WaitingClaim | None:
        """Return one claim, pended or not; None if it does not exist."""
        async with self._engine.connect() as connection:
            return (await read_waiting(connection, [claim_id])).get(claim_id)

    async def findings(self, claim_id: ClaimId) -> Findings | None:
        """Return the findings of the last try that left the claim pended."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(_FINDINGS, {"claim": claim_id})).one_or_none()
        if row is None:
            return None
        found = tuple(read_finding(stored) for stored in orjson.loads(row.findings))
        return Findings(row.round, row.policy_bundle, found)

    async def action(self, action_id: str) -> SubmittedAction | None:
        """Return an action and its answer."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(_ACTION, {"action": action_id})).one_or_none()
        if row is None:
            return None
        return SubmittedAction(
            row.action_id, row.claim_id, row.person_id, row.content, accepted=row.accepted, refusal=refusal_of(row)
        )

    async def reopenings(self, limit: int) -> tuple[Reopening, ...]:
        """Return the decided claims that were reopened last."""
        return await newest_reopenings(self._engine, limit)


async def read_waiting(connection: AsyncConnection, claim_ids: Sequence[ClaimId]) -> dict[ClaimId, WaitingClaim]:
    """Read claims, pended or not, with the data that screens show of each; unknown claims are absent."""
    ids = {"ids": list(claim_ids)}
    subjects = {"subjects": [subject_of(claim_id) for claim_id in claim_ids]}
    rows = (await connection.execute(_CLAIMS, ids)).all()
    claims = {row.claim: claim_of(row.payload, row.claim, row.received_at) for row in rows}
    pends = _by_claim((await connection.execute(_PENDS, ids)).all())
    due = {row.claim: due_of(row) for row in (await connection.execute(_DUE, ids)).all()}
    found = await plans_found(connection, claim_ids)
    history = _by_claim((await connection.execute(_HISTORY, subjects)).all())
    asked = _by_claim((await connection.execute(_ASKED, ids)).all())
    mailed = await requests_mailed(connection, [ClaimId(each) for each in asked]) if asked else {}
    keys = orjson.dumps([key for claim in claims.values() for key in _document_keys(claim)]).decode()
    arrived = _by_claim((await connection.execute(_ARRIVED, {"keys": keys})).all())
    return {
        row.claim: WaitingClaim(
            claims[row.claim],
            row.payer_claim_number,
            row.determined,
            tuple(pend_of(each) for each in pends.get(row.claim, ())),
            tuple(sorted({plan for _, plan in found.get(row.claim, NO_PLANS).plans})),
            tuple(Recorded(done_of(each), each.action, each.content) for each in history.get(row.claim, ())),
            tuple(_requested(each) for each in asked.get(row.claim, ())),
            tuple(Arrived(e.document_id, e.kind, e.received_at, e.has_facts) for e in arrived.get(row.claim, ())),
            due.get(row.claim),
            found.get(row.claim, NO_PLANS).contracts,
            mailed.get(ClaimId(row.claim), ()),
        )
        for row in rows
    }


def _requested(row: Any) -> RequestedDocument:
    return RequestedDocument(row.kind, row.asked_at, row.due_at, row.answered_at, row.by_reviewer)


def _by_claim(rows: Iterable[Any]) -> dict[str, list[Any]]:
    grouped: dict[str, list[Any]] = {}
    for row in rows:
        grouped.setdefault(row.claim, []).append(row)
    return grouped


def _document_keys(claim: Claim) -> list[dict[str, Any]]:
    """The numbers under which documents of a claim come: the claim's own, and those announced with it (PWK06)."""
    key = {"claim_id": claim.claim_id, "submitter": claim.submitter}
    announced = [{**key, "number": each.control_number, "attachment": True} for each in claim.attachments]
    return [{**key, "number": claim.control_number, "attachment": False}, *announced]
