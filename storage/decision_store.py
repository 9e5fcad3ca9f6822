"""Where decisions become final: decisions, pends, released units and outgoing messages in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.vocabulary import ClaimId
from contracts.store_values import Publication
from storage import decision_rows, outbox
from storage.decision_rows import rows_of

# Rows travel as one JSON document: the event's json column takes its part of it verbatim, byte for byte.
_DETERMINATIONS: Final = text("""
    INSERT INTO determinations (claim_id, version, decided_at, policy_bundle, charge, paid, event_id, event)
    SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS t(
        claim_id uuid, version integer, decided_at timestamptz, policy_bundle text, charge numeric, paid numeric,
        event_id text, event json)
    ON CONFLICT (claim_id, version) DO NOTHING RETURNING claim_id::text
""")
_LINES: Final = text("""
    INSERT INTO determination_lines (claim_id, version, line, member_id, code, service_date, disposition, reason,
                                     group_code, carc, rarcs, charge, paid, clinical)
    SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS t(
        claim_id uuid, version integer, line integer, member_id text, code text, service_date date, disposition text,
        reason text, group_code text, carc text, rarcs text, charge numeric, paid numeric, clinical boolean)
""")
_PENDS: Final = text("""
    INSERT INTO pends (claim_id, round, code, line, outcome, owner, priority, due_at)
    SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS t(
        claim_id uuid, round integer, code text, line integer, outcome text, owner text, priority integer,
        due_at timestamptz)
""")
_TRACES: Final = text("""
    INSERT INTO traces (claim_id, round, policy_bundle, findings)
    SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS t(
        claim_id uuid, round integer, policy_bundle text, findings json)
""")
_CLOSE_PENDS: Final = text("""
    UPDATE pends SET closed_at = now() WHERE claim_id = ANY(CAST(:ids AS uuid[])) AND closed_at IS NULL
""")
_RELEASE: Final = text("""
    UPDATE authorization_uses u SET released_at = now()
    FROM unnest(CAST(:claim_id AS uuid[]), CAST(:line AS integer[])) AS d(claim_id, line)
    WHERE u.claim_id = d.claim_id AND u.line = d.line AND u.released_at IS NULL
""")
_FINISH: Final = text("UPDATE batches SET finished_at = now() WHERE batch_id = :id AND finished_at IS NULL")
_ALREADY: Final = text("SELECT claim_id::text FROM determinations WHERE claim_id = ANY(CAST(:ids AS uuid[]))")
_OPEN: Final = text("""
    SELECT claim_id::text, code, line FROM pends WHERE claim_id = ANY(CAST(:ids AS uuid[])) AND closed_at IS NULL
""")


class PostgresDecisions:
    """Commits decisions."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use a pool."""
        self._engine = engine

    async def commit(self, batch_id: str, publications: Sequence[Publication]) -> frozenset[ClaimId]:
        """Commit decisions, pends and outgoing messages in one transaction; return the claims refused.

        A claim that violates a constraint is found by committing each claim of the batch on its own.
        """
        try:
            async with self._engine.begin() as connection:
                await _commit(connection, batch_id, publications)
        except IntegrityError:
            if len(publications) == 1:
                return frozenset({publications[0].stored.claim.claim_id})
            refused = [await self.commit(batch_id, [publication]) for publication in publications]
            return frozenset().union(*refused)
        return frozenset()

    async def open_pends(self, claim_ids: Sequence[ClaimId]) -> Mapping[ClaimId, frozenset[tuple[str, int | None]]]:
        """Return (pend code, line) of the pends now open on each claim; claims without any are absent."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(_OPEN, {"ids": list(claim_ids)})).all()
        found: dict[ClaimId, set[tuple[str, int | None]]] = {}
        for claim, code, line in rows:
            found.setdefault(ClaimId(claim), set()).add((code, line or None))
        return {claim: frozenset(keys) for claim, keys in found.items()}


async def _commit(connection: AsyncConnection, batch_id: str, publications: Sequence[Publication]) -> None:
    decided = decision_rows.determined(publications)
    if decided:
        rows = await connection.scalars(_DETERMINATIONS, rows_of(decision_rows.determination_rows(decided)))
        first = frozenset(rows.all())
        decided = [pair for pair in decided if pair[1].claim_id in first]
    if decided:
        await connection.execute(_LINES, rows_of(decision_rows.line_rows(decided)))
        denied = decision_rows.denied_lines(decided)
        if denied["line"]:
            await connection.execute(_RELEASE, denied)
    waiting = await _still_open(connection, decision_rows.waiting(publications))
    replaced = [p.stored.claim.claim_id for p, _ in (*decided, *waiting) if p.round > 0]
    if replaced:
        await connection.execute(_CLOSE_PENDS, {"ids": replaced})
    if waiting:
        await connection.execute(_PENDS, rows_of(decision_rows.pend_rows(waiting)))
        await connection.execute(_TRACES, rows_of(decision_rows.trace_rows(waiting)))
    await outbox.put(connection, [m for p, _ in (*decided, *waiting) for m in p.messages])
    await connection.execute(_FINISH, {"id": batch_id})


async def _still_open(connection: AsyncConnection, waiting: list[decision_rows.Waiting]) -> list[decision_rows.Waiting]:
    """Leave out claims that were determined meanwhile: a decision is never taken back by a late pend."""
    if not waiting:
        return []
    ids = [pended.claim_id for _, pended in waiting]
    done = frozenset((await connection.scalars(_ALREADY, {"ids": ids})).all())
    return [pair for pair in waiting if pair[1].claim_id not in done]
