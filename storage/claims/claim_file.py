"""Everything stored of one claim for the claim page: one query a part, each by an index. Writes nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.model.vocabulary import ClaimId, PendCode, PlanId
from adjudication.review.claim_deadlines import CaseTimes
from contracts.records.claim_file import (
    AppealKept,
    ClaimFile,
    Conflict,
    Determined,
    DocumentKept,
    FoundClaim,
    PendKept,
    Registered,
    Related,
    ReleaseKept,
    SentDeadlineNotice,
    Sibling,
    Signed,
    TrailEntry,
    Try,
    Use,
)
from contracts.records.review_queries import WaitingClaim
from storage.claims.overview import RELATED
from storage.claims.search import find_claims
from storage.review.deadlines import PostgresDeadlines
from storage.review.queries import finding_of, read_waiting

Row = TypeVar("Row")

_REGISTERED: Final = text("""
    SELECT c.submitter, c.control_number, c.revision, c.payer_claim_number, c.event_id, c.position, c.received_at,
           c.registered_at, c.batch_id, b.started_at, b.finished_at
    FROM claims c JOIN batches b USING (batch_id) WHERE c.claim_id = :id
""")
_DETERMINED: Final = text("""
    SELECT version, decided_at, policy_bundle, charge, paid, event_id, event::text AS event FROM determinations
    WHERE claim_id = :id ORDER BY version
""")
_PENDS: Final = text("""
    SELECT round, code, line, outcome, owner, due_at, opened_at, closed_at FROM pends WHERE claim_id = :id
    ORDER BY round, priority, code, line
""")
_TRIES: Final = text("""
    SELECT round, policy_bundle, recorded_at, findings::text AS findings FROM traces WHERE claim_id = :id ORDER BY round
""")
_USES: Final = text("""
    SELECT u.number, u.code, u.line, u.units, u.released_at, a.status, a.plan_id
    FROM authorization_uses u JOIN authorizations a USING (number) WHERE u.claim_id = :id ORDER BY u.number, u.line
""")
_SIGNED: Final = text("""
    SELECT l.version, l.line, s.reviewer_id, s.role, s.licence_number, s.licence_state, s.signed_at, s.rationale
    FROM determination_lines l JOIN reviewer_signatures s USING (claim_id, signature_id)
    WHERE l.claim_id = :id ORDER BY l.version, l.line
""")
_TRAIL: Final = text("""
    SELECT subject, at, person_id, role, content::text AS content FROM audit_trail
    WHERE subject = ANY(CAST(:subjects AS text[])) ORDER BY at, entry
""")
_TOLD: Final = text("SELECT clock, says, at, told_at FROM clock_notices WHERE claim_id = :id ORDER BY told_at, clock")
_DOCUMENTS: Final = text("""
    SELECT DISTINCT ON (d.document_id) d.document_id, d.version, d.kind, d.received_at,
           json_array_length(d.facts) AS facts, d.note
    FROM documents d WHERE d.document_id = ANY(CAST(:documents AS text[]))
    ORDER BY d.document_id, d.version DESC
""")
_APPEALS: Final = text("""
    SELECT a.appeal_id::text, a.appeal_reference, a.path, a.filed_at, a.closed, d.level, d.person_id, d.decided_at
    FROM appeals a LEFT JOIN appeal_decisions d USING (appeal_id) WHERE a.claim_id = :id
    ORDER BY a.filed_at, d.decided_at
""")
_RELEASES: Final = text("""
    SELECT r.release_id::text, r.stage, r.proposed_at, c.tried_at, c.result, c.skipped
    FROM bulk_release_claims c JOIN bulk_releases r USING (release_id) WHERE c.claim_id = :id ORDER BY r.proposed_at
""")
_CONFLICTS: Final = text("SELECT event_id, position, seen_at FROM conflicts WHERE claim_id = :id ORDER BY seen_at")
_SIBLINGS: Final = text("""
    WITH own AS (SELECT member_id, min(service_date) AS earliest, max(service_date) AS latest FROM claim_lines
                 WHERE claim_id = :id AND code = ANY(CAST(:codes AS text[])) GROUP BY member_id)
    SELECT l.claim_id::text, c.control_number, c.submitter, l.billing_npi, l.line, l.code, l.modifiers, l.service_date,
           coalesce(decided.disposition, CASE WHEN waiting.claim_id IS NULL THEN 'in process' ELSE 'waiting' END) AS state
    FROM own JOIN claim_lines l ON l.member_id = own.member_id AND l.code = ANY(CAST(:codes AS text[]))
        AND l.service_date BETWEEN own.earliest - CAST(:days AS integer) AND own.latest + CAST(:days AS integer)
    JOIN claims c ON c.claim_id = l.claim_id
    LEFT JOIN LATERAL (SELECT d.disposition FROM determination_lines d WHERE d.claim_id = l.claim_id AND d.line = l.line
                       ORDER BY d.version DESC LIMIT 1) decided ON true
    LEFT JOIN LATERAL (SELECT p.claim_id FROM pends p WHERE p.claim_id = l.claim_id AND p.closed_at IS NULL LIMIT 1)
        waiting ON true
    ORDER BY l.service_date, l.code, c.sequence LIMIT 100
""")
_STATES: Final = text("""
    SELECT c.claim_id::text, CASE
        WHEN EXISTS (SELECT 1 FROM pends p WHERE p.claim_id = c.claim_id AND p.closed_at IS NULL) THEN 'waiting'
        WHEN EXISTS (SELECT 1 FROM determinations d WHERE d.claim_id = c.claim_id) THEN 'determined'
        ELSE 'in process' END AS state
    FROM claims c WHERE c.claim_id = ANY(CAST(:ids AS uuid[]))
""")


class PostgresClaimFiles:
    """Reads for the claim page."""

    def __init__(self, engine: AsyncEngine, family: Collection[str], window_days: int) -> None:
        """Use a pool; `family` are the codes whose lines belong together within so many days."""
        self._engine = engine
        self._family = {"codes": sorted(family), "days": window_days}

    async def find(self, key: str) -> tuple[FoundClaim, ...]:
        """Find claims by any of their ids, the newest first."""
        rows = await find_claims(self._engine, key)
        async with self._engine.connect() as connection:
            states = (await connection.execute(_STATES, {"ids": [row["claim_id"] for row in rows]})).all()
        state = {row.claim_id: row.state for row in states}
        told = ({name: value for name, value in row.items() if name != "sequence"} for row in rows)
        return tuple(FoundClaim(**row, state=state[row["claim_id"]]) for row in told)

    async def waiting(self, claim_ids: Sequence[ClaimId]) -> tuple[WaitingClaim, ...]:
        """Return claims as screens see them, to ask who may see them; those that are not there are left out."""
        async with self._engine.connect() as connection:
            read = await read_waiting(connection, claim_ids)
        return tuple(read[claim_id] for claim_id in claim_ids if claim_id in read)

    async def file(self, waiting: WaitingClaim) -> ClaimFile:
        """Return everything stored of a claim that the ledger has."""
        claim_id = waiting.claim.claim_id
        key = {"id": UUID(claim_id)}
        times = await PostgresDeadlines(self._engine).times(claim_id)
        async with self._engine.connect() as connection:
            [registered] = await _rows(connection, _REGISTERED, key, Registered)
            determinations = await _rows(connection, _DETERMINED, key, Determined)
            pends = await _rows(connection, _PENDS, key, PendKept)
            tries = tuple(_try(row) for row in (await connection.execute(_TRIES, key)).all())
            appeals = await _rows(connection, _APPEALS, key, AppealKept)
            documents = {"documents": [each.document_id for each in waiting.arrived]}
            subjects = [f"{kind}/{claim_id}" for kind in ("claim", "view", "reopening")]
            subjects += sorted({f"appeal/{appeal.appeal_id}" for appeal in appeals})
            return ClaimFile(
                registered=registered,
                determinations=determinations,
                pends=pends,
                tries=tries,
                uses=await _rows(connection, _USES, key, Use),
                related=await _rows(connection, text(RELATED), key, Related),
                signed=await _rows(connection, _SIGNED, key, Signed),
                trail=await _rows(connection, _TRAIL, {"subjects": subjects}, TrailEntry),
                told=await _rows(connection, _TOLD, key, SentDeadlineNotice),
                documents=await _rows(connection, _DOCUMENTS, documents, DocumentKept),
                appeals=appeals,
                releases=await _rows(connection, _RELEASES, key, ReleaseKept),
                conflicts=await _rows(connection, _CONFLICTS, key, Conflict),
                siblings=await _rows(connection, _SIBLINGS, {**key, **self._family}, Sibling),
                times=_times(times, pends, determinations),
            )


async def _rows(connection: AsyncConnection, query: Any, values: dict[str, Any], made: type[Row]) -> tuple[Row, ...]:
    return tuple(made(**row) for row in (await connection.execute(query, values)).mappings())


def _try(row: Any) -> Try:
    findings = tuple(finding_of(found) for found in orjson.loads(row.findings))
    return Try(row.round, row.policy_bundle, row.recorded_at, findings)


def _times(
    times: CaseTimes | None, pends: Sequence[PendKept], determinations: Sequence[Determined]
) -> CaseTimes | None:
    """Complete what the clocks are run on for a claim that is decided: what it last waited for, and its plans.

    A claim that waits tells both itself; of one that is decided at once only the determination names the plan.
    """
    if times is None or times.decided_at is None:
        return times
    last = max((pend.round for pend in pends), default=0)
    due = {PendCode(pend.code): pend.due_at for pend in pends if pend.round == last}
    named = [
        PlanId(evidence["value"])
        for determination in determinations
        for line in orjson.loads(determination.event)["data"]["lines"]
        for finding in line["findings"]
        for evidence in finding.get("evidence", ())
        if evidence["name"] == "plan"
    ]
    return replace(times, pends=tuple(due.items()), plans=tuple(dict.fromkeys((*times.plans, *named))))
