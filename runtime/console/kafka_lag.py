"""Reads the lag of our consumer groups by topic and partition, with the age of the oldest unread record. Joins no group, commits nothing."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from console.dashboard.ports import PartitionLag, TopicLag
from contracts.events.topics import (
    APPEALS_FILED,
    AUTHORIZATIONS_CHANGED,
    CLAIMS_SUBMITTED,
    COVERAGE_CHANGED,
    DOCUMENTS_RECEIVED,
    LETTERS_SENT,
    PROVIDERS_CHANGED,
)
from runtime.settings import Settings
from streams.kafka.batches import READ_LIMITS, read_any_batch
from streams.kafka.connection import KafkaConnection
from streams.kafka.records import instant

_FEEDS: Final = (
    COVERAGE_CHANGED,
    AUTHORIZATIONS_CHANGED,
    PROVIDERS_CHANGED,
    DOCUMENTS_RECEIVED,
    APPEALS_FILED,
    LETTERS_SENT,
)
_PEEK_SECONDS: Final = 2.0
_PEEK_BYTES: Final = 4096
"""Keeps a fetch small; Kafka always returns at least one batch."""

Offsets = Mapping[TopicPartition, int]


def groups_of(settings: Settings) -> Mapping[str, str]:
    """Return the consumer group of each topic."""
    return {CLAIMS_SUBMITTED: settings.kafka_intake_group} | dict.fromkeys(_FEEDS, settings.kafka_feeds_group)


class KafkaBroker:
    """One connection, opened when first needed and again after an error."""

    def __init__(self, kafka: KafkaConnection, groups: Mapping[str, str]) -> None:
        """Use a broker; `groups` names the group that reads each topic."""
        self._kafka, self._groups = kafka, groups
        self._admin: AIOKafkaAdminClient | None = None
        self._consumer: AIOKafkaConsumer | None = None
        self._peeked: dict[tuple[TopicPartition, int], datetime] = {}

    async def lags(self) -> tuple[TopicLag, ...]:
        """Return lag and age now; raises OSError when the broker does not answer."""
        try:
            admin, consumer = await self._connected()
            unread = await self._unread(admin, consumer)
            oldest = await self._oldest(consumer, {at: offset for at, (offset, count) in unread.items() if count})
        except (KafkaError, TimeoutError) as error:
            await self.close()
            raise OSError(f"Kafka did not answer: {type(error).__name__}") from error
        return tuple(
            TopicLag(topic, group, _lags(self._kafka.name(topic), unread, oldest))
            for topic, group in self._groups.items()
        )

    async def close(self) -> None:
        """Disconnect."""
        admin, consumer = self._admin, self._consumer
        self._admin = self._consumer = None
        with contextlib.suppress(KafkaError, OSError):
            if consumer is not None:
                await consumer.stop()
            if admin is not None:
                await admin.close()

    async def _connected(self) -> tuple[AIOKafkaAdminClient, AIOKafkaConsumer]:
        if self._admin is None or self._consumer is None:
            self._admin = self._kafka.admin()
            read_any_batch(READ_LIMITS)
            self._consumer = self._kafka.consumer(
                enable_auto_commit=False,
                max_partition_fetch_bytes=_PEEK_BYTES,
                auto_offset_reset="earliest",
            )
            await self._admin.start()
            await self._consumer.start()
        return self._admin, self._consumer

    async def _unread(
        self, admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer
    ) -> dict[TopicPartition, tuple[int, int]]:
        """Return each group's offset and its count of unread records; a group without offsets starts at the beginning."""
        found: dict[TopicPartition, tuple[int, int]] = {}
        for group in dict.fromkeys(self._groups.values()):
            topics = [topic for topic, reader in self._groups.items() if reader == group]
            parts = await self._kafka.partitions(consumer, topics)
            begins, ends = await consumer.beginning_offsets(parts), await consumer.end_offsets(parts)
            committed = await admin.list_consumer_group_offsets(group, partitions=parts)
            for at in parts:
                offset = max(committed[at].offset if at in committed else -1, begins[at])
                found[at] = offset, max(0, ends[at] - offset)
        return found

    async def _oldest(self, consumer: AIOKafkaConsumer, waiting: Offsets) -> dict[TopicPartition, datetime]:
        """Return the time of the first unread record of each partition; known ones are not fetched again."""
        known = {key: at for key, at in self._peeked.items() if waiting.get(key[0]) == key[1]}
        missing = [at for at, offset in waiting.items() if (at, offset) not in known]
        if missing:
            found = await _first_times(consumer, {at: waiting[at] for at in missing})
            known.update({(at, waiting[at]): time for at, time in found.items()})
        self._peeked = known
        return {at: time for (at, _), time in known.items()}


async def _first_times(consumer: AIOKafkaConsumer, offsets: Offsets) -> dict[TopicPartition, datetime]:
    """Fetch the first record at or behind each offset; a partition that does not answer in time is left out."""
    found: dict[TopicPartition, datetime] = {}
    consumer.assign(list(offsets))
    for at, offset in offsets.items():
        consumer.seek(at, offset)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_PEEK_SECONDS):
            while left := [at for at in offsets if at not in found]:
                for at, records in (await consumer.getmany(*left, timeout_ms=200)).items():
                    found[at] = instant(records[0].timestamp)
    consumer.unsubscribe()
    return found


def _lags(
    name: str, unread: Mapping[TopicPartition, tuple[int, int]], oldest: Mapping[TopicPartition, datetime]
) -> tuple[PartitionLag, ...]:
    return tuple(
        PartitionLag(at.partition, count, oldest.get(at))
        for at, (_, count) in sorted(unread.items())
        if at.topic == name
    )
