"""Replays or closes many dead letters at a bounded rate: one person proposes, another approves."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final
from uuid import UUID, uuid4

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.events.topics import LARGEST_INCOMING
from contracts.records.dead_letters import MOST_IN_A_BULK, Acting, DeadLetterFilter, Refused
from storage.dead_letters.actions import OVERHEAD, replay_many
from storage.dead_letters.closing import close_many
from storage.dead_letters.locking import record
from storage.dead_letters.queries import MATCHES, OPEN, matching

REPLAYS_PER_SECOND: Final = 50
"""Dead letters per second that a bulk replay publishes; low, so that new upstream events are not delayed."""

_ONE_AT_A_TIME: Final = 611_091_205

_BULK: Final = text("""
    INSERT INTO dead_letter_bulks (bulk_id, wanted, letters, proposed_by, proposed_at, closes_because)
    VALUES (CAST(:bulk AS uuid), CAST(:wanted AS json), :letters, :by, :at, :reason)
""")
_CHOSEN: Final = text(f"""
    SELECT l.letter_id FROM dead_letters l
    WHERE {OPEN} AND {MATCHES}
    AND (:closing OR l.whole AND coalesce(octet_length(l.key), 0) + coalesce(octet_length(l.value), 0)
                     + coalesce(octet_length(l.headers::text), 0) <= :largest)
    ORDER BY l.kept_at, l.letter_id LIMIT :most
""")
_MEMBERS: Final = text("""
    INSERT INTO dead_letter_bulk_members (bulk_id, letter_id) SELECT CAST(:bulk AS uuid), unnest(CAST(:letters AS uuid[]))
""")
_LOCKED: Final = text("""
    SELECT proposed_by, approved, stopped_at FROM dead_letter_bulks WHERE bulk_id = CAST(:bulk AS uuid) FOR UPDATE
""")
_DECIDE: Final = text("""
    UPDATE dead_letter_bulks SET decided_by = :by, decided_as = :role, decided_at = :at, approved = :approved
    WHERE bulk_id = CAST(:bulk AS uuid)
""")
_STOP: Final = text("UPDATE dead_letter_bulks SET stopped_at = :at WHERE bulk_id = CAST(:bulk AS uuid)")
_RECENT: Final = text("""
    SELECT count(*) FROM dead_letter_replays WHERE bulk_id IS NOT NULL AND queued_at > now() - interval '1 second'
""")
_RUNNING: Final = text("""
    SELECT b.bulk_id::text, b.decided_by, b.decided_as, b.closes_because, now() AS at FROM dead_letter_bulks b
    WHERE b.approved AND b.stopped_at IS NULL
    AND EXISTS (SELECT 1 FROM dead_letter_bulk_members m WHERE m.bulk_id = b.bulk_id AND m.taken_at IS NULL)
    ORDER BY b.decided_at LIMIT 1 FOR UPDATE
""")
_TAKE: Final = text("""
    UPDATE dead_letter_bulk_members SET taken_at = now()
    WHERE bulk_id = CAST(:bulk AS uuid) AND letter_id IN (
        SELECT m.letter_id FROM dead_letter_bulk_members m JOIN dead_letters l USING (letter_id)
        WHERE m.bulk_id = CAST(:bulk AS uuid) AND m.taken_at IS NULL ORDER BY l.kept_at, m.letter_id LIMIT :most)
    RETURNING letter_id::text
""")


class DeadLetterBulks:
    """Stores proposals and decisions, and queues the dead letters of approved ones."""

    def __init__(self, engine: AsyncEngine, per_second: int = REPLAYS_PER_SECOND) -> None:
        """Use an engine, which pools connections."""
        self._engine, self._per_second = engine, per_second

    async def count(self, wanted: DeadLetterFilter, *, closing: bool = False) -> int:
        """Count the dead letters a proposal would hold now, at most one more than the limit."""
        async with self._engine.connect() as connection:
            return len(await _chosen(connection, wanted, closing=closing))

    async def propose(self, wanted: DeadLetterFilter, who: Acting, closes_because: str | None = None) -> str | Refused:
        """Store a proposal for exactly the dead letters that match now, and return its id; a second person must approve it."""
        bulk_id = str(uuid4())
        async with self._engine.begin() as connection:
            letters = await _chosen(connection, wanted, closing=closes_because is not None)
            if not letters:
                return Refused.NONE_LEFT
            if len(letters) > MOST_IN_A_BULK:
                return Refused.TOO_MANY
            filters = orjson.dumps(
                {name: value for name, value in asdict(wanted).items() if name != "open_only"}
            ).decode()
            row = {"bulk": bulk_id, "wanted": filters, "letters": len(letters), "by": who.person_id, "at": who.at}
            await connection.execute(_BULK, row | {"reason": closes_because})
            await connection.execute(_MEMBERS, {"bulk": bulk_id, "letters": letters})
            content = {"action": "proposed", "letters": len(letters), "wanted": orjson.loads(filters)}
            closing = {} if closes_because is None else {"closes_because": closes_because}
            await _record(connection, bulk_id, who, content | closing)
        return bulk_id

    async def decide(self, bulk_id: str, who: Acting, *, approve: bool) -> Refused | None:
        """Approve or refuse a proposal. The proposer may refuse it but not approve it."""
        async with self._engine.begin() as connection:
            row = (await connection.execute(_LOCKED, {"bulk": UUID(bulk_id)})).first()
            if row is None:
                return Refused.UNKNOWN
            if row.approved is not None:
                return Refused.DECIDED
            if approve and row.proposed_by == who.person_id:
                return Refused.OWN_PROPOSAL
            values = {"bulk": bulk_id, "by": who.person_id, "role": who.role, "at": who.at, "approved": approve}
            await connection.execute(_DECIDE, values)
            await _record(connection, bulk_id, who, {"action": "approved" if approve else "refused"})
        return None

    async def stop(self, bulk_id: str, who: Acting) -> Refused | None:
        """Stop an approved proposal; dead letters that are already queued or closed are not changed."""
        async with self._engine.begin() as connection:
            row = (await connection.execute(_LOCKED, {"bulk": UUID(bulk_id)})).first()
            if row is None:
                return Refused.UNKNOWN
            if not row.approved or row.stopped_at is not None:
                return Refused.DECIDED
            await connection.execute(_STOP, {"bulk": bulk_id, "at": who.at})
            await _record(connection, bulk_id, who, {"action": "stopped"})
        return None

    async def queue_approved(self) -> int:
        """Queue or close dead letters of the oldest approved proposal, within the rate limit; return how many."""
        async with self._engine.begin() as connection:
            if not await connection.scalar(text(f"SELECT pg_try_advisory_xact_lock({_ONE_AT_A_TIME})")):
                return 0
            bulk = (await connection.execute(_RUNNING)).first()
            if bulk is None:
                return 0
            most = self._per_second - int(await connection.scalar(_RECENT) or 0)
            if most <= 0:
                return 0
            letters = (await connection.scalars(_TAKE, {"bulk": bulk.bulk_id, "most": most})).all()
            who = Acting(bulk.decided_by, bulk.decided_as, bulk.at)
            if bulk.closes_because is not None:
                return await close_many(connection, letters, who, bulk.closes_because, bulk.bulk_id)
            return await replay_many(connection, letters, who, bulk.bulk_id)


async def _chosen(connection: AsyncConnection, wanted: DeadLetterFilter, *, closing: bool) -> list[UUID]:
    largest = LARGEST_INCOMING - OVERHEAD
    values = {**matching(wanted), "largest": largest, "most": MOST_IN_A_BULK + 1, "closing": closing}
    return list((await connection.scalars(_CHOSEN, values)).all())


async def _record(connection: AsyncConnection, bulk_id: str, who: Acting, content: dict[str, Any]) -> None:
    await record(connection, f"letters/{bulk_id}", who, content)
