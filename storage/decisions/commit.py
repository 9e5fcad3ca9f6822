"""Make decisions final: decisions, pends, returned authorization units and outgoing messages in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.model.determination import Decision
from adjudication.model.vocabulary import ClaimId
from adjudication.review.claim_deadlines import CaseTimes
from contracts.events.outgoing import OutgoingMessage
from contracts.records.decisions import Awaited, DecidedBy, OpenPends, PendKey, Publication
from storage.bulk_retries.steps import note_tried
from storage.claims.corrections import (
    ChangedMeanwhileError,
    free_reservations,
    freed_corrections,
    supersede,
    waiting_corrections,
)
from storage.decisions import rows as decision_rows
from storage.decisions.comparisons import compare_decisions, note_decisions
from storage.decisions.missed_events import changed_since
from storage.decisions.reopenings import decided_otherwise, left_alone, raise_reopenings, unsettled_interest
from storage.decisions.rows import EVENT, POLICY_TRACE, Determined, Waiting, packed, rows_of
from storage.decisions.statements import (
    CLOSE_PENDS,
    INSERT_DETERMINATIONS,
    INSERT_LINES,
    RELEASE_UNITS,
)
from storage.json_sequences import SEQUENCE
from storage.outbox import queue
from storage.retry import DEADLOCK_DETECTED, SERIALIZATION_FAILURE, again_after
from storage.review.deadlines import times_of
from storage.review.document_answers import unanswered
from storage.review.due_dates import keep_due

# Constraints are checked first for the whole batch; only when that fails is each claim tried alone.
_REFUSALS: Final = (IntegrityError, DataError, ChangedMeanwhileError)
_RACES: Final = frozenset({DEADLOCK_DETECTED, SERIALIZATION_FAILURE})

_PENDS: Final = text("""
    INSERT INTO pends (claim_id, round, code, line, outcome, owner, priority, due_at, about, read_at)
    SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS t(
        claim_id uuid, round integer, code text, line integer, outcome text, owner text, priority integer,
        due_at timestamptz, about text, read_at timestamptz)
""")
_READ_AGAIN: Final = text("""
    UPDATE pends p SET read_at = w.read_at FROM json_to_recordset(CAST(:rows AS json)) AS w(claim_id uuid, read_at timestamptz)
    WHERE p.claim_id = w.claim_id AND p.closed_at IS NULL AND w.read_at > coalesce(p.read_at, p.opened_at)
""")
_TRACES: Final = text("""
    INSERT INTO traces (claim_id, round, policy_bundle, findings)
    SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS t(
        claim_id uuid, round integer, policy_bundle text, findings json)
    ON CONFLICT (claim_id, round) DO NOTHING RETURNING claim_id::text
""")
# A try with the same findings, data and facts as the newest stored one is not stored.
_LATER_TRACES: Final = text("""
    INSERT INTO traces (claim_id, round, policy_bundle, findings)
    SELECT t.claim_id, t.round, t.policy_bundle, t.findings FROM json_to_recordset(CAST(:rows AS json)) AS t(
        claim_id uuid, round integer, policy_bundle text, findings json, lines json, evidence json)
    LEFT JOIN LATERAL (SELECT n.policy_bundle, n.findings FROM traces n WHERE n.claim_id = t.claim_id
                       ORDER BY n.round DESC LIMIT 1) newest ON true
    LEFT JOIN LATERAL (SELECT n.lines, n.evidence FROM policy_traces n WHERE n.claim_id = t.claim_id
                       ORDER BY n.round DESC LIMIT 1) ruled ON true
    WHERE (t.policy_bundle, t.findings::text, t.lines::text, t.evidence::text)
          IS DISTINCT FROM (newest.policy_bundle, newest.findings::text, ruled.lines::text, ruled.evidence::text)
      AND NOT EXISTS (SELECT 1 FROM determinations d WHERE d.claim_id = t.claim_id AND d.decides)
    ON CONFLICT (claim_id, round) DO NOTHING RETURNING claim_id::text
""")
_REQUESTS: Final = text("""
    INSERT INTO document_requests (claim_id, kind, asked_at, due_at, control_number)
    SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS t(
        claim_id uuid, kind text, asked_at timestamptz, due_at timestamptz, control_number text)
    ON CONFLICT DO NOTHING
""")
_POLICY_TRACES: Final = text(f"""
    INSERT INTO policy_traces (claim_id, round, policy_bundle, lines, evidence)
    SELECT t.claim_id, t.round, t.policy_bundle, CAST(t.lines AS json),
           CAST(nullif(t.evidence, 'null') AS json)
    FROM ROWS FROM (
        json_to_recordset(CAST(:rows AS json)) AS (claim_id uuid, round integer, policy_bundle text),
        {SEQUENCE.format("lines")}, {SEQUENCE.format("evidence")}
    ) AS t(claim_id, round, policy_bundle, lines, evidence)
    ON CONFLICT (claim_id, round) DO NOTHING
""")
_FINISH: Final = text("UPDATE batches SET finished_at = now() WHERE batch_id = :id AND finished_at IS NULL")
# Conflicts with the lock that a determination's foreign key takes: a pend either waits and then sees the determination, or is first.
_LOCK: Final = text("""
    SELECT 1 FROM claims WHERE claim_id = ANY(CAST(:ids AS uuid[])) ORDER BY claim_id FOR UPDATE
""")
_ALREADY: Final = text(
    "SELECT claim_id::text FROM determinations WHERE claim_id = ANY(CAST(:ids AS uuid[])) AND decides"
)
_OPEN: Final = text("""
    SELECT claim_id::text, code, line, outcome, about, due_at FROM pends WHERE claim_id = ANY(CAST(:ids AS uuid[])) AND closed_at IS NULL
""")


class PostgresDecisions:
    """Commits decisions."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use a pool."""
        self._engine = engine

    async def commit(
        self, batch_id: str, publications: Sequence[Publication], *, finished: bool = True
    ) -> frozenset[ClaimId]:
        """Commit decisions, pends and outgoing messages in one transaction; return the claims refused.

        The batch is finished when none is refused: the caller must decide the refused ones again. Not `finished`:
        other parts of the batch follow.
        """

        async def attempt() -> frozenset[ClaimId]:
            try:
                async with self._engine.begin() as connection:
                    await queue.put(connection, await _record(connection, publications))
                    await note_decisions(connection, batch_id, publications)
                    if finished:
                        await connection.execute(_FINISH, {"id": batch_id})
            except _REFUSALS:
                async with self._engine.begin() as connection:
                    return await _one_by_one(connection, batch_id, publications, finished=finished)
            return frozenset()

        return await again_after(_RACES, attempt)

    async def changed_since(self, waiting: Sequence[Awaited]) -> frozenset[ClaimId]:
        """Return those of the pended claims for which a feed wrote a releasing event after the claim was read.

        Call it after the pends are committed: a feed that commits later finds the pends and resumes the claim itself.
        """
        async with self._engine.connect() as connection:
            return await changed_since(connection, waiting)

    async def compare(self, batch_id: str, decided: Sequence[DecidedBy]) -> None:
        """Raise decided claims for what feeds committed after they were read. Call it after the decisions are committed."""
        async with self._engine.begin() as connection:
            await compare_decisions(connection, batch_id, decided)

    async def case_times(self, claim_ids: Sequence[ClaimId]) -> Mapping[ClaimId, CaseTimes]:
        """Return the events of claims until now; those the ledger does not have are absent."""
        async with self._engine.connect() as connection:
            return await times_of(connection, claim_ids)

    async def corrections_of(self, claim_ids: Sequence[ClaimId], codes: Collection[str]) -> Sequence[ClaimId]:
        """Return the replacements and voids that wait under some pend codes and name one of these claims."""
        async with self._engine.connect() as connection:
            return await waiting_corrections(connection, claim_ids, codes)

    async def decided(self, claim_ids: Sequence[ClaimId]) -> Sequence[ClaimId]:
        """Return those of these claims that have a determination."""
        async with self._engine.connect() as connection:
            return [ClaimId(c) for c in await connection.scalars(_ALREADY, {"ids": list(claim_ids)})]

    async def freed_corrections(self, claim_ids: Sequence[ClaimId]) -> Sequence[ClaimId]:
        """Return those of these replacements and voids that wait although the claim they name is adjudicated."""
        async with self._engine.connect() as connection:
            return await freed_corrections(connection, claim_ids)

    async def open_pends(self, claim_ids: Sequence[ClaimId]) -> Mapping[ClaimId, OpenPends]:
        """Return the open pends of each claim; claims without any are absent."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(_OPEN, {"ids": list(claim_ids)})).all()
            asked = await unanswered(connection, list({row.claim_id for row in rows})) if rows else {}
        found: dict[ClaimId, dict[PendKey, datetime]] = {}
        for claim, code, line, outcome, about, due_at in rows:
            found.setdefault(ClaimId(claim), {})[code, line or None, outcome, about] = due_at
        return {claim: OpenPends(due, frozenset(asked.get(claim, ()))) for claim, due in found.items()}


async def _one_by_one(
    connection: AsyncConnection, batch_id: str, publications: Sequence[Publication], *, finished: bool
) -> frozenset[ClaimId]:
    """Commit claim by claim, each in a savepoint, so that a refused claim undoes only its own rows."""
    refused: set[ClaimId] = set()
    messages: list[OutgoingMessage] = []
    for publication in publications:
        try:
            async with connection.begin_nested():
                messages += await _record(connection, [publication])
        except _REFUSALS:
            refused.add(publication.stored.claim.claim_id)
    await queue.put(connection, messages)
    taken = (each for each in publications if each.stored.claim.claim_id not in refused)
    await note_decisions(connection, batch_id, taken)
    if finished and not refused:
        await connection.execute(_FINISH, {"id": batch_id})
    return frozenset(refused)


async def _record(connection: AsyncConnection, publications: Sequence[Publication]) -> list[OutgoingMessage]:
    """Write decisions and pends that are new; return their messages and those of reopenings that they raise."""
    decided = await _record_determinations(connection, decision_rows.determined(publications))
    waiting = await _record_traces(connection, decision_rows.waiting(publications))
    ready = await _record_ready(connection, decision_rows.ready(waiting))
    await note_tried(connection, publications)
    settled: list[tuple[Publication, Decision]] = [
        *decided,
        *waiting,
        *await _supersede(connection, [publication for publication, _ in waiting]),
    ]
    if settled:
        await connection.execute(CLOSE_PENDS, {"ids": [p.stored.claim.claim_id for p, _ in settled]})
        await connection.execute(_POLICY_TRACES, await packed(decision_rows.policy_trace_rows, settled, POLICY_TRACE))
    if waiting:
        await connection.execute(_PENDS, await packed(decision_rows.pend_rows, waiting))
        await keep_due(connection, decision_rows.dues(waiting))
        requests = decision_rows.request_rows(waiting)
        if requests:
            await connection.execute(_REQUESTS, rows_of(requests))
    await _record_later_traces(connection, decision_rows.unchanged(publications))
    given = [given for publication, _ in (*decided, *waiting) for given in publication.superseded]
    published = [determination for _, determination in (*decided, *ready)]
    asked = [*unsettled_interest(published), *decided_otherwise(published)]
    raised = await raise_reopenings(connection, [*await left_alone(connection, given), *asked])
    return [*(message for publication, _ in settled for message in publication.messages), *raised]


async def _record_determinations(connection: AsyncConnection, decided: list[Determined]) -> list[Determined]:
    """Store the first determination of each claim; return those, and the determinations of the claims they supersede."""
    if not decided:
        return []
    rows = await connection.scalars(
        INSERT_DETERMINATIONS, await packed(decision_rows.determination_rows, decided, (EVENT,))
    )
    first = frozenset(rows.all())
    await _refuse_stale(connection, [d.claim_id for _, d in decided if d.follows_open and d.claim_id not in first])
    decided = [pair for pair in decided if pair[1].claim_id in first]
    if not decided:
        return []
    # Before their own lines: a component may be approved again only once its earlier approval is taken back.
    taken = await _supersede(connection, [publication for publication, _ in decided])
    await connection.execute(INSERT_LINES, await packed(decision_rows.line_rows, decided))
    denied = decision_rows.denied_lines(decided)
    if denied["line"]:
        await connection.execute(RELEASE_UNITS, denied)
    await free_reservations(connection, [publication for publication, _ in (*decided, *taken)])
    return [*decided, *taken]


async def _record_ready(connection: AsyncConnection, ready: list[Determined]) -> list[Determined]:
    """Write the decisions on lines that need not wait; refuse a claim whose determination changed after it was read."""
    if ready:
        rows = await connection.scalars(
            INSERT_DETERMINATIONS, await packed(decision_rows.determination_rows, ready, (EVENT,))
        )
        if len(rows.all()) < len(ready):
            raise ChangedMeanwhileError
        await connection.execute(INSERT_LINES, await packed(decision_rows.line_rows, ready))
    return ready


async def _refuse_stale(connection: AsyncConnection, not_written: list[ClaimId]) -> None:
    """Refuse claims that got a newer version after they were read, if that version leaves their lines open."""
    if not_written:
        done = frozenset((await connection.scalars(_ALREADY, {"ids": not_written})).all())
        if not done.issuperset(not_written):
            raise ChangedMeanwhileError


async def _supersede(connection: AsyncConnection, publications: list[Publication]) -> list[Determined]:
    """Write the determinations of the claims that these supersede; return them, for their pends and messages."""
    taken = await supersede(connection, publications)
    if taken:
        await connection.execute(INSERT_DETERMINATIONS, await packed(decision_rows.determination_rows, taken, (EVENT,)))
        await connection.execute(INSERT_LINES, await packed(decision_rows.line_rows, taken))
    return taken


async def _record_traces(connection: AsyncConnection, waiting: list[Waiting]) -> list[Waiting]:
    """Store the first trace of each round, unless the claim was determined since; return those that were first.

    A late pend never replaces a decision, and a published round is not published again with other content.
    """
    if not waiting:
        return []
    ids = {"ids": [pended.claim_id for _, pended in waiting]}
    await connection.execute(_LOCK, ids)
    done = frozenset((await connection.scalars(_ALREADY, ids)).all())
    waiting = [pair for pair in waiting if pair[1].claim_id not in done]
    if not waiting:
        return []
    rows = await connection.scalars(_TRACES, await packed(decision_rows.trace_rows, waiting))
    first = frozenset(rows.all())
    return [pair for pair in waiting if pair[1].claim_id in first]


async def _record_later_traces(connection: AsyncConnection, unchanged: list[Waiting]) -> None:
    """Store when claims whose pends did not change were read for a later try, and its findings: screens show the newest trace."""
    if not unchanged:
        return
    read = [{"claim_id": pended.claim_id, "read_at": p.stored.read_at} for p, pended in unchanged]
    await connection.execute(_READ_AGAIN, rows_of(read))
    ruled = decision_rows.policy_trace_rows(unchanged)
    by_claim = {row["claim_id"]: row for row in ruled}
    rows = [{**by_claim.get(row["claim_id"], {}), **row} for row in decision_rows.trace_rows(unchanged)]
    newer = frozenset(await connection.scalars(_LATER_TRACES, rows_of(rows)))
    kept = [row for row in ruled if row["claim_id"] in newer]
    if kept:
        await connection.execute(_POLICY_TRACES, rows_of(kept, POLICY_TRACE))
