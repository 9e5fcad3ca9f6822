"""Reads everything stored about one claim: one query per part, each by an index. Writes nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.model.vocabulary import ClaimId, PendCode
from adjudication.review.claim_deadlines import CaseTimes
from contracts.records.claim_file import (
    BulkRetryOfClaim,
    ClaimFile,
    ConflictingSubmission,
    FamilyLine,
    FiledAppeal,
    FoundClaim,
    LineSignature,
    PendedRound,
    Receipt,
    RelatedClaim,
    SentDeadlineNotice,
    StoredDetermination,
    StoredDocument,
    StoredPend,
    TrailEntry,
    UsedUnits,
)
from contracts.records.decision_json import plan_named, read_finding, read_signature
from contracts.records.review_queries import WaitingClaim
from storage.claims.search import find_claims
from storage.review.deadlines import times_of
from storage.review.queries import read_waiting

Row = TypeVar("Row")

_RECEIPT: Final = text("""
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
    ORDER BY priority, code, line, round
""")
_ROUNDS: Final = text("""
    SELECT round, policy_bundle, recorded_at, findings::text AS findings FROM traces WHERE claim_id = :id ORDER BY round
""")
_UNITS: Final = text("""
    SELECT u.number, u.code, u.line, u.units, u.released_at, a.status, a.plan_id
    FROM authorization_uses u JOIN authorizations a USING (number) WHERE u.claim_id = :id ORDER BY u.number, u.line
""")
_RELATED: Final = text("""
    SELECT CASE WHEN s.version IS NULL THEN 'is to replace or void' WHEN k.frequency = '7' THEN 'replaces'
           ELSE 'voids' END AS relation, o.control_number, o.claim_id::text, o.payer_claim_number, s.recorded_at
    FROM supersessions s JOIN claim_chain k ON k.claim_id = s.by_claim JOIN claims o ON o.claim_id = s.claim_id
    WHERE s.by_claim = :id
    UNION ALL
    SELECT 'names', o.control_number, o.claim_id::text, k.names, NULL
    FROM claim_chain k LEFT JOIN claims o ON o.payer_claim_number = k.names
    WHERE k.claim_id = :id AND NOT EXISTS (SELECT 1 FROM supersessions s WHERE s.by_claim = k.claim_id)
    UNION ALL
    SELECT CASE WHEN s.version IS NULL THEN 'reserved by' ELSE 'superseded by' END, r.control_number,
           r.claim_id::text, r.payer_claim_number, s.recorded_at
    FROM supersessions s JOIN claims r ON r.claim_id = s.by_claim WHERE s.claim_id = :id
    UNION ALL
    SELECT 'named by', r.control_number, r.claim_id::text, r.payer_claim_number, NULL
    FROM claims c JOIN claim_chain k ON k.names = c.payer_claim_number JOIN claims r ON r.claim_id = k.claim_id
    WHERE c.claim_id = :id
    AND NOT EXISTS (SELECT 1 FROM supersessions s WHERE s.claim_id = :id AND s.by_claim = k.claim_id)
    ORDER BY 1, 2
""")
_SIGNATURES: Final = text("""
    SELECT l.version, l.line, s.signature_id, s.reviewer_id, s.role AS signed_as, s.licence_number, s.licence_state,
           s.signed_at, s.rationale AS signed_rationale
    FROM determination_lines l JOIN reviewer_signatures s USING (claim_id, signature_id)
    WHERE l.claim_id = :id ORDER BY l.version, l.line
""")
_TRAIL: Final = text("""
    SELECT subject, at, person_id, role, content::text AS content FROM audit_trail
    WHERE subject = ANY(CAST(:subjects AS text[])) ORDER BY at, entry
""")
_DEADLINE_NOTICES: Final = text("""
    SELECT clock AS deadline, says AS kind, at, told_at AS sent_at FROM clock_notices
    WHERE claim_id = :id ORDER BY told_at, at, clock, says
""")
_DOCUMENTS: Final = text("""
    SELECT DISTINCT ON (d.document_id) d.document_id, d.version, d.kind, d.received_at,
           json_array_length(d.facts) AS facts, d.note
    FROM documents d WHERE d.submitter = :submitter AND d.document_id = ANY(CAST(:documents AS text[]))
    ORDER BY d.document_id, d.version DESC
""")
_APPEALS: Final = text("""
    SELECT a.appeal_id::text, a.appeal_reference, a.path, a.filed_at, a.closed, d.level, d.person_id, d.decided_at
    FROM appeals a LEFT JOIN appeal_decisions d USING (appeal_id) WHERE a.claim_id = :id
    ORDER BY a.filed_at, d.decided_at
""")
_BULK_RETRIES: Final = text("""
    SELECT r.release_id::text, r.stage, r.proposed_at, c.tried_at, c.result, c.skipped
    FROM bulk_release_claims c JOIN bulk_releases r USING (release_id) WHERE c.claim_id = :id ORDER BY r.proposed_at
""")
_CONFLICTS: Final = text("SELECT event_id, position, seen_at FROM conflicts WHERE claim_id = :id ORDER BY seen_at")
_FAMILY_LINES: Final = text("""
    WITH own AS (SELECT l.member_id, c.person_id, min(service_date) AS earliest, max(service_date) AS latest
                 FROM claim_lines l JOIN claims c USING (claim_id)
                 WHERE claim_id = :id AND code = ANY(CAST(:codes AS text[])) GROUP BY 1, 2)
    SELECT l.claim_id::text, c.control_number, c.submitter, l.billing_npi, l.line, l.code, l.modifiers, l.service_date,
           coalesce(decided.disposition, CASE WHEN waiting.claim_id IS NULL THEN 'in process' ELSE 'waiting' END) AS state
    FROM own JOIN claim_lines l ON l.member_id = own.member_id AND l.code = ANY(CAST(:codes AS text[]))
        AND l.service_date BETWEEN own.earliest - CAST(:days AS integer) AND own.latest + CAST(:days AS integer)
    JOIN claims c ON c.claim_id = l.claim_id AND c.person_id = own.person_id
    LEFT JOIN LATERAL (SELECT d.disposition FROM determination_lines d WHERE d.claim_id = l.claim_id AND d.line = l.line
                       ORDER BY d.version DESC LIMIT 1) decided ON true
    LEFT JOIN LATERAL (SELECT p.claim_id FROM pends p WHERE p.claim_id = l.claim_id AND p.closed_at IS NULL LIMIT 1)
        waiting ON true
    ORDER BY l.service_date, l.code, c.sequence LIMIT 100
""")
_STATES: Final = text("""
    SELECT c.claim_id::text, CASE
        WHEN EXISTS (SELECT 1 FROM pends p WHERE p.claim_id = c.claim_id AND p.closed_at IS NULL) THEN 'waiting'
        WHEN EXISTS (SELECT 1 FROM determinations d WHERE d.claim_id = c.claim_id AND d.decides) THEN 'determined'
        ELSE 'in process' END AS state
    FROM claims c WHERE c.claim_id = ANY(CAST(:ids AS uuid[]))
""")


class ClaimFiles:
    """Finds claims and reads their files for the claim page."""

    def __init__(self, engine: AsyncEngine, family: Collection[str], window_days: int) -> None:
        """`family`: the procedure codes that belong together when dated within `window_days` of each other."""
        self._engine = engine
        self._family = {"codes": sorted(family), "days": window_days}

    async def find(self, key: str) -> tuple[FoundClaim, ...]:
        """Find claims by any of their ids, the newest first."""
        rows = await find_claims(self._engine, key)
        async with self._engine.connect() as connection:
            states = (await connection.execute(_STATES, {"ids": [row["claim_id"] for row in rows]})).all()
        state = {row.claim_id: row.state for row in states}
        found = ({name: value for name, value in row.items() if name != "sequence"} for row in rows)
        return tuple(FoundClaim(**row, state=state[row["claim_id"]]) for row in found)

    async def waiting(self, claim_ids: Sequence[ClaimId]) -> tuple[WaitingClaim, ...]:
        """Return claims as the access rules need them; ids that the ledger does not have are left out."""
        async with self._engine.connect() as connection:
            read = await read_waiting(connection, claim_ids)
        return tuple(read[claim_id] for claim_id in claim_ids if claim_id in read)

    async def file(self, waiting: WaitingClaim) -> ClaimFile:
        """Return the file of a claim, with the lines of its code family."""
        key = {"id": UUID(waiting.claim.claim_id), **self._family}
        async with self._engine.connect() as connection:
            family = await _rows(connection, _FAMILY_LINES, key, FamilyLine)
            return replace(await _read(connection, waiting), family_lines=family)


async def read_claim_file(engine: AsyncEngine, claim_id: ClaimId) -> ClaimFile:
    """Return the file of a claim of the ledger; raises KeyError for an id that the ledger does not have."""
    async with engine.connect() as connection:
        return await _read(connection, (await read_waiting(connection, [claim_id]))[claim_id])


async def _read(connection: AsyncConnection, waiting: WaitingClaim) -> ClaimFile:
    claim_id = waiting.claim.claim_id
    key = {"id": UUID(claim_id)}
    [receipt] = await _rows(connection, _RECEIPT, key, Receipt)
    determinations = await _rows(connection, _DETERMINED, key, StoredDetermination)
    pends = await _rows(connection, _PENDS, key, StoredPend)
    appeals = await _rows(connection, _APPEALS, key, FiledAppeal)
    documents = {
        "submitter": waiting.claim.submitter,
        "documents": [each.document_id for each in waiting.arrived],
    }
    subjects = [f"{kind}/{claim_id}" for kind in ("claim", "view", "reopening")]
    subjects += sorted({f"appeal/{appeal.appeal_id}" for appeal in appeals})
    times = (await times_of(connection, [claim_id])).get(claim_id)
    return ClaimFile(
        waiting=waiting,
        receipt=receipt,
        determinations=determinations,
        pends=pends,
        rounds=tuple(_round(row) for row in (await connection.execute(_ROUNDS, key)).all()),
        used_units=await _rows(connection, _UNITS, key, UsedUnits),
        related=await _rows(connection, _RELATED, key, RelatedClaim),
        signatures=tuple(_signed((await connection.execute(_SIGNATURES, key)).all())),
        trail=await _rows(connection, _TRAIL, {"subjects": subjects}, TrailEntry),
        deadline_notices=await _rows(connection, _DEADLINE_NOTICES, key, SentDeadlineNotice),
        documents=await _rows(connection, _DOCUMENTS, documents, StoredDocument),
        appeals=appeals,
        bulk_retries=await _rows(connection, _BULK_RETRIES, key, BulkRetryOfClaim),
        conflicts=await _rows(connection, _CONFLICTS, key, ConflictingSubmission),
        times=_times(times, pends, determinations),
    )


async def _rows(connection: AsyncConnection, query: Any, values: dict[str, Any], made: type[Row]) -> tuple[Row, ...]:
    return tuple(made(**row) for row in (await connection.execute(query, values)).mappings())


def _signed(rows: Sequence[Any]) -> Iterator[LineSignature]:
    for row in rows:
        signature = read_signature(row)
        if signature is not None:
            yield LineSignature(row.version, row.line, signature)


def _round(row: Any) -> PendedRound:
    findings = tuple(read_finding(found) for found in orjson.loads(row.findings))
    return PendedRound(row.round, row.policy_bundle, row.recorded_at, findings)


def _times(
    times: CaseTimes | None, pends: Sequence[StoredPend], determinations: Sequence[StoredDetermination]
) -> CaseTimes | None:
    """Add to a decided claim's times its last pends, and its plans.

    A pended claim has both in its own rows. For a claim decided at once, only the determination names the plan.
    """
    if times is None or times.decided_at is None:
        return times
    last = max((pend.round for pend in pends), default=0)
    due = {PendCode(pend.code): pend.due_at for pend in pends if pend.round == last}
    found = (
        plan_named([read_finding(finding)])
        for determination in determinations
        for line in orjson.loads(determination.event)["data"]["lines"]
        for finding in line["findings"]
    )
    named = [plan for plan in found if plan is not None]
    return replace(times, pends=tuple(due.items()), plans=tuple(dict.fromkeys((*times.plans, *named))))
