"""Stored dead letters as people's screens list them: by the reason of refusal, page by page, without their bytes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.records.dead_letters import (
    BulkReplay,
    BulkReplayState,
    ClosedDeadLetter,
    DeadLetter,
    DeadLetterCount,
    DeadLetterFilter,
    DeadLetterReason,
    Replay,
)

OPEN: Final = "l.replayed_at IS NULL AND l.closed_at IS NULL"
MATCHES: Final = """
    (CAST(:topic AS text) IS NULL OR l.topic = :topic) AND (CAST(:refusal AS text) IS NULL OR l.refusal = :refusal)
    AND (CAST(:reason AS text) IS NULL OR l.reason = :reason)
    AND (CAST(:since AS timestamptz) IS NULL OR l.kept_at >= :since)
    AND (CAST(:until AS timestamptz) IS NULL OR l.kept_at < :until)
"""
# A position alone does not connect a replay with its letter: another record is there once a topic was created again.
_LETTER: Final = """
    SELECT l.letter_id::text, l.topic, l.partition, l."offset", l.refusal, l.reasons::text, l.received_at, l.kept_at,
           l.size, l.whole, l.claim_id::text,
           l.closed_at, l.closed_by, l.closed_because, l.closed_with::text, l.removed_at,
           r.replay_id::text, r.asked_by, r.asked_at, r.bulk_id::text, r.sent_at, r.position,
           (SELECT again.letter_id::text FROM dead_letters again WHERE again.position = r.position
            AND again.kept_at >= r.queued_at AND again.sha256 IS NOT DISTINCT FROM l.sha256
            ORDER BY again.kept_at LIMIT 1) AS refused_as,
           c.claim_id::text AS ledger_claim, c.registered_at,
           (SELECT before.letter_id::text FROM dead_letter_replays before JOIN dead_letters o USING (letter_id)
            WHERE before.position = l.position AND before.queued_at <= l.kept_at
            AND o.sha256 IS NOT DISTINCT FROM l.sha256 ORDER BY before.queued_at DESC LIMIT 1) AS replay_of
    FROM dead_letters l LEFT JOIN dead_letter_replays r USING (letter_id)
    LEFT JOIN claims c ON c.claim_id = l.claim_id
"""
_PAGE: Final = text(f"""
    {_LETTER} WHERE (NOT :open_only OR ({OPEN})) AND {MATCHES}
    AND (CAST(:after_at AS timestamptz) IS NULL
         OR (l.kept_at, l.letter_id) < (CAST(:after_at AS timestamptz), CAST(:after_id AS uuid)))
    ORDER BY l.kept_at DESC, l.letter_id DESC LIMIT :size
""")
_ONE: Final = text(f"{_LETTER} WHERE l.letter_id = CAST(:letter AS uuid)")
_OF_CLAIM: Final = text(f"{_LETTER} WHERE l.claim_id = CAST(:claim AS uuid) ORDER BY l.kept_at LIMIT 50")
_COUNTS: Final = text(f"""
    SELECT topic, refusal, reason, count(*) AS letters, min(kept_at) AS oldest FROM dead_letters l
    WHERE {OPEN} GROUP BY topic, refusal, reason ORDER BY letters DESC, topic, refusal, reason
""")
_BULK: Final = """
    SELECT b.bulk_id::text, b.wanted::text, b.letters, b.proposed_by, b.proposed_at, b.decided_by, b.decided_at,
           b.approved, b.stopped_at, b.closes_because,
           (SELECT count(*) FROM dead_letter_bulk_members m WHERE m.bulk_id = b.bulk_id AND m.taken_at IS NULL) AS left
    FROM dead_letter_bulks b
"""
_BULKS: Final = text(f"{_BULK} ORDER BY b.proposed_at DESC LIMIT 20")
_ONE_BULK: Final = text(f"{_BULK} WHERE b.bulk_id = CAST(:bulk AS uuid)")


class DeadLetterQueries:
    """Lists letters and bulk replays; never their bytes."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use an engine, which pools connections."""
        self._engine = engine

    async def page(
        self, wanted: DeadLetterFilter, size: int, after: tuple[datetime, str] | None
    ) -> tuple[DeadLetter, ...]:
        """Return letters, the newest first, that come after a place."""
        at, letter_id = after or (None, None)
        values = {**matching(wanted), "size": size, "after_at": at, "after_id": letter_id}
        return await self._letters(_PAGE, values | {"open_only": wanted.open_only})

    async def letter(self, letter_id: str) -> DeadLetter | None:
        """Return one letter."""
        found = await self._letters(_ONE, {"letter": UUID(letter_id)})
        return found[0] if found else None

    async def of_claim(self, claim_id: str) -> tuple[DeadLetter, ...]:
        """Return the letters whose bytes name a claim, the oldest first."""
        return await self._letters(_OF_CLAIM, {"claim": UUID(claim_id)})

    async def counts(self) -> tuple[DeadLetterCount, ...]:
        """Count open letters by topic, refusal and reason, the most first."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(_COUNTS)).all()
        return tuple(DeadLetterCount(row.topic, row.refusal, row.reason, row.letters, row.oldest) for row in rows)

    async def bulks(self) -> tuple[BulkReplay, ...]:
        """Return the latest bulk replays."""
        async with self._engine.connect() as connection:
            return tuple(_bulk(row) for row in (await connection.execute(_BULKS)).all())

    async def bulk(self, bulk_id: str) -> BulkReplay | None:
        """Return one bulk replay."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(_ONE_BULK, {"bulk": UUID(bulk_id)})).first()
        return None if row is None else _bulk(row)

    async def _letters(self, query: Any, values: dict[str, Any]) -> tuple[DeadLetter, ...]:
        async with self._engine.connect() as connection:
            return tuple(_letter(row) for row in (await connection.execute(query, values)).all())


def matching(wanted: DeadLetterFilter) -> dict[str, Any]:
    """Return the parameters of MATCHES."""
    return {
        "topic": wanted.topic,
        "refusal": wanted.refusal,
        "reason": wanted.reason,
        "since": wanted.since,
        "until": wanted.until,
    }


def _letter(row: Any) -> DeadLetter:
    return DeadLetter(
        letter_id=row.letter_id,
        topic=row.topic,
        partition=row.partition,
        offset=row.offset,
        refusal=row.refusal,
        reasons=tuple(DeadLetterReason(**reason) for reason in orjson.loads(row.reasons)),
        received_at=row.received_at,
        kept_at=row.kept_at,
        size=row.size,
        claim_id=row.claim_id,
        replay=None if row.replay_id is None else _replay(row),
        replay_of=row.replay_of,
        closed=None if row.closed_at is None else _closed(row),
        removed_at=row.removed_at,
        whole=row.whole,
    )


def _closed(row: Any) -> ClosedDeadLetter:
    return ClosedDeadLetter(row.closed_by, row.closed_at, row.closed_because, row.closed_with)


def _replay(row: Any) -> Replay:
    return Replay(
        replay_id=row.replay_id,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        bulk_id=row.bulk_id,
        sent_at=row.sent_at,
        position=row.position,
        refused_as=row.refused_as,
        claim_id=row.ledger_claim,
        claim_registered_at=row.registered_at,
    )


def _bulk(row: Any) -> BulkReplay:
    return BulkReplay(
        bulk_id=row.bulk_id,
        wanted=_filter(orjson.loads(row.wanted)),
        letters=row.letters,
        left=row.left,
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        state=_state(row),
        closes_because=row.closes_because,
    )


def _state(row: Any) -> BulkReplayState:
    if row.approved is None:
        return BulkReplayState.PROPOSED
    if not row.approved:
        return BulkReplayState.REFUSED
    if row.left == 0:
        return BulkReplayState.DONE
    return BulkReplayState.RUNNING if row.stopped_at is None else BulkReplayState.STOPPED


def _filter(stored: dict[str, Any]) -> DeadLetterFilter:
    since, until = (
        None if stored[name] is None else datetime.fromisoformat(stored[name]) for name in ("since", "until")
    )
    return DeadLetterFilter(stored["topic"], stored["refusal"], stored["reason"], since, until)
