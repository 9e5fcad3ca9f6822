"""Reads our outgoing topics from the start, or from now, for people and for checks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import orjson

from contracts.events.topics import TOPICS
from streams.kafka.connection import KafkaConnection

OUTGOING = tuple(topic.name for topic in TOPICS if not topic.incoming)


async def read_new(
    kafka: KafkaConnection, topics: Sequence[str] = OUTGOING
) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """Yield (topic, event) for each new event, without end."""
    consumer = kafka.consumer(*topics, auto_offset_reset="latest")
    try:
        await consumer.start()
        async for record in consumer:
            yield kafka.topic(record.topic), orjson.loads(record.value)
    finally:
        await consumer.stop()


async def read_all(kafka: KafkaConnection, topic: str) -> list[bytes]:
    """Return the values of everything that is on a topic now; raises KafkaError for a missing broker or topic."""
    consumer = kafka.consumer(topic, enable_auto_commit=False)
    try:
        await consumer.start()
        partitions = await kafka.partitions(consumer, [topic])
        ends = await consumer.end_offsets(partitions)
        await consumer.seek_to_beginning(*partitions)
        values: list[bytes] = []
        while any([await consumer.position(each) < ends[each] for each in partitions]):
            fetched = await consumer.getmany(timeout_ms=500)
            values += [record.value for records in fetched.values() for record in records]
        return values
    finally:
        await consumer.stop()


class TopicTail:
    """Reads the new records of some topics at each call, without a consumer group."""

    def __init__(self, kafka: KafkaConnection, topics: Sequence[str] = OUTGOING) -> None:
        """Read these topics."""
        self._kafka, self._topics = kafka, topics
        self._consumer = kafka.consumer(enable_auto_commit=False)

    async def start(self, *, from_end: bool) -> None:
        """Connect and remember the point to read from."""
        try:
            await self._consumer.start()
        except BaseException:
            await self._consumer.stop()
            raise
        partitions = await self._kafka.partitions(self._consumer, self._topics)
        self._consumer.assign(partitions)
        if from_end:
            await self._consumer.seek_to_end()
            for partition in partitions:
                await self._consumer.position(partition)
        else:
            await self._consumer.seek_to_beginning()

    async def read(self, wait_ms: int = 200) -> list[tuple[str, bytes, bytes]]:
        """Return (topic, key, value) of the records since the last call."""
        fetched = await self._consumer.getmany(timeout_ms=wait_ms, max_records=5000)
        return [(self._kafka.topic(r.topic), r.key, r.value) for records in fetched.values() for r in records]

    async def stop(self) -> None:
        """Disconnect."""
        await self._consumer.stop()
