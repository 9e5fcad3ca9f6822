from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka import AIOKafkaConsumer

from contracts.events.topics import CLAIMS_SUBMITTED, COVERAGE_CHANGED, TOPICS
from runtime.console.kafka_lag import KafkaBroker, groups_of
from runtime.settings import Settings
from streams.kafka.connection import KafkaConnection
from tests.builders.servers.kafka import KafkaServer

pytestmark = pytest.mark.servers


@pytest.fixture
async def group(kafka: KafkaServer) -> str:
    return await kafka.new_group(CLAIMS_SUBMITTED, COVERAGE_CHANGED)


@pytest.fixture
async def broker(kafka: KafkaServer, group: str) -> AsyncIterator[KafkaBroker]:
    reader = KafkaBroker(kafka.connection, {CLAIMS_SUBMITTED: group, COVERAGE_CHANGED: group})
    yield reader
    await reader.close()


async def read_all(kafka: KafkaServer, group: str) -> None:
    consumer = AIOKafkaConsumer(
        CLAIMS_SUBMITTED, bootstrap_servers=kafka.bootstrap, group_id=group, enable_auto_commit=False
    )
    await consumer.start()
    try:
        await consumer.getone()
        await consumer.getmany(timeout_ms=500)
        await consumer.commit()
    finally:
        await consumer.stop()


async def test_a_group_that_read_everything_lags_nowhere(broker: KafkaBroker) -> None:
    claims, coverage = await broker.lags()
    assert (claims.topic, claims.unread, claims.oldest_at) == (CLAIMS_SUBMITTED, 0, None)
    assert len(claims.partitions) == 6
    assert coverage.unread == 0


async def test_unread_records_are_counted_by_partition_with_the_age_of_the_first(
    kafka: KafkaServer, broker: KafkaBroker
) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    await kafka.send(CLAIMS_SUBMITTED, [b"{}", b"{}"], partition=2)
    await kafka.send(CLAIMS_SUBMITTED, [b"{}"], partition=4)
    claims, _ = await broker.lags()
    assert {part.partition: part.unread for part in claims.partitions if part.unread} == {2: 2, 4: 1}
    assert claims.oldest_at is not None
    assert before < claims.oldest_at < datetime.now(UTC)
    again, _ = await broker.lags()
    assert again.oldest_at == claims.oldest_at


async def test_what_is_acknowledged_no_longer_lags(kafka: KafkaServer, broker: KafkaBroker, group: str) -> None:
    await kafka.send(CLAIMS_SUBMITTED, [b"{}"], partition=1)
    assert (await broker.lags())[0].unread == 1
    await read_all(kafka, group)
    read = (await broker.lags())[0]
    assert (read.unread, read.oldest_at) == (0, None)


async def test_a_group_that_never_read_has_everything_before_it(kafka: KafkaServer) -> None:
    await kafka.send(COVERAGE_CHANGED, [b"{}"], partition=0)
    reader = KafkaBroker(kafka.connection, {COVERAGE_CHANGED: "no person-yet"})
    try:
        [lag] = await reader.lags()
    finally:
        await reader.close()
    assert lag.unread == sum((await kafka.ends(COVERAGE_CHANGED)).values())
    assert lag.oldest_at is not None


async def test_a_broker_that_does_not_answer_is_trouble_in_words() -> None:
    with pytest.raises(OSError, match="Kafka did not answer"):
        await KafkaBroker(KafkaConnection("127.0.0.1:1"), {CLAIMS_SUBMITTED: "unknown"}).lags()


def test_every_incoming_topic_that_carries_events_has_a_group() -> None:
    assert set(groups_of(Settings())) == {topic.name for topic in TOPICS if topic.incoming}
