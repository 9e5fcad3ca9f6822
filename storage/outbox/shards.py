"""Publishers share the outbox by claim: each key belongs to one shard, and one publisher at a time sends a shard, in order.

Session locks decide which publisher sends a shard; the locks of a killed publisher end with its connection. Each
publisher also holds a shared lock, so that all can count how many they are; the version before takes the same lock alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Final, TypeVar
from zlib import crc32

import psycopg

from contracts.events.outgoing import Outgoing

Message = TypeVar("Message", bound=Outgoing)
SHARDS: Final = 8
"""The number of shards. Rows name their shard, so changing the number needs an empty outbox (docs/decisions/0062-shards-of-the-outbox.md)."""
PRESENT: Final = 611_091_204
_PRESENT: Final = "SELECT pg_try_advisory_lock_shared(%s)"
_PUBLISHERS: Final = """
    SELECT count(DISTINCT pid) FROM pg_locks
    WHERE locktype = 'advisory' AND mode = 'ShareLock' AND granted AND (classid, objid, objsubid) = (0, %s, 1)
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_TAKE: Final = "SELECT pg_try_advisory_lock(%s, %s)"
_LET_GO: Final = "SELECT pg_advisory_unlock(%s, %s)"


def shard_of(message: Outgoing) -> int:
    """Return the shard of a message. All events of a claim have its id as their key."""
    key = message.key
    return 0 if key is None else crc32(key if isinstance(key, bytes) else key.encode()) % SHARDS


def by_shard(messages: Iterable[Message]) -> dict[int, list[Message]]:
    """Return messages by their shards, in the order they have."""
    found: dict[int, list[Message]] = {}
    for shard, run in groupby(messages, shard_of):
        found.setdefault(shard, []).extend(run)
    return found


class ShardLeases:
    """The shards that one publisher sends; its session holds a lock for each."""

    def __init__(self, session: psycopg.AsyncConnection) -> None:
        """Use a session that nothing else takes locks in."""
        self._session = session
        self._present = False
        self._held: set[int] = set()

    async def balance(self) -> frozenset[int]:
        """Take or release shards until each publisher has its share; return those that are held.

        No message of them may be in flight meanwhile. Empty while others hold all of them, or a publisher of the version before sends.
        Raises psycopg.OperationalError when the session is gone, and the locks with it.
        """
        if not self._present:
            self._present = await self._says(_PRESENT, PRESENT)
            if not self._present:
                return frozenset()
        share = -(-SHARDS // max(1, await self._count()))
        for shard in sorted(self._held, reverse=True)[: max(0, len(self._held) - share)]:
            await self._says(_LET_GO, PRESENT, shard)
            self._held.discard(shard)
        for shard in range(SHARDS):
            if len(self._held) >= share:
                break
            if shard not in self._held and await self._says(_TAKE, PRESENT, shard):
                self._held.add(shard)
        return frozenset(self._held)

    async def _says(self, query: str, *values: int) -> bool:
        row = await (await self._session.execute(query, values)).fetchone()
        return bool(row and row[0])

    async def _count(self) -> int:
        row = await (await self._session.execute(_PUBLISHERS, (PRESENT,))).fetchone()
        return int(row[0]) if row else 0
