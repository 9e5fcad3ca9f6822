"""Keeps a member's claims in order while a topic gets more partitions.

A member's claims share a partition, by the hash of the key modulo the number of partitions. If that number becomes a multiple of the old one,
a member stays or moves to a new partition, while earlier claims may still be unread in the old one. So a record of the first minutes of a
new partition is held until the group has read all records that the broker appended to older partitions before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

log = structlog.get_logger(__name__)
Fetched = Mapping[TopicPartition, Sequence[ConsumerRecord]]
SETTLED_AFTER: Final = timedelta(minutes=15)
"""The time for which records of a new partition are held, from its first record on; after it every sender knows the partition (`metadata.max.age.ms` is 5 minutes)."""

_LONG_BEFORE: Final = 0
"""The first record of a partition whose oldest ones were removed."""


class NewPartitions:
    """The state that one intake keeps of partitions added to its topic; times are the broker's, in milliseconds."""

    def __init__(self, settled_after: timedelta = SETTLED_AFTER) -> None:
        """Take the time for which records of a new partition are held."""
        self._settled_ms = int(settled_after.total_seconds() * 1000)
        self._first: dict[TopicPartition, int] = {}
        self._settled: set[TopicPartition] = set()
        self._held: dict[TopicPartition, int] = {}

    @property
    def held(self) -> frozenset[TopicPartition]:
        """Partitions that are not read until older ones are read."""
        return frozenset(self._held)

    def forget(self) -> None:
        """Forget all state, because the assigned partitions may have changed."""
        self._first, self._settled, self._held = {}, set(), {}

    async def in_turn(self, consumer: AIOKafkaConsumer, fetched: Fetched) -> Fetched:
        """Return the records that may be taken now; the others are read again later, from their first offset."""
        for partition, until in list(self._held.items()):
            if partition not in consumer.assignment() or not await self._behind(consumer, partition, until):
                del self._held[partition]
        young = [each for each, records in fetched.items() if records and each not in self._settled]
        for partition in young:
            await self._look(consumer, partition, fetched[partition])
        if not self._held:
            return fetched
        # After a rebalance a held partition is not paused yet, and may deliver earlier records.
        for partition in self._held.keys() & fetched.keys() & consumer.assignment():
            # After a rebalance meanwhile the position is before these records, and stays there.
            if (records := fetched[partition]) and records[0].offset < await consumer.position(partition):
                consumer.seek(partition, records[0].offset)
        return {each: records for each, records in fetched.items() if each not in self._held}

    async def _look(
        self, consumer: AIOKafkaConsumer, partition: TopicPartition, records: Sequence[ConsumerRecord]
    ) -> None:
        first = await self._first_of(consumer, [partition])
        if records[0].timestamp > first[partition] + self._settled_ms:
            self._settled.add(partition)
            return
        last = max(record.timestamp for record in records)
        if await self._behind(consumer, partition, last):
            if partition not in self._held:
                log.info("new partition waits for records sent before", partition=partition.partition)
            self._held[partition] = last

    async def _behind(self, consumer: AIOKafkaConsumer, partition: TopicPartition, until: int) -> bool:
        """Return whether older partitions have unread records from before a time."""
        others = [
            TopicPartition(partition.topic, each)
            for each in consumer.partitions_for_topic(partition.topic) or ()
            if each != partition.partition
        ]
        first = await self._first_of(consumer, [partition, *others])
        older = [each for each in others if first.get(each, until) + self._settled_ms < first[partition]]
        if not older:
            return False
        after = await consumer.offsets_for_times(dict.fromkeys(older, until + 1))
        ends = await consumer.end_offsets(older)
        for each in older:
            found = after.get(each)
            if (await consumer.committed(each) or 0) < (ends[each] if found is None else found.offset):
                return True
        return False

    async def _first_of(
        self, consumer: AIOKafkaConsumer, partitions: Iterable[TopicPartition]
    ) -> Mapping[TopicPartition, int]:
        """Return when the first record of each partition came; partitions without any are absent."""
        unknown = [each for each in partitions if each not in self._first]
        if unknown:
            found = await consumer.offsets_for_times(dict.fromkeys(unknown, 0))
            for each, at in found.items():
                if at is not None:
                    self._first[each] = at.timestamp if at.offset == 0 else _LONG_BEFORE
        return self._first
