"""Stores the id of each incoming topic and one record per partition, so that a recreated topic is noticed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.records.recovery import Witness

_READ: Final = text("SELECT topic, partition, at_offset, at, digest FROM topic_witnesses")
_KEEP: Final = text("""
    INSERT INTO topic_witnesses (topic, partition, at_offset, at, digest)
    VALUES (:topic, :partition, :offset, :at, :digest)
    ON CONFLICT (topic, partition) DO UPDATE
    SET at_offset = excluded.at_offset, at = excluded.at, digest = excluded.digest, recorded_at = now()
""")
_FORGET: Final = text("DELETE FROM topic_witnesses WHERE topic = :topic AND partition = :partition")
_IDS: Final = text("SELECT topic, topic_id FROM topic_identities")
_KEEP_ID: Final = text("""
    INSERT INTO topic_identities (topic, topic_id) VALUES (:topic, :topic_id)
    ON CONFLICT (topic) DO UPDATE SET topic_id = excluded.topic_id, recorded_at = now()
    WHERE topic_identities.topic_id <> excluded.topic_id
""")


class TopicWitnesses:
    """Reads and writes witnesses and the ids of topics."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use an engine, which pools connections."""
        self._engine = engine

    async def read(self) -> Sequence[Witness]:
        """Return every witness."""
        async with self._engine.connect() as connection:
            return [Witness(*row) for row in (await connection.execute(_READ)).all()]

    async def keep(self, witnesses: Sequence[Witness]) -> None:
        """Replace the witnesses of these partitions."""
        if witnesses:
            async with self._engine.begin() as connection:
                await connection.execute(_KEEP, [asdict(each) for each in witnesses])

    async def forget(self, topic: str, partition: int) -> None:
        """Remove the witness of a partition that was created again."""
        async with self._engine.begin() as connection:
            await connection.execute(_FORGET, {"topic": topic, "partition": partition})

    async def topic_ids(self) -> Mapping[str, str]:
        """Return the id of each topic that was read."""
        async with self._engine.connect() as connection:
            return {row.topic: row.topic_id for row in (await connection.execute(_IDS)).all()}

    async def keep_topic_ids(self, ids: Mapping[str, str]) -> None:
        """Replace the ids of these topics."""
        if ids:
            async with self._engine.begin() as connection:
                await connection.execute(_KEEP_ID, [{"topic": each, "topic_id": ids[each]} for each in sorted(ids)])
