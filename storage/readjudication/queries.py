"""Reads proposals and actions on them, for screens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.actions.submitted import SubmittedAction
from contracts.events.reopenings import BY_A_PERSON, Reopening
from contracts.records.readjudications import ProposalRecord, RaisedRecord
from storage.readjudication.raised import raised_of
from storage.review.actions import refusal_of

_SHOWN: Final = """
    SELECT j.readjudication_id::text AS id, j.claim_id::text AS claim_id, j.reason, j.cause, r.raised_at, p.number,
           p.base_version, p.made_at, p.content::text AS content, x.outcome AS closed, n.version,
           coalesce((SELECT json_agg(json_build_object('person_id', a.person_id, 'role', a.role, 'ground', a.ground,
                                                       'rationale', a.rationale, 'at', a.approved_at)
                                     ORDER BY a.approved_at)
                     FROM correction_approvals a
                     WHERE (a.readjudication_id, a.number) = (p.readjudication_id, p.number)), '[]')::text AS approvals,
           coalesce((SELECT array_agg(a.appeal_id::text ORDER BY a.filed_at) FROM appeals a
                     WHERE a.claim_id = j.claim_id AND NOT a.closed), '{}') AS appeals
    FROM readjudications j JOIN reopenings r USING (claim_id, reason, cause)
    JOIN LATERAL (SELECT * FROM correction_proposals p WHERE p.readjudication_id = j.readjudication_id
                  ORDER BY number DESC LIMIT 1) p ON true
    LEFT JOIN reopenings_closed x USING (claim_id, reason, cause)
    LEFT JOIN reopening_determinations n ON n.readjudication_id = j.readjudication_id"""
_ONE: Final = text(f"{_SHOWN} WHERE j.readjudication_id = CAST(:id AS uuid)")
_OF_CLAIMS: Final = text(f"{_SHOWN} WHERE j.claim_id = ANY(CAST(:claims AS uuid[]))")
_ACTION: Final = text("""
    SELECT action_id::text, readjudication_id::text AS id, person_id, content::text, accepted, refusal_code,
           refusal_words, refusal_kind
    FROM correction_actions WHERE action_id = CAST(:action AS uuid)
""")


class ProposalQueries:
    """Reads for screens."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use an engine, which pools connections."""
        self._engine = engine

    async def one(self, readjudication_id: str) -> ProposalRecord | None:
        """Return the newest proposal of a reopening; None where there is none yet, or no such reopening."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(_ONE, {"id": readjudication_id})).first()
            raised = {} if row is None else await raised_of(connection, [row.claim_id])
        return None if row is None else replace(_record(row), raised=raised.get((row.claim_id, row.reason, row.cause)))

    async def of(self, reopenings: Sequence[Reopening]) -> Mapping[tuple[str, str, str], ProposalRecord]:
        """Return the newest proposals of reopenings, by claim, reason and cause; those not adjudicated yet are absent."""
        claims = sorted({each.claim_id for each in reopenings})
        if not claims:
            return {}
        async with self._engine.connect() as connection:
            rows = (await connection.execute(_OF_CLAIMS, {"claims": claims})).all()
        return {(row.claim_id, row.reason, row.cause): _record(row) for row in rows}

    async def raised_of(self, reopenings: Sequence[Reopening]) -> Mapping[tuple[str, str, str], RaisedRecord]:
        """Return what people stated who raised reopenings, by claim, reason and cause."""
        claims = sorted({each.claim_id for each in reopenings if each.reason in BY_A_PERSON})
        if not claims:
            return {}
        async with self._engine.connect() as connection:
            return await raised_of(connection, claims)

    async def open_of(self, claim_id: str) -> tuple[ProposalRecord, ...]:
        """Return the newest proposals of the open reopenings of a claim: its appeal must know of them."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(_OF_CLAIMS, {"claims": [claim_id]})).all()
        return tuple(_record(row) for row in rows if row.closed is None)

    async def action(self, action_id: str) -> SubmittedAction | None:
        """Return an action and its answer."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(_ACTION, {"action": action_id})).first()
        if row is None:
            return None
        return SubmittedAction(row.action_id, row.id, row.person_id, row.content, row.accepted, refusal_of(row))


def _record(row: Any) -> ProposalRecord:
    return ProposalRecord(
        row.id,
        row.claim_id,
        row.reason,
        row.cause,
        row.raised_at,
        row.number,
        row.base_version,
        row.made_at,
        orjson.loads(row.content),
        tuple(orjson.loads(row.approvals)),
        tuple(row.appeals),
        row.closed,
        row.version,
    )
