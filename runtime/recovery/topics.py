"""Reads topics whole, or since a time, and moves consumer groups that have stopped. Joins no group."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from runtime.errors import StackError
from streams.kafka.batches import READ_LIMITS, read_any_batch
from streams.kafka.connection import KafkaConnection

Offsets = Mapping[TopicPartition, int]
_AT_ONCE: Final = 1000


@asynccontextmanager
async def reader(kafka: KafkaConnection, group: str | None = None) -> AsyncIterator[AIOKafkaConsumer]:
    """Open a consumer that reads committed records and is a member of no group; `group` is the one it may commit for."""
    read_any_batch(READ_LIMITS)
    consumer = kafka.consumer(
        group_id=group,
        enable_auto_commit=False,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
    )
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()


async def begins(
    kafka: KafkaConnection, consumer: AIOKafkaConsumer, topics: Sequence[str], since: datetime | None
) -> dict[TopicPartition, int]:
    """Return the first offset of each partition, or the first one at or after a time."""
    parts = await kafka.partitions(consumer, topics)
    if since is None:
        return dict(await consumer.beginning_offsets(parts))
    found = await consumer.offsets_for_times(dict.fromkeys(parts, int(since.timestamp() * 1000)))
    ends = await consumer.end_offsets(parts)
    return {each: ends[each] if found.get(each) is None else found[each].offset for each in parts}


async def read_records(
    consumer: AIOKafkaConsumer, start: Offsets, ends: Offsets
) -> AsyncIterator[list[ConsumerRecord]]:
    """Yield the records from given offsets up to given ends, a thousand at a time; each partition in its order."""
    consumer.assign(list(start))
    for each, offset in start.items():
        consumer.seek(each, offset)
    while any([await consumer.position(each) < ends[each] for each in start]):
        fetched = await consumer.getmany(timeout_ms=500, max_records=_AT_ONCE)
        records = [record for each, found in fetched.items() for record in found if record.offset < ends[each]]
        if records:
            yield records


async def move_group(kafka: KafkaConnection, group: str, offsets: Offsets) -> None:
    """Commit offsets for a group without members; raises StackError when processes still read as that group."""
    try:
        async with reader(kafka, group) as consumer:
            consumer.assign(list(offsets))
            await consumer.commit(dict(offsets))
    except KafkaError as error:
        msg = (
            f"the offsets of {group} could not be set ({type(error).__name__}); stop intake and streams, then try again"
        )
        raise StackError(msg) from error
