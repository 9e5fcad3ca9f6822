"""After Kafka lost its topics: queue the published events that the ledger still has, with the same ids and bytes.

The outbox keeps events for its retention, and determinations forever. Older events of other topics are gone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.events.topics import DETERMINATIONS
from contracts.records.recovery import PublishedEvent
from storage.outbox.digests import hashed
from storage.outbox.queue import CHANNEL

# A claim's events that went out before a restore and are not in the ledger again stay its decision (published_decisions).
_OLDER: Final = text("""
    SELECT claim_id::text, event_id, event::text AS event, version FROM determinations d
    WHERE decided_at < (SELECT coalesce(min(created_at), 'infinity') FROM outbox)
      AND NOT EXISTS (SELECT 1 FROM withheld_events w WHERE w.event_id = d.event_id)
    UNION ALL SELECT claim_id::text, event::json ->> 'id', event, version FROM published_decisions WHERE standing <> 'restored'
    ORDER BY claim_id, version  -- a reader keeps the last one that comes
""")
_GONE: Final = text("UPDATE published_before SET gone = true WHERE NOT id_hash = ANY(:kept)")
_WITHHELD: Final = text("""
    SELECT event_id FROM withheld_events UNION SELECT event::json ->> 'id' FROM published_decisions WHERE standing <> 'restored'
""")
_AGAIN: Final = text("UPDATE outbox SET published_at = NULL WHERE published_at IS NOT NULL")
_HEADS: Final = text("DELETE FROM audit_heads_published")


@dataclass(frozen=True, slots=True)
class KeyedEvent:
    """A published event and its key."""

    key: str
    event: PublishedEvent


async def older_determinations(engine: AsyncEngine) -> AsyncIterator[KeyedEvent]:
    """Yield the determinations that are no longer in the outbox, with the published bytes."""
    async with engine.connect() as connection:
        rows = await connection.stream(_OLDER)
        async for claim, identity, event, _ in rows:
            yield KeyedEvent(claim, PublishedEvent(DETERMINATIONS, identity, event.encode()))


async def publish_again(engine: AsyncEngine) -> int:
    """Mark every row of the outbox, and the heads of the audit trail, to be sent again; return the number of rows.

    A decision that was withheld stays withheld, and an event that differs from the one published under its id keeps its
    new id: readers of the lost topic have the other content under the old id.
    """
    async with engine.begin() as connection:
        withheld: Sequence[str] = (await connection.scalars(_WITHHELD)).all()
        await connection.execute(_GONE, {"kept": [hashed(identity.encode()) for identity in withheld]})
        await connection.execute(_HEADS)
        done = await connection.execute(_AGAIN)
        await connection.execute(text(f"NOTIFY {CHANNEL}"))
        return int(done.rowcount)
