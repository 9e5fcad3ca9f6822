"""One real Kafka broker for a test module, with the product's topics, and what a test asks of it.

Tests share the topics; each reads with a separate consumer group that begins where the topics end now.
"""

from __future__ import annotations

import asyncio
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions
from aiokafka.record.util import calc_crc32c

from contracts.events.headers import Headers
from deploy.local.stack import LocalStack
from runtime.settings import REPOSITORY, Settings
from streams.kafka.connection import KafkaConnection
from streams.kafka.topic_identity import MissingTopicsError, describe_topics
from streams.kafka.topics import ALL_TOPICS, create_topics

Offsets = Mapping[TopicPartition, int]
MAX_WAIT_SECONDS = 90.0
_CRC = slice(17, 21)  # where a record batch has its checksum, over all that follows it


async def eventually(condition: Callable[[], bool | Awaitable[bool]], what: str) -> None:
    """Wait until it holds; generous, since a slow machine is not a defect."""
    async with asyncio.timeout(MAX_WAIT_SECONDS) as waiting:
        while True:
            found = condition()
            if found if isinstance(found, bool) else await found:
                return
            if waiting.expired():
                raise AssertionError(what)
            await asyncio.sleep(0.05)


class KafkaServer:
    """A running broker."""

    def __init__(self, stack: LocalStack, bootstrap: str) -> None:
        self.stack = stack
        self.bootstrap = bootstrap
        self.connection = KafkaConnection(bootstrap)

    async def send(
        self,
        topic: str,
        values: Sequence[bytes],
        *,
        key: bytes = b"member",
        partition: int | None = None,
        headers: Headers = (),
    ) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, max_request_size=4_000_000)
        await producer.start()
        try:
            for value in values:
                await producer.send(topic, value, key=key, partition=partition, headers=list(headers))
        finally:
            await producer.stop()

    async def send_headed(self, topic: str, values: Sequence[bytes], name: bytes, *, partition: int) -> None:
        """Send records in one batch, each with a header whose name is these bytes; our own client writes UTF-8 only."""
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap)
        await producer.start()
        try:
            batch, placeholder = producer.create_batch(), "X" * len(name)
            for value in values:
                batch.append(key=b"member", value=value, timestamp=None, headers=[(placeholder, b"1")])
            data = batch._build()
            data[:] = data.replace(placeholder.encode(), name)
            data[_CRC] = calc_crc32c(bytes(data[_CRC.stop :])).to_bytes(4, "big")
            await (await producer.send_batch(batch, topic, partition=partition))
        finally:
            await producer.stop()

    async def ends(self, topic: str) -> dict[TopicPartition, int]:
        """The next offset of every partition."""
        async with self._consumer() as consumer:
            return dict(await consumer.end_offsets(_partitions(topic)))

    async def recreate(self, *topics: str) -> None:
        """Delete topics and create them again, empty: their offsets begin at 0."""
        await self.delete(*topics)
        await self.create()

    async def delete(self, *topics: str) -> None:
        async with self._admin() as admin:
            await admin.delete_topics(list(topics))
            await eventually(lambda: self._absent(admin, topics), "the topics were not deleted")

    async def create(self) -> None:
        """Create the topics that are missing."""
        await eventually(self._created, "the topics were not created again")

    async def add_partition(self, *topics: str) -> None:
        """Give topics one partition more than we create."""
        async with self._admin() as admin:
            await admin.create_partitions({topic: NewPartitions(len(_partitions(topic)) + 1) for topic in topics})

    @asynccontextmanager
    async def _admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            yield admin
        finally:
            await admin.close()

    async def _absent(self, admin: AIOKafkaAdminClient, topics: Sequence[str]) -> bool:
        return not set(topics) & set(await admin.list_topics())

    async def _created(self) -> bool:
        try:
            await create_topics(self.connection)
            await describe_topics(self.connection, [topic.name for topic in ALL_TOPICS])
        except (RuntimeError, MissingTopicsError):  # the deletion is under way, or the broker does not know them yet
            return False
        return True

    async def new_group(self, *topics: str) -> str:
        """A consumer group that will see only what is sent from now on."""
        group = f"test-{uuid4()}"
        async with self._consumer(group) as consumer:
            for topic in topics:
                partitions = _partitions(topic)
                consumer.assign(partitions)
                await consumer.commit(await consumer.end_offsets(partitions))
        return group

    async def uncommitted(self, group: str, topic: str) -> int:
        """How many records the group has yet to acknowledge."""
        ends = await self.ends(topic)
        async with self._admin() as admin:
            committed = await admin.list_consumer_group_offsets(group, partitions=list(ends))
        return sum(end - max(0, committed[partition].offset) for partition, end in ends.items())

    async def read(self, topic: str, since: Offsets, count: int) -> list[ConsumerRecord]:
        """Read so many records from given offsets on; fewer is a failure, more are returned too."""
        found: list[ConsumerRecord] = []
        async with self._consumer() as consumer:
            consumer.assign(list(since))
            for partition, offset in since.items():
                consumer.seek(partition, offset)
            async with asyncio.timeout(MAX_WAIT_SECONDS):
                while len(found) < count:
                    fetched = await consumer.getmany(timeout_ms=200)
                    found += [record for records in fetched.values() for record in records]
        return found

    @asynccontextmanager
    async def _consumer(self, group: str | None = None) -> AsyncIterator[AIOKafkaConsumer]:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap, group_id=group, enable_auto_commit=False, fetch_max_bytes=8_000_000
        )
        await consumer.start()
        try:
            yield consumer
        finally:
            await consumer.stop()


def _partitions(topic: str) -> list[TopicPartition]:
    (count,) = (known.partitions for known in ALL_TOPICS if known.name == topic)
    return [TopicPartition(topic, number) for number in range(count)]


@contextmanager
def running_kafka() -> Iterator[KafkaServer]:
    """Start a broker with the product's topics; stop it and delete its data at the end."""
    folder = Path(tempfile.mkdtemp(prefix="claimwright-kafka-"))
    stack = LocalStack(folder, Settings().cache_dir or REPOSITORY / ".local" / "cache")
    try:
        bootstrap = stack.up(_quiet, only={"kafka"}).kafka_bootstrap
        asyncio.run(create_topics(KafkaConnection(bootstrap)))
        yield KafkaServer(stack, bootstrap)
    finally:
        stack.process("kafka").stop(sign=signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)


def _quiet(_name: str, _what: str) -> None:
    """Say nothing: a test session needs no progress report."""
