"""The transactional outbox: messages committed together with the state they report, many per row (group commit)."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final

import orjson
import psycopg
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.events.headers import Pairs, from_pairs, to_pairs
from contracts.events.outgoing import Outgoing, OutgoingMessage, ReplayedEvent
from contracts.records.decisions import OutboxEntry
from contracts.trace_context import current_traceparent
from storage.dead_letters import intake
from storage.recovery import published

CHANNEL = "claimwright_outbox"
_LEADER = 611_091_204
_BYTES = "base64"
_LARGE_BYTES: Final = 1_048_576
_BYTES_AT_ONCE: Final = 8_388_608
"""What one turn of the publisher reads at most, besides its first entry: a bound of its memory."""

# The length of a stored value is known without reading it.
_PENDING: Final = text("""
    SELECT entry_id, messages, created_at, traceparent FROM outbox WHERE entry_id IN (
        SELECT entry_id FROM (
            SELECT entry_id, sum(octet_length(messages)) OVER (ORDER BY entry_id) - octet_length(messages) AS before
            FROM (SELECT entry_id, messages FROM outbox WHERE published_at IS NULL ORDER BY entry_id LIMIT :limit) oldest
        ) sized WHERE before < :bytes)
    ORDER BY entry_id
""")


async def put(connection: AsyncConnection, messages: Sequence[OutgoingMessage]) -> None:
    """Add messages to the outbox within the caller's transaction, and wake the publisher when it commits."""
    if not messages:
        return
    packed = orjson.dumps([(m.topic, m.key, m.event_id, m.value.decode()) for m in messages])
    await _insert(connection, packed, len(messages))
    await intake.keep(connection, messages)


async def put_replays(connection: AsyncConnection, events: Sequence[ReplayedEvent]) -> None:
    """Add refused events on their way back to their topics within the caller's transaction."""
    await _insert(connection, pack_replays(events), len(events))


async def _insert(connection: AsyncConnection, packed: bytes, size: int) -> None:
    await connection.execute(
        text("INSERT INTO outbox (messages, size, traceparent) VALUES (:messages, :size, :traceparent)"),
        {"messages": packed, "size": size, "traceparent": current_traceparent()},
    )
    await connection.execute(text(f"NOTIFY {CHANNEL}"))


def pack_replays(events: Sequence[ReplayedEvent]) -> bytes:
    """Pack one row of events whose bytes need not be text."""
    packed = [(e.topic, _base64(e.key), e.event_id, _base64(e.value), _BYTES, to_pairs(e.headers)) for e in events]
    return orjson.dumps(packed)


def unpack(packed: bytes) -> tuple[Outgoing, ...]:
    """Return the messages of one row, byte for byte."""
    return tuple(_unpacked(*entry) for entry in orjson.loads(packed))


def _unpacked(
    topic: str, key: str | None, event_id: str, value: str | None, form: str = "text", headers: Pairs | None = None
) -> Outgoing:
    if form == _BYTES:
        return ReplayedEvent(topic, _bytes(key), event_id, _bytes(value), from_pairs(headers))
    return OutgoingMessage(topic, key or "", event_id, (value or "").encode())


def _base64(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode()


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text, validate=True)


class PostgresOutbox:
    """The publisher's side of the outbox, and the place where refused events are queued."""

    def __init__(self, engine: AsyncEngine, dsn: str) -> None:
        """Use a pool, and the DSN for the one connection that listens and holds the leadership."""
        self._engine = engine
        self._dsn = make_url(dsn).set(drivername="postgresql").render_as_string(hide_password=False)
        self._listening: psycopg.AsyncConnection | None = None
        self._restored = False

    @asynccontextmanager
    async def leadership(self) -> AsyncIterator[bool]:
        """Hold a session lock while publishing; yields False when another publisher has it.

        The lock falls with its connection, so a killed publisher frees it at once.
        """
        connection = await psycopg.AsyncConnection.connect(self._dsn, autocommit=True)
        try:
            cursor = await connection.execute("SELECT pg_try_advisory_lock(%s)", (_LEADER,))
            row = await cursor.fetchone()
            leads = bool(row and row[0])
            if leads:
                await connection.execute(f"LISTEN {CHANNEL}")
                async with self._engine.connect() as pooled:
                    self._restored = await published.anything_published_before(pooled)
                self._listening = connection
            yield leads
        finally:
            self._listening = None
            await connection.close()

    async def pending(self, limit: int) -> Sequence[OutboxEntry]:
        """Return the oldest unpublished entries, fewer where they are large: always one, and no more than some megabytes."""
        async with self._engine.begin() as connection:
            rows = (await connection.execute(_PENDING, {"limit": limit, "bytes": _BYTES_AT_ONCE})).all()
            entries = []
            for entry_id, messages, created_at, traceparent in rows:
                large = len(messages) > _LARGE_BYTES
                unpacked = await asyncio.to_thread(unpack, messages) if large else unpack(messages)
                entries.append(OutboxEntry(entry_id, unpacked, created_at, traceparent))
            if not self._restored:
                return entries
            sending = await published.still_to_send(connection, [entry.messages for entry in entries])
        return [replace(entry, messages=left) for entry, left in zip(entries, sending, strict=True)]

    async def mark_published(self, entry_ids: Sequence[int], positions: Mapping[str, str] | None = None) -> None:
        """Record that the broker acknowledged every message of these entries, and where replayed events now stand."""
        query = text("UPDATE outbox SET published_at = now() WHERE entry_id = ANY(:ids)")
        async with self._engine.begin() as connection:
            await connection.execute(query, {"ids": list(entry_ids)})
            await intake.mark_sent(connection, positions or {})

    async def wait(self, timeout_seconds: float) -> None:
        """Return when something new may be there, or after the timeout.

        Raises psycopg.OperationalError when the leader's connection is lost: leadership went with it.
        """
        if self._listening is None:
            await asyncio.sleep(timeout_seconds)
            return
        async for _ in self._listening.notifies(timeout=timeout_seconds, stop_after=1):
            return

    async def queue(self, messages: Sequence[OutgoingMessage]) -> None:
        """Queue refused events durably."""
        async with self._engine.begin() as connection:
            await put(connection, messages)
