"""`topics apply` on a real broker: what it plans, what it raises, and what it leaves alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import uuid4

import pytest
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from contracts.events.topics import AUDIT_HEADS, CLAIMS_SUBMITTED, TOPICS
from streams.kafka.connection import KafkaConnection
from streams.kafka.topics import TopicWishes, apply_changes, create_topics, plan_topics
from tests.builders.servers.kafka import KafkaServer, eventually

pytestmark = pytest.mark.servers
SOME = tuple(topic for topic in TOPICS if topic.name in {CLAIMS_SUBMITTED, AUDIT_HEADS})


@pytest.fixture
async def environment(kafka: KafkaServer) -> AsyncIterator[KafkaConnection]:
    """An environment that shares the broker with the other tests, with its own prefix; its topics go with it."""
    connection = replace(kafka.connection, prefix=f"env-{uuid4().hex[:8]}.")
    yield connection
    admin = connection.admin()
    await admin.start()
    await admin.delete_topics([connection.name(topic.name) for topic in SOME])
    await admin.close()


async def configuration(kafka: KafkaConnection, topic: str) -> dict[str, str]:
    admin = kafka.admin()
    await admin.start()
    try:
        [answer] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, kafka.name(topic))])
        return {entry[0]: entry[1] for entry in answer.resources[0][4]}
    finally:
        await admin.close()


async def partitions(kafka: KafkaConnection, topic: str) -> int:
    consumer = kafka.consumer()
    await consumer.start()
    try:
        return len(await kafka.partitions(consumer, [topic]))
    finally:
        await consumer.stop()


async def test_a_plan_says_what_is_missing_and_changes_nothing(environment: KafkaConnection) -> None:
    wishes = TopicWishes(partitions={CLAIMS_SUBMITTED: 2})
    planned = await plan_topics(environment, wishes, SOME)
    assert [(change.topic, change.create) for change in planned] == [(CLAIMS_SUBMITTED, True), (AUDIT_HEADS, True)]
    assert "create with 2 partitions" in planned[0].says
    assert await plan_topics(environment, wishes, SOME) == planned
    await apply_changes(environment, planned)
    await eventually(lambda: _nothing(environment, wishes), "what was applied is planned again")


async def _nothing(environment: KafkaConnection, wishes: TopicWishes) -> bool:
    return await plan_topics(environment, wishes, SOME) == []


async def test_partitions_and_limits_are_raised_and_never_lowered(environment: KafkaConnection) -> None:
    assert await create_topics(environment, SOME, TopicWishes(partitions={CLAIMS_SUBMITTED: 2})) == 2
    [submitted, _] = SOME
    await eventually(lambda: _nothing(environment, TopicWishes(partitions={CLAIMS_SUBMITTED: 1})), "not created")

    changes = await plan_topics(environment, TopicWishes(partitions={CLAIMS_SUBMITTED: 4}), SOME)
    assert [(change.topic, change.partitions) for change in changes] == [(CLAIMS_SUBMITTED, 4)]
    await apply_changes(environment, changes)

    async def four() -> bool:
        return await partitions(environment, submitted.name) == 4

    await eventually(four, "partitions were not raised")
    assert await plan_topics(environment, TopicWishes(partitions={CLAIMS_SUBMITTED: 3}), SOME) == []
    with pytest.raises(RuntimeError, match=r"has 4 partitions, and 6 is not a multiple of it: .* Set 8, or another"):
        await plan_topics(environment, TopicWishes(partitions={CLAIMS_SUBMITTED: 6}), SOME)


async def test_what_the_operator_set_stays(environment: KafkaConnection) -> None:
    await create_topics(environment, SOME)
    await eventually(lambda: _nothing(environment, TopicWishes()), "not created")
    admin = environment.admin()
    await admin.start()
    chosen = {"retention.ms": "86400000", "max.message.bytes": "2000000", "message.timestamp.type": "CreateTime"}
    name = environment.name(CLAIMS_SUBMITTED)
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, chosen)])
    await admin.close()

    [change] = await plan_topics(environment, TopicWishes(), SOME)
    assert change.says == "set message.timestamp.type=LogAppendTime"
    await apply_changes(environment, [change])
    await eventually(lambda: _nothing(environment, TopicWishes()), "the time of the broker was not set")
    now = await configuration(environment, CLAIMS_SUBMITTED)
    assert (now["retention.ms"], now["max.message.bytes"]) == ("86400000", "2000000")


async def test_a_broker_that_does_not_answer_is_said_in_words() -> None:
    with pytest.raises(RuntimeError, match=r"Kafka at 127\.0\.0\.1:1 failed with"):
        await plan_topics(KafkaConnection("127.0.0.1:1"), TopicWishes())
