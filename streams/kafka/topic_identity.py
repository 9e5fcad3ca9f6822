"""The identity of a topic in Kafka: its id, which changes when the topic is deleted and created again, and its partitions.

The client library reads no ids, so the request is written out here: Metadata, version 10 (Kafka 2.8, KIP-516).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from aiokafka.errors import UnknownTopicOrPartitionError, for_code
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.metadata import MetadataRequest_v5
from aiokafka.protocol.types import (
    AbstractType,
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

from streams.kafka.connection import KafkaConnection


@dataclass(frozen=True, slots=True)
class TopicIdentity:
    """`topic_id`: empty if the broker is too old to have ids."""

    topic_id: str
    partitions: int


class MissingTopicsError(Exception):
    """Topics that a process reads do not exist; its text, which is for people, names them."""

    def __init__(self, topics: Collection[str]) -> None:
        """Take the missing topics."""
        self.topics = ", ".join(sorted(topics))
        super().__init__(
            f"waiting for topics that do not exist: {self.topics}; create them, such as with `claimwright up`"
        )


class _Id(AbstractType[UUID]):  # type: ignore[misc]
    @classmethod
    def encode(cls, value: UUID) -> bytes:
        return value.bytes

    @classmethod
    def decode(cls, data: Any) -> UUID:
        return UUID(bytes=data.read(16))


_TEXT: Final = CompactString("utf-8")
_NUMBERS: Final = CompactArray(Int32)
_BROKER: Final = (("node_id", Int32), ("host", _TEXT), ("port", Int32), ("rack", _TEXT), ("tags", TaggedFields))
_PARTITION: Final = (
    ("error_code", Int16), ("partition", Int32), ("leader", Int32), ("leader_epoch", Int32), ("replicas", _NUMBERS),
    ("isr", _NUMBERS), ("offline", _NUMBERS), ("tags", TaggedFields),
)  # fmt: skip
_TOPIC: Final = (
    ("error_code", Int16), ("topic", _TEXT), ("topic_id", _Id), ("is_internal", Boolean),
    ("partitions", CompactArray(*_PARTITION)), ("operations", Int32), ("tags", TaggedFields),
)  # fmt: skip


class _Answer(Response):  # type: ignore[misc]
    API_KEY, API_VERSION = 3, 10
    SCHEMA = Schema(
        ("throttle_time_ms", Int32), ("brokers", CompactArray(*_BROKER)), ("cluster_id", _TEXT), ("controller_id", Int32),
        ("topics", CompactArray(*_TOPIC)), ("operations", Int32), ("tags", TaggedFields),
    )  # fmt: skip


class _Question(RequestStruct):  # type: ignore[misc]
    FLEXIBLE_VERSION = True
    API_KEY, API_VERSION, RESPONSE_TYPE = 3, 10, _Answer
    SCHEMA = Schema(
        ("topics", CompactArray(("topic_id", _Id), ("topic", _TEXT), ("tags", TaggedFields))),
        ("allow_auto_topic_creation", Boolean), ("cluster_operations", Boolean), ("topic_operations", Boolean),
        ("tags", TaggedFields),
    )  # fmt: skip


class _Metadata(Request[MetadataRequest_v5 | _Question]):  # type: ignore[misc]
    """A metadata request that includes topic ids if the broker has them."""

    API_KEY = 3

    def __init__(self, topics: Collection[str]) -> None:
        self._topics = sorted(topics)

    def build(self, request_struct_class: Any) -> Any:
        if request_struct_class is MetadataRequest_v5:
            return MetadataRequest_v5(self._topics, False)
        asked: list[Any] = [(UUID(int=0), topic, {}) for topic in self._topics]
        return _Question(asked, False, False, False, {})


async def describe_topics(kafka: KafkaConnection, topics: Collection[str]) -> Mapping[str, TopicIdentity]:
    """Ask the broker for the identity of each topic. Raises MissingTopicsError, or KafkaError when it does not answer."""
    client = kafka.probe()
    try:
        await client.bootstrap()
        answer = await client.send(client.get_random_node(), _Metadata([kafka.name(topic) for topic in topics]))
    finally:
        await client.close()
    found = {kafka.topic(name): identity for name, identity in _read(answer)}
    if missing := set(topics) - set(found):
        raise MissingTopicsError(missing)
    return found


def _read(answer: Any) -> Iterator[tuple[str, TopicIdentity]]:
    for error_code, name, *rest in answer.topics:
        error = for_code(error_code)
        if error is UnknownTopicOrPartitionError:
            continue
        if error_code:
            raise error(name)
        topic_id, partitions = (str(rest[0]), rest[2]) if answer.API_VERSION >= _Answer.API_VERSION else ("", rest[1])
        yield name, TopicIdentity(topic_id, len(partitions))
