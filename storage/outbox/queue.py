"""The transactional outbox: messages committed together with the state they report, many per row (group commit)."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final, TypeVar

import cramjam
import orjson
import psycopg
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.events.headers import Pairs, from_pairs, to_pairs
from contracts.events.outgoing import Outgoing, OutgoingMessage, ReplayedEvent
from contracts.records.decisions import OutboxEntry
from contracts.trace_context import current_traceparent
from storage.dead_letters import intake
from storage.json_sequences import SEQUENCE, sequence
from storage.outbox.shards import SHARDS, ShardLeases, by_shard
from storage.recovery import published

Message = TypeVar("Message", OutgoingMessage, ReplayedEvent)
CHANNEL = "claimwright_outbox"
_BYTES = "base64"
_LARGE_BYTES: Final = 1_048_576
_COMPRESSED: Final = b"\x28\xb5\x2f\xfd"
"""The first bytes of a compressed row: the magic number of Zstandard (RFC 8878). Other rows are JSON and begin with a bracket."""

_MOST_COMPRESSED: Final = 262_144
"""The largest row that is compressed, in bytes. Larger rows are not, because stored bytes bound one read of the publisher."""

_BYTES_AT_ONCE: Final = 8_388_608
"""The most bytes that one read of the publisher takes, besides its first entry: a bound of its memory."""

# The length of a stored value is known without reading it. Rows are read up to the first row without a shard; later rows wait.
_OLDEST: Final = """
    SELECT entry_id, messages, created_at, traceparent FROM outbox WHERE entry_id IN (
        SELECT entry_id FROM (
            SELECT entry_id, sum(octet_length(messages)) OVER (ORDER BY entry_id) - octet_length(messages) AS before
            FROM ({rows} ORDER BY entry_id LIMIT :limit) oldest
        ) sized WHERE before < :bytes)
    ORDER BY entry_id
"""
_PENDING: Final = text(
    _OLDEST.format(
        rows="""
            SELECT first.entry_id, first.messages FROM unnest(CAST(:shards AS smallint[])) AS mine(shard), LATERAL (
                SELECT entry_id, messages FROM outbox
                WHERE published_at IS NULL AND shard = mine.shard AND entry_id < coalesce(
                    (SELECT entry_id FROM outbox WHERE published_at IS NULL AND shard IS NULL ORDER BY shard, entry_id LIMIT 1), 9223372036854775807)
                ORDER BY entry_id LIMIT :limit) AS first"""
    )
)
# Rows without a shard, up to the first one with a shard; none while a row before them is not published.
_WITHOUT_SHARD: Final = text(
    _OLDEST.format(
        rows="""
            SELECT entry_id, messages FROM outbox WHERE published_at IS NULL AND shard IS NULL AND entry_id < coalesce(
                (SELECT min(entry_id) FROM outbox WHERE published_at IS NULL AND shard IS NOT NULL), 9223372036854775807)"""
    )
)
_PUT_COMPRESSED: Final = text("""
    INSERT INTO outbox (messages, size, shard, traceparent)
    SELECT decode(messages, 'hex'), size, shard, :traceparent
    FROM ROWS FROM (unnest(string_to_array(:messages, ',')), unnest(CAST(:sizes AS integer[])), unnest(CAST(:shards AS smallint[])))
        AS t(messages, size, shard)
""")
# The rows are sent as a JSON text sequence; in an array the driver would write each byte as two characters.
_PUT: Final = text(f"""
    INSERT INTO outbox (messages, size, shard, traceparent)
    SELECT convert_to(messages, 'UTF8'), size, shard, :traceparent
    FROM ROWS FROM ({SEQUENCE.format("messages")}, unnest(CAST(:sizes AS integer[])), unnest(CAST(:shards AS smallint[])))
        AS t(messages, size, shard)
""")


async def put(connection: AsyncConnection, messages: Sequence[OutgoingMessage]) -> None:
    """Add messages to the outbox within the caller's transaction, and wake the publisher when it commits."""
    if not messages:
        return
    await _insert(connection, messages, _pack)
    await intake.keep(connection, messages)


async def put_replays(connection: AsyncConnection, events: Sequence[ReplayedEvent]) -> None:
    """Add refused events, to be sent back to their topics, within the caller's transaction."""
    await _insert(connection, events, pack_replays)


async def _insert(
    connection: AsyncConnection, messages: Sequence[Message], pack: Callable[[Sequence[Message]], bytes]
) -> None:
    """Add one row per shard of these messages, compressed unless it is large."""
    shared = by_shard(messages)
    rows = [(pack(each), len(each), shard) for shard, each in shared.items()]
    small = [(_compressed(packed), size, shard) for packed, size, shard in rows if len(packed) <= _MOST_COMPRESSED]
    large = [row for row in rows if len(row[0]) > _MOST_COMPRESSED]
    if small:
        await connection.execute(_PUT_COMPRESSED, _columns(small, ",".join(packed.hex() for packed, _, _ in small)))
    if large:
        await connection.execute(_PUT, _columns(large, sequence(packed for packed, _, _ in large)))
    await connection.execute(text(f"NOTIFY {CHANNEL}"))


def _columns(rows: Sequence[tuple[bytes, int, int]], messages: str) -> dict[str, Any]:
    return {
        "messages": messages,
        "sizes": [size for _, size, _ in rows],
        "shards": [shard for _, _, shard in rows],
        "traceparent": current_traceparent(),
    }


def _compressed(packed: bytes) -> bytes:
    """Compress a row: PostgreSQL takes twenty times as long for it, and saves less."""
    return bytes(cramjam.zstd.compress(packed, level=1))


def _pack(messages: Sequence[OutgoingMessage]) -> bytes:
    return orjson.dumps([(m.topic, m.key, m.event_id, m.value.decode()) for m in messages])


def pack_replays(events: Sequence[ReplayedEvent]) -> bytes:
    """Pack one row of events whose bytes need not be text."""
    packed = [(e.topic, _base64(e.key), e.event_id, _base64(e.value), _BYTES, to_pairs(e.headers)) for e in events]
    return orjson.dumps(packed)


def unpack(packed: bytes) -> tuple[Outgoing, ...]:
    """Return the messages of one row, byte for byte."""
    if packed.startswith(_COMPRESSED):
        packed = bytes(cramjam.zstd.decompress(packed))
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
        """Use a pool, and the DSN for the one connection that listens and holds the locks of shards."""
        self._engine = engine
        self._dsn = make_url(dsn).set(drivername="postgresql").render_as_string(hide_password=False)
        self._listening: psycopg.AsyncConnection | None = None
        self._restored = False

    @asynccontextmanager
    async def leases(self) -> AsyncIterator[ShardLeases]:
        """Open the session that holds the locks of shards; they end with it, so a killed publisher frees its shards at once."""
        connection = await psycopg.AsyncConnection.connect(self._dsn, autocommit=True)
        try:
            await connection.execute(f"LISTEN {CHANNEL}")
            async with self._engine.connect() as pooled:
                self._restored = await published.anything_published_before(pooled)
            self._listening = connection
            yield ShardLeases(connection)
        finally:
            self._listening = None
            await connection.close()

    async def pending(self, limit: int, shards: Collection[int] = range(SHARDS)) -> Sequence[OutboxEntry]:
        """Return the oldest unpublished entries of some shards, fewer where they are large: always one, and no more than some
        megabytes. Rows of the version before, which have no shard, go with shard 0.
        """
        values = {"limit": limit, "bytes": _BYTES_AT_ONCE}
        async with self._engine.begin() as connection:
            rows = (await connection.execute(_PENDING, values | {"shards": list(shards)})).all()
            if not rows and 0 in shards:
                rows = (await connection.execute(_WITHOUT_SHARD, values)).all()
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
        """Record that the broker acknowledged every message of these entries, and the new positions of replayed events."""
        query = text("UPDATE outbox SET published_at = now() WHERE entry_id = ANY(:ids)")
        async with self._engine.begin() as connection:
            await connection.execute(query, {"ids": list(entry_ids)})
            await intake.mark_sent(connection, positions or {})

    async def wait(self, timeout_seconds: float) -> None:
        """Return when there may be new messages, or after the timeout.

        Raises psycopg.OperationalError when the session is lost, and the locks of the shards with it.
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
