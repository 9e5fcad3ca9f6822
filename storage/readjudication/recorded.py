"""Reads claims as they were recorded: the newest decision of each line, and the facts and documents it rested on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.model.claim import SupportingFact
from adjudication.model.vocabulary import ClaimId, LineNumber
from adjudication.readjudication.impact import LineResult
from contracts.records.decisions import StoredClaim
from storage.claims.working_set import PostgresClaims
from storage.decisions.policy_traces import latest_facts

_LINES: Final = text("""
    SELECT d.claim_id::text AS claim, d.decided_at, l.line, l.disposition, l.paid, l.reason
    FROM (SELECT DISTINCT ON (claim_id) claim_id, version, decided_at FROM determinations
          WHERE claim_id = ANY(CAST(:ids AS uuid[])) ORDER BY claim_id, version DESC) d
    JOIN determination_lines l USING (claim_id, version)
""")

_DECIDED: Final = text("""
    SELECT claim_id::text AS claim, (array_agg(decided_at ORDER BY version DESC))[1] AS decided_at
    FROM determinations WHERE claim_id = ANY(CAST(:ids AS uuid[])) GROUP BY claim_id
""")


class RecordedClaims:
    """Loads claims with the facts that their last review had: facts received after a decision are left out."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use an engine, which pools connections."""
        self._engine = engine
        self._claims = PostgresClaims(engine)

    async def load(self, claim_ids: Sequence[ClaimId]) -> Mapping[ClaimId, StoredClaim]:
        """Load claims as of their decision; one that waits has the facts it has now."""
        stored = await self._claims.load(claim_ids)
        decided = [claim_id for claim_id, each in stored.items() if each.determined]
        facts = await latest_facts(self._engine, decided)
        decided_at = await self._decided_at(decided)
        return {
            claim_id: each if claim_id not in decided_at else _as_of(each, facts, decided_at[claim_id])
            for claim_id, each in stored.items()
        }

    async def _decided_at(self, claim_ids: Sequence[ClaimId]) -> Mapping[ClaimId, datetime]:
        async with self._engine.connect() as connection:
            rows = (await connection.execute(_DECIDED, {"ids": list(claim_ids)})).all()
        return {ClaimId(row.claim): row.decided_at for row in rows}

    async def results(
        self, claim_ids: Sequence[ClaimId]
    ) -> Mapping[ClaimId, tuple[datetime, Mapping[LineNumber, LineResult]]]:
        """Return when each claim was decided last, and its lines; undecided claims are absent."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(_LINES, {"ids": list(claim_ids)})).all()
        found: dict[ClaimId, tuple[datetime, dict[LineNumber, LineResult]]] = {}
        for row in rows:
            _, lines = found.setdefault(ClaimId(row.claim), (row.decided_at, {}))
            lines[LineNumber(row.line)] = LineResult(row.disposition, row.paid, row.reason)
        return found


def _as_of(
    stored: StoredClaim, facts: Mapping[ClaimId, tuple[SupportingFact, ...] | None], decided_at: datetime
) -> StoredClaim:
    claim = stored.claim
    documents = tuple(each for each in claim.documents if each.received_at <= decided_at)
    if claim.claim_id not in facts:
        known = {each.document_id for each in documents}
        had = tuple(f for f in claim.supporting if f.document is None or f.document in known)
    else:
        # What a claim states has neither an author nor a document; what documents and reviewers state has one of them.
        own = tuple(f for f in claim.supporting if f.document is None and f.author is None)
        rested_on = facts[claim.claim_id]
        had = own if rested_on is None else rested_on
    return replace(stored, claim=replace(claim, supporting=had, documents=documents))
