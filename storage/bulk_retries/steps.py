"""The steps that carry out a bulk retry: choose the next claims, record which were requested, record each result.

A step that is run again (its worker died) finds what the first one wrote: signaled claims are not signaled again, and a retry is
recorded once, in the transaction that commits it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.model.determination import Determination
from adjudication.model.pends import SYSTEM_PEND
from adjudication.model.vocabulary import ClaimId
from adjudication.review.bulk_retry import Mode, Selection, Skipped, Stage
from adjudication.review.bulk_retry_pace import TICK, Progress, next_page, over, should_pause
from contracts.actions.bulk_retries import BulkRetryStepResult, SelectionV1
from contracts.records.decisions import BulkRetryStep, Publication
from contracts.stored import read_stored
from storage.audit.trail import Entry, append_locked
from storage.bulk_retries.selection import choose

SYSTEM: Final = "claimwright"
"""The actor in the audit trail for a bulk retry's acts without a person."""

_FAILING: Final = (
    "many claims failed in a step; see the claims pended for operations, then continue or cancel the bulk retry"
)

_LOCK: Final = text("""
    SELECT selection::text, mode, per_second, stage, moved_at FROM bulk_releases
    WHERE release_id = CAST(:release AS uuid) FOR UPDATE
""")
# Signaled, but decided by another try before: there will be no further result.
_DECIDED: Final = text("""
    UPDATE bulk_release_claims r SET skipped = 'decided-meanwhile'
    WHERE r.release_id = CAST(:release AS uuid) AND r.asked_at IS NOT NULL AND r.tried_at IS NULL AND r.skipped IS NULL
      AND EXISTS (SELECT 1 FROM determinations d WHERE d.claim_id = r.claim_id AND d.decides)
""")
_PROGRESS: Final = text("""
    SELECT count(*) FILTER (WHERE asked_at IS NULL AND tried_at IS NULL AND skipped IS NULL) AS left_over,
           count(*) FILTER (WHERE asked_at IS NOT NULL AND tried_at IS NULL AND skipped IS NULL) AS under_way,
           count(*) FILTER (WHERE tried_at > :since) AS tried,
           count(*) FILTER (WHERE tried_at > :since AND result = 'failed') AS failed,
           coalesce(now() - max(greatest(asked_at, tried_at)), interval '0') AS quiet
    FROM bulk_release_claims WHERE release_id = CAST(:release AS uuid)
""")
_NEXT: Final = text("""
    SELECT r.claim_id::text AS claim_id,
           EXISTS (SELECT 1 FROM determinations d WHERE d.claim_id = r.claim_id AND d.decides) AS determined
    FROM bulk_release_claims r
    WHERE r.release_id = CAST(:release AS uuid) AND r.asked_at IS NULL AND r.tried_at IS NULL AND r.skipped IS NULL
    ORDER BY r.place LIMIT :size
""")
_SKIP: Final = text("""
    UPDATE bulk_release_claims r SET skipped = w.why
    FROM json_to_recordset(CAST(:rows AS json)) AS w(claim_id uuid, why text)
    WHERE r.release_id = CAST(:release AS uuid) AND r.claim_id = w.claim_id AND r.tried_at IS NULL AND r.skipped IS NULL
""")
_ASKED: Final = text("""
    UPDATE bulk_release_claims SET asked_at = now()
    WHERE release_id = CAST(:release AS uuid) AND claim_id = ANY(CAST(:claims AS uuid[])) AND asked_at IS NULL
""")
_STAGE: Final = text("""
    UPDATE bulk_releases SET stage = :stage, ended_at = :ended_at, paused_because = :because
    WHERE release_id = CAST(:release AS uuid)
""")
_TRIED: Final = text("""
    UPDATE bulk_release_claims r SET tried_at = now(), round = w.round, result = w.result
    FROM json_to_recordset(CAST(:rows AS json)) AS w(release_id uuid, claim_id uuid, round integer, result text)
    WHERE r.release_id = w.release_id AND r.claim_id = w.claim_id AND r.tried_at IS NULL AND r.skipped IS NULL
""")


async def note_tried(connection: AsyncConnection, publications: Sequence[Publication]) -> None:
    """Record the results of tries that bulk retries requested, in the transaction that commits them. The first result counts."""
    rows = [
        {
            "release_id": release,
            "claim_id": publication.stored.claim.claim_id,
            "round": publication.round,
            "result": _result(publication),
        }
        for publication in publications
        for release in publication.releases
    ]
    if rows:
        await connection.execute(_TRIED, {"rows": orjson.dumps(rows).decode()})


def _result(publication: Publication) -> str:
    decision = publication.decision
    if isinstance(decision, Determination):
        return "decided"
    return "failed" if any(pend.code == SYSTEM_PEND for pend in decision.pends) else "waits"


class BulkRetrySteps:
    """Carries out bulk retries, a page at a time."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use an engine, which pools connections."""
        self._engine = engine

    async def next_step(self, release_id: str, now: datetime) -> BulkRetryStep:
        """Return the claims to request now and when to call again. Pauses or ends the bulk retry when due."""
        async with self._engine.begin() as connection:
            release = (await connection.execute(_LOCK, {"release": release_id})).mappings().first()
            if release is None or release["stage"] not in ("running", "paused"):
                return BulkRetryStep((), Mode.RESUME, BulkRetryStepResult(over=True))
            if release["stage"] == "paused":
                return BulkRetryStep((), Mode(release["mode"]), BulkRetryStepResult())
            return await _turn(connection, release_id, dict(release), now)

    async def record_signaled(
        self, release_id: str, signaled: Sequence[ClaimId], without_review: Sequence[ClaimId]
    ) -> None:
        """Record which claims were requested, and which have no review workflow."""
        async with self._engine.begin() as connection:
            await connection.execute(_ASKED, {"release": release_id, "claims": list(signaled)})
            await _skip(connection, release_id, dict.fromkeys(without_review, Skipped.NO_REVIEW))


async def _turn(
    connection: AsyncConnection, release_id: str, release: Mapping[str, Any], now: datetime
) -> BulkRetryStep:
    mode = Mode(release["mode"])
    await connection.execute(_DECIDED, {"release": release_id})
    values = {"release": release_id, "since": release["moved_at"]}
    row = (await connection.execute(_PROGRESS, values)).one()
    progress = Progress(row.left_over, row.under_way, row.tried, row.failed)
    if should_pause(progress):
        await _move(connection, release_id, Stage.PAUSED, now)
        return BulkRetryStep((), mode, BulkRetryStepResult())
    if over(progress, row.quiet):
        await _move(connection, release_id, Stage.FINISHED, now)
        return BulkRetryStep((), mode, BulkRetryStepResult(over=True))
    size = next_page(progress, release["per_second"])
    selection = read_stored(SelectionV1, release["selection"]).to_core()
    ask = await _next(connection, release_id, selection, size, now) if size else ()
    return BulkRetryStep(ask, mode, BulkRetryStepResult(again_in=TICK.total_seconds()))


async def _next(
    connection: AsyncConnection, release_id: str, selection: Selection, size: int, now: datetime
) -> tuple[ClaimId, ...]:
    """Take the next claims in order, leaving out, with a reason, those that changed since the approval."""
    rows = (await connection.execute(_NEXT, {"release": release_id, "size": size})).all()
    ids = [ClaimId(row.claim_id) for row in rows]
    still = {one.claim_id: one for one in await choose(connection, selection, now, len(ids), ids)}
    skipped: dict[ClaimId, Skipped] = {}
    for row in rows:
        claim = ClaimId(row.claim_id)
        if row.determined:
            skipped[claim] = Skipped.DECIDED
        elif claim not in still:
            skipped[claim] = Skipped.OTHER_REASON
        elif still[claim].held and not selection.held_too:
            skipped[claim] = Skipped.HELD
    await _skip(connection, release_id, skipped)
    return tuple(claim for claim in ids if claim not in skipped)


async def _skip(connection: AsyncConnection, release_id: str, skipped: Mapping[ClaimId, Skipped]) -> None:
    rows = [{"claim_id": claim, "why": why.value} for claim, why in skipped.items()]
    if rows:
        await connection.execute(_SKIP, {"release": release_id, "rows": orjson.dumps(rows).decode()})


async def _move(connection: AsyncConnection, release_id: str, stage: Stage, now: datetime) -> None:
    """Pause or end a bulk retry without a person, and record it in the audit trail."""
    paused = stage is Stage.PAUSED
    values = {"release": release_id, "stage": stage.value, "ended_at": None if paused else now}
    await connection.execute(_STAGE, {**values, "because": _FAILING if paused else None})
    content = orjson.dumps({"action": stage.value}).decode()
    await append_locked(connection, Entry(f"release/{release_id}", now, SYSTEM, "system", None, content))
