"""Reads the lines of a member's other accepted claims, each with its state from determinations and open pends.

Reversed and withdrawn lines are left out. A correction counts once the claim that it corrects is superseded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.model.history import HistoryLine, LineState
from adjudication.model.vocabulary import ClaimForm, ClaimId, LineNumber
from contracts.records.decisions import HistoryQuery

_LINES: Final = text("""
    SELECT q.claim_id::text AS asked_by, l.claim_id::text, c.sequence, l.line, l.form, c.submitter, l.billing_npi,
           l.code, l.modifiers, l.units, l.charge, l.service_date,
           coalesce(decided.disposition, CASE WHEN waiting.claim_id IS NULL THEN 'in-process' ELSE 'pended' END),
           decided.disposition IS NOT NULL OR NOT EXISTS (
               SELECT 1 FROM claim_chain k WHERE k.claim_id = l.claim_id
               AND (NOT EXISTS (SELECT 1 FROM supersessions s WHERE s.by_claim = k.claim_id)
                    OR EXISTS (SELECT 1 FROM supersessions s WHERE s.by_claim = k.claim_id AND s.version IS NULL)))
    FROM unnest(CAST(:claim_id AS uuid[]), CAST(:member_id AS text[]), CAST(:earliest AS date[]),
                CAST(:latest AS date[])) AS q(claim_id, member_id, earliest, latest)
    JOIN claim_lines l ON l.member_id = q.member_id AND l.service_date BETWEEN q.earliest AND q.latest
                      AND l.claim_id <> q.claim_id
    JOIN claims c ON c.claim_id = l.claim_id
    LEFT JOIN LATERAL (SELECT d.disposition FROM determination_lines d
                       WHERE d.claim_id = l.claim_id AND d.line = l.line
                       ORDER BY d.version DESC LIMIT 1) decided ON true
    LEFT JOIN LATERAL (SELECT p.claim_id FROM pends p WHERE decided.disposition IS NULL  -- spares most lines this lookup
                       AND p.claim_id = l.claim_id AND p.closed_at IS NULL LIMIT 1) waiting ON true
    WHERE decided.disposition IS NULL OR decided.disposition IN ('approved', 'denied')
    ORDER BY c.sequence, l.line
""")


class PostgresHistory:
    """Reads other claims' lines for the cross-claim edits."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use a pool."""
        self._engine = engine

    async def lines(self, queries: Sequence[HistoryQuery]) -> Mapping[ClaimId, Sequence[HistoryLine]]:
        """Return the lines that each query asks for, except the lines of the asking claim; claims with none are absent."""
        columns = {
            "claim_id": [query.claim_id for query in queries],
            "member_id": [query.member_id for query in queries],
            "earliest": [query.earliest for query in queries],
            "latest": [query.latest for query in queries],
        }
        async with self._engine.connect() as connection:
            rows = (await connection.execute(_LINES, columns)).all()
        found: dict[ClaimId, list[HistoryLine]] = {}
        for (
            asked_by,
            claim,
            sequence,
            line,
            form,
            submitter,
            npi,
            code,
            modifiers,
            units,
            charge,
            day,
            state,
            counts,
        ) in rows:
            history = HistoryLine(
                claim_id=ClaimId(claim),
                sequence=sequence,
                number=LineNumber(line),
                form=ClaimForm(form),
                submitter=submitter,
                billing_npi=npi,
                code=code,
                modifiers=tuple(modifiers.split()),
                units=units,
                charge=charge,
                service_date=day,
                state=LineState(state),
                counts=counts,
            )
            found.setdefault(ClaimId(asked_by), []).append(history)
        return found
