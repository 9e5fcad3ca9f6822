"""A topic that was deleted and created again while its reader was away is read from its first record."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.events.topics import APPEALS_FILED
from contracts.records.recovery import Witness
from storage.recovery.witnesses import TopicWitnesses
from streams.kafka.recreated import rewind_recreated
from tests.builders.ledger.ledgers import Stores
from tests.builders.servers.kafka import KafkaServer, eventually

pytestmark = pytest.mark.servers


class Reader:
    """A group that has read everything and then went away."""

    def __init__(self, kafka: KafkaServer, group: str, engine: AsyncEngine) -> None:
        self.kafka, self.group, self.witnesses = kafka, group, TopicWitnesses(engine)

    async def starts(self) -> None:
        await rewind_recreated(self.kafka.connection, self.group, (APPEALS_FILED,), self.witnesses)

    async def unread(self) -> int:
        return await self.kafka.uncommitted(self.group, APPEALS_FILED)

    async def send(self, *values: bytes) -> None:
        await self.kafka.send(APPEALS_FILED, values, partition=0)


@pytest.fixture
async def reader(kafka: KafkaServer, engine: AsyncEngine) -> Reader:
    await kafka.recreate(APPEALS_FILED)
    await kafka.send(APPEALS_FILED, [b"one", b"two"], partition=0)
    reader = Reader(kafka, await kafka.new_group(APPEALS_FILED), engine)
    await reader.starts()
    return reader


async def test_a_topic_that_is_the_same_is_read_on(reader: Reader) -> None:
    await reader.send(b"three")
    await reader.starts()
    assert await reader.unread() == 1


@pytest.mark.parametrize("known_by", ["topic_identities", "topic_witnesses"])
@pytest.mark.parametrize("records", [0, 1, 2, 5])
async def test_a_recreated_topic_is_read_from_its_first_record_however_long_it_is(
    reader: Reader, stores: Stores, records: int, known_by: str
) -> None:
    """With five records the committed offset, 2, lies in the middle of the new topic, and Kafka itself sees nothing wrong.

    Ids and witnesses each suffice: a broker may have no ids, and a partition that was empty has no witness.
    """
    [other] = {"topic_identities", "topic_witnesses"} - {known_by}
    await stores.execute(f"DELETE FROM {other}")
    await reader.kafka.recreate(APPEALS_FILED)
    await reader.send(*(b"new %d" % n for n in range(records)))
    await reader.starts()
    assert await reader.unread() == records
    await reader.starts()
    assert await reader.unread() == records


async def test_offsets_are_set_once_no_process_of_the_group_reads_the_deleted_topic_any_more(reader: Reader) -> None:
    async with AIOKafkaConsumer(
        APPEALS_FILED, bootstrap_servers=reader.kafka.bootstrap, group_id=reader.group, enable_auto_commit=False
    ) as still_reading:
        await eventually(lambda: len(still_reading.assignment()) == 3, "no partitions were assigned")
        await reader.kafka.recreate(APPEALS_FILED)
        await reader.send(b"new")
        with pytest.raises(KafkaError):
            await reader.starts()
    await reader.starts()
    assert await reader.unread() == 1


async def test_witnesses_are_kept_per_partition(reader: Reader) -> None:
    kept: Sequence[Witness] = await reader.witnesses.read()
    assert [(each.topic, each.partition, each.offset) for each in kept] == [(APPEALS_FILED, 0, 0)]
