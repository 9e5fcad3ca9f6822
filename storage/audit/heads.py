"""Publishes the heads of the audit trail's chains, and checks the ledger against heads that were kept elsewhere.

A person who rewrites a chain and its head in the database leaves no trace there. A head that another system received
earlier reveals it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.events.audit_heads import AuditHeadPublished, AuditHeadV1
from contracts.events.codec import encode
from contracts.events.outgoing import OutgoingMessage
from contracts.events.topics import AUDIT_HEADS
from contracts.ids import name_based
from storage.outbox import queue

SOURCE: Final = "claimwright/audit"
_AT_ONCE: Final = 500
_CHAIN: Final = "encode(substr(sha256(convert_to(subject, 'UTF8')), 1, 16), 'hex')"
"""Names a chain without naming its subject."""

_CHANGED: Final = text(f"""
    SELECT subject, {_CHAIN} AS chain, h.number, encode(h.hash, 'hex') AS hash, t.at
    FROM audit_heads h LEFT JOIN audit_heads_published p USING (subject) JOIN audit_trail t USING (subject)
    WHERE (p.number IS NULL OR p.number < h.number) AND t.number = h.number ORDER BY subject LIMIT :limit
""")
_PUBLISHED: Final = text("""
    INSERT INTO audit_heads_published (subject, number)
    SELECT * FROM unnest(CAST(:subjects AS text[]), CAST(:numbers AS integer[]))
    ON CONFLICT (subject) DO UPDATE SET number = greatest(audit_heads_published.number, EXCLUDED.number)
""")
_HEADS: Final = text(f"""
    SELECT {_CHAIN} AS chain, h.number, encode(h.hash, 'hex') AS hash, t.at
    FROM audit_heads h JOIN audit_trail t USING (subject) WHERE t.number = h.number ORDER BY subject
""")
_DIFFER: Final = text(f"""
    WITH kept AS (SELECT * FROM json_to_recordset(CAST(:kept AS json)) AS k(chain text, length integer, hash text)),
    chains AS (SELECT subject, {_CHAIN} AS chain FROM (SELECT DISTINCT subject FROM audit_trail) AS every)
    SELECT chain, kept.length, c.subject, t.number FROM kept LEFT JOIN chains c USING (chain)
    LEFT JOIN audit_trail t ON t.subject = c.subject AND t.number = kept.length
    WHERE t.hash IS NULL OR encode(t.hash, 'hex') <> kept.hash ORDER BY c.subject, kept.length
""")


class PostgresAuditHeads:
    """Publishes the heads that changed since they were last published."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use an engine, which pools connections."""
        self._engine = engine

    async def publish_some(self) -> int:
        """Queue a batch of changed heads and mark them published, in one transaction; return how many there were."""
        async with self._engine.begin() as connection:
            rows = (await connection.execute(_CHANGED, {"limit": _AT_ONCE})).all()
            if rows:
                published = {"subjects": [row.subject for row in rows], "numbers": [row.number for row in rows]}
                await connection.execute(_PUBLISHED, published)
                await queue.put(connection, [head_message(_head(row)) for row in rows])
        return len(rows)


def head_message(head: AuditHeadV1) -> OutgoingMessage:
    """Return the event for a head. Another hash at the same length gives another event, and consumers keep both.

    The event is derived from the chain alone, so that republishing a head gives the same event. Earlier versions of the
    product wrote the time of publication; the time in the id distinguishes those events.
    """
    identity = name_based(f"event:audit-head:{head.chain}:{head.length}:{head.hash}:{head.at.isoformat()}")
    event = AuditHeadPublished(id=identity, source=SOURCE, time=head.at, subject=head.chain, data=head)
    return OutgoingMessage(AUDIT_HEADS, head.chain, identity, encode(event))


async def heads(engine: AsyncEngine) -> AsyncIterator[AuditHeadV1]:
    """Yield the present head of every chain."""
    async with engine.connect() as connection:
        async for row in await connection.stream(_HEADS):
            yield _head(row)


async def differing(engine: AsyncEngine, kept: Sequence[AuditHeadV1]) -> list[str]:
    """Describe each place where the ledger differs from heads that were kept elsewhere."""
    rows = orjson.dumps([{"chain": head.chain, "length": head.length, "hash": head.hash} for head in kept]).decode()
    async with engine.connect() as connection:
        return [_words(row) for row in (await connection.execute(_DIFFER, {"kept": rows})).all()]


def _head(row: Any) -> AuditHeadV1:
    return AuditHeadV1(chain=row.chain, length=row.number, hash=row.hash, at=row.at.astimezone(UTC))


def _words(row: Any) -> str:
    if row.subject is None:
        return f"the chain {row.chain}, kept elsewhere with {row.length} entries, is not in the ledger"
    if row.number is None:
        return f"{row.subject}: entry {row.length}, kept elsewhere, is missing; the trail was cut"
    return f"{row.subject}: entry {row.length} is not the one kept elsewhere; the trail was rewritten"
