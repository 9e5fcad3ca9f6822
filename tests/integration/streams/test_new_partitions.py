"""A partition that was added to a topic is read behind the older ones, and nothing of it is passed over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from streams.intake.grown import NewPartitions
from tests.builders.servers.kafka import KafkaServer

pytestmark = pytest.mark.servers
OLD, NEW = 0, 1
MINUTE = 60_000
BEGIN = 1_756_890_000_000
"""3 September 2025, in milliseconds."""


@pytest.fixture
async def consumer(kafka: KafkaServer) -> AsyncIterator[AIOKafkaConsumer]:
    """A topic with a partition that began 20 minutes after the other, and a consumer of a new group that reads both."""
    topic = f"grown-{uuid4()}"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 2, 1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap)
    await producer.start()
    for minute in (0, 22):
        await producer.send_and_wait(topic, b"old", partition=OLD, timestamp_ms=BEGIN + minute * MINUTE)
    for minute in (20, 21, 23):
        await producer.send_and_wait(topic, b"new", partition=NEW, timestamp_ms=BEGIN + minute * MINUTE)
    await producer.stop()
    reader = AIOKafkaConsumer(
        bootstrap_servers=kafka.bootstrap, group_id=topic, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await reader.start()
    reader.assign([TopicPartition(topic, OLD), TopicPartition(topic, NEW)])
    yield reader
    await reader.stop()


async def test_a_held_partition_that_brings_less_than_it_is_held_for_is_read_again(consumer: AIOKafkaConsumer) -> None:
    """After a rebalance it is not paused yet. Its first records came before what is open in the old one, its last after it."""
    old, new = sorted(consumer.assignment(), key=lambda each: each.partition)
    held = NewPartitions(timedelta(minutes=15))
    fetched = {new: (await consumer.getmany(new, timeout_ms=5000))[new]}
    assert len(fetched[new]) == 3
    assert await held.in_turn(consumer, fetched) == {}
    assert held.held == frozenset({new})
    assert await consumer.position(new) == 0

    await consumer.commit({old: 1})  # read up to the record of minute 22
    again = {new: (await consumer.getmany(new, timeout_ms=5000, max_records=2))[new]}
    assert len(again[new]) == 2
    assert await held.in_turn(consumer, again) == {}
    assert await consumer.position(new) == 0, "what was not taken is read again, and never committed over"

    await consumer.commit({old: 2})
    last = {new: (await consumer.getmany(new, timeout_ms=5000))[new]}
    assert await held.in_turn(consumer, last) == last
    assert held.held == frozenset()
