"""Detects that a topic was deleted and created again, so that its offsets belong to other records.

The ledger keeps the id of each topic, and one witness per partition: a record that a group had read, by offset, time and
digest. Before a process reads, both must be unchanged. If not, or if the topic ends before the committed offset, the group starts
at the first record; the ledger recognizes claims that it has. If retention removed a witness, another record is
taken. Witnesses also detect a broker without topic ids, and one that was restored to an earlier state.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Final, Protocol

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from contracts.records.recovery import Witness
from streams.kafka import metrics
from streams.kafka.backoff import stopped_within
from streams.kafka.batches import READ_LIMITS, read_any_batch
from streams.kafka.connection import KafkaConnection
from streams.kafka.topic_identity import TopicIdentity, describe_topics

log = structlog.get_logger(__name__)
_MAX_WAIT_SECONDS: Final = 20.0
_EVERY_SECONDS: Final = 60.0


class Witnesses(Protocol):
    """Stores witnesses, and the ids of the topics."""

    async def topic_ids(self) -> Mapping[str, str]:
        """Return the id of each topic that was read."""
        ...

    async def keep_topic_ids(self, ids: Mapping[str, str]) -> None:
        """Replace the ids of these topics."""
        ...

    async def read(self) -> Sequence[Witness]:
        """Return every witness."""
        ...

    async def keep(self, witnesses: Sequence[Witness]) -> None:
        """Replace the witnesses of these partitions."""
        ...

    async def forget(self, topic: str, partition: int) -> None:
        """Remove the witness of a partition that was created again."""
        ...


async def rewind_recreated(
    kafka: KafkaConnection, group: str, topics: Collection[str], witnesses: Witnesses
) -> Mapping[str, TopicIdentity]:
    """Reset a group's offsets on recreated topics; return the identities of the topics. Call it before the group reads.

    Raises MissingTopicsError, and KafkaError while another process of the group still reads the topic that was deleted.
    """
    described = await describe_topics(kafka, topics)
    ids = {topic: each.topic_id for topic, each in described.items() if each.topic_id}
    async with _looking(kafka, group, topics) as consumer:
        parts = list(consumer.assignment())
        begins, ends = await consumer.beginning_offsets(parts), await consumer.end_offsets(parts)
        known = {kafka.at(each.topic, each.partition): each for each in await witnesses.read()}
        known_ids = await witnesses.topic_ids()
        others = {topic for topic, topic_id in ids.items() if known_ids.get(topic, topic_id) != topic_id}
        committed = {each: await consumer.committed(each) or 0 for each in parts}
        recreated = [
            each
            for each in parts
            if kafka.topic(each.topic) in others
            or committed[each] > ends[each]
            or await _is_another(kafka, consumer, known.get(each), begins[each], ends[each])
        ]
        if recreated:
            log.error("topics were recreated; reading them from their first record", partitions=len(recreated))
            await _begin_again(consumer, {each: begins[each] for each in recreated}, must=bool(others))
            for each in recreated:
                await witnesses.forget(kafka.topic(each.topic), each.partition)
        _warn_of_removed(parts, committed, begins, recreated)
        await witnesses.keep(await _new_witnesses(kafka, consumer, parts, begins, ends))
        await witnesses.keep_topic_ids(ids)
        return described


async def keep_witnesses(
    kafka: KafkaConnection, topics: Collection[str], witnesses: Witnesses, stop: asyncio.Event
) -> None:
    """Take a witness for each partition without one, periodically until shutdown; errors are retried."""
    while not await stopped_within(stop, _EVERY_SECONDS):
        try:
            async with _looking(kafka, None, topics) as consumer:
                parts = list(consumer.assignment())
                begins, ends = await consumer.beginning_offsets(parts), await consumer.end_offsets(parts)
                known = {kafka.at(each.topic, each.partition): each.offset for each in await witnesses.read()}
                missing = [each for each in parts if known.get(each, -1) < begins[each]]
                await witnesses.keep(await _new_witnesses(kafka, consumer, missing, begins, ends))
        except Exception:
            metrics.RETRIES.labels("keep witnesses").inc()
            log.warning("no witnesses of the topics taken; will try again", exc_info=True)


@asynccontextmanager
async def _looking(
    kafka: KafkaConnection, group: str | None, topics: Collection[str]
) -> AsyncIterator[AIOKafkaConsumer]:
    """Open a consumer that is assigned all partitions and a member of no group."""
    read_any_batch(READ_LIMITS)
    consumer = kafka.consumer(group_id=group, enable_auto_commit=False, auto_offset_reset="earliest")
    try:
        await consumer.start()
        consumer.assign(await kafka.partitions(consumer, topics))
        yield consumer
    finally:
        await consumer.stop()


async def _begin_again(consumer: AIOKafkaConsumer, offsets: Mapping[TopicPartition, int], *, must: bool) -> None:
    """Set offsets. Kafka refuses that while a process of the group reads.

    If the id of a topic changed (`must`), each process of the group stops reading and waits here until one of them has
    set the offsets and stored the id.
    """
    try:
        await consumer.commit(dict(offsets))
    except KafkaError:
        if must:
            raise
        # Another process has reset the offsets since this one checked.
        log.warning("offsets not set: other processes of the group are reading", partitions=len(offsets))


async def _is_another(
    kafka: KafkaConnection, consumer: AIOKafkaConsumer, witness: Witness | None, begin: int, end: int
) -> bool:
    if witness is None or witness.offset < begin:
        return False
    if witness.offset >= end:
        return True
    found = await _witness(kafka, consumer, kafka.at(witness.topic, witness.partition), witness.offset)
    return found is not None and found != witness


def _warn_of_removed(
    parts: Sequence[TopicPartition],
    committed: Mapping[TopicPartition, int],
    begins: Mapping[TopicPartition, int],
    recreated: Collection[TopicPartition],
) -> None:
    """Warn operations that retention removed records before they were read; they cannot be recovered."""
    for each in parts:
        if each not in recreated and 0 < committed[each] < begins[each]:
            missing = begins[each] - committed[each]
            log.error("records were removed unread", topic=each.topic, partition=each.partition, count=missing)


async def _new_witnesses(
    kafka: KafkaConnection,
    consumer: AIOKafkaConsumer,
    parts: Sequence[TopicPartition],
    begins: Mapping[TopicPartition, int],
    ends: Mapping[TopicPartition, int],
) -> list[Witness]:
    """Take the first record of each partition as its witness; a recreated topic has another record there, or none."""
    found = [await _witness(kafka, consumer, each, begins[each]) for each in parts if begins[each] < ends[each]]
    return [each for each in found if each is not None]


async def _witness(
    kafka: KafkaConnection, consumer: AIOKafkaConsumer, at: TopicPartition, offset: int
) -> Witness | None:
    """Read the first record at or after an offset; None if it is not received in time."""
    consumer.pause(*consumer.assignment())
    consumer.resume(at)
    consumer.seek(at, offset)
    try:
        async with asyncio.timeout(_MAX_WAIT_SECONDS):
            record = await consumer.getone(at)
    except TimeoutError:
        return None
    digest = sha256((record.key or b"") + b"\0" + (record.value or b"")).hexdigest()
    return Witness(kafka.topic(at.topic), at.partition, record.offset, record.timestamp, digest)
