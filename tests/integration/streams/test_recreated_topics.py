"""A topic that was deleted and created again while its reader was away is read from its first record."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from aiokafka import TopicPartition
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.events.topics import APPEALS_FILED
from contracts.records.recovery import Witness
from storage.recovery.witnesses import TopicWitnesses
from streams.kafka.recreated import rewind_recreated
from tests.builders.servers.kafka import KafkaServer

pytestmark = pytest.mark.servers
FIRST = TopicPartition(APPEALS_FILED, 0)


class Reader:
    """A group that has read everything and then went away."""

    def __init__(self, kafka: KafkaServer, group: str, engine: AsyncEngine) -> None:
        self.kafka, self.group, self.witnesses = kafka, group, TopicWitnesses(engine)

    async def starts(self) -> list[TopicPartition]:
        return await rewind_recreated(self.kafka.connection, self.group, (APPEALS_FILED,), self.witnesses)

    async def unread(self) -> int:
        return await self.kafka.uncommitted(self.group, APPEALS_FILED)

    async def send(self, *values: bytes) -> None:
        await self.kafka.send(APPEALS_FILED, values, partition=0)


@pytest.fixture
async def reader(kafka: KafkaServer, engine: AsyncEngine) -> Reader:
    await kafka.recreate(APPEALS_FILED)
    await kafka.send(APPEALS_FILED, [b"one", b"two"], partition=0)
    reader = Reader(kafka, await kafka.new_group(APPEALS_FILED), engine)
    assert await reader.starts() == []
    return reader


async def test_a_topic_that_is_the_same_is_read_on(reader: Reader) -> None:
    await reader.send(b"three")
    assert await reader.starts() == []
    assert await reader.unread() == 1


@pytest.mark.parametrize("records", [0, 1, 2, 5])
async def test_a_recreated_topic_is_read_from_its_first_record_however_long_it_is(reader: Reader, records: int) -> None:
    """With five records the committed offset, 2, lies in the middle of the new topic, and Kafka itself sees nothing wrong."""
    await reader.kafka.recreate(APPEALS_FILED)
    await reader.send(*(b"new %d" % n for n in range(records)))
    assert FIRST in await reader.starts()
    assert await reader.unread() == records
    assert await reader.starts() == []


async def test_witnesses_are_kept_per_partition(reader: Reader) -> None:
    kept: Sequence[Witness] = await reader.witnesses.read()
    assert [(each.topic, each.partition, each.offset) for each in kept] == [(APPEALS_FILED, 0, 0)]
