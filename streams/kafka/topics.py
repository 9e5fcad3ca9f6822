"""Creates the topics before anything subscribes: Faust only warns about a missing topic and then idles forever.

Existing topics are compared with the required ones. Partitions and limits are raised, never lowered; other settings of the
operator stay.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from contracts.events.topics import CLAIMS_SUBMITTED, LARGEST_INCOMING, RESERVED_TOPICS, TOPICS, Topic
from streams.kafka.connection import KafkaConnection

ALL_TOPICS: Final = (*TOPICS, *RESERVED_TOPICS)
LARGEST_OUTGOING: Final = 4_194_304
"""Bytes of one message. A dead letter holds its original in base64, a third more, and must always fit: one that
does not fit would block all later entries of the outbox."""

_SET_ON_TOPIC: Final = 1
"""Source of a configuration that was set on the topic itself (DescribeConfigs)."""
_Answer = TypeVar("_Answer")
_AT_LEAST: Final = ("max.message.bytes", "min.insync.replicas")


@dataclass(frozen=True, slots=True)
class TopicWishes:
    """The settings of topics: copies of each partition, copies that must have a record, and partitions of some topics."""

    replication: int = 1
    min_insync_replicas: int = 1
    partitions: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """The present state of a topic: partitions, copies, every configuration, and those that were set on the topic itself."""

    partitions: int
    replication: int
    configuration: Mapping[str, str]
    own: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one topic. `create`: it is missing; else more `partitions`, or other `configuration`. `says`: the description for people."""

    topic: str
    says: str
    create: bool = False
    partitions: int | None = None
    replication: int = 1
    configuration: Mapping[str, str] | None = None


async def create_topics(
    kafka: KafkaConnection, topics: Sequence[Topic] = ALL_TOPICS, wishes: TopicWishes | None = None
) -> int:
    """Create the missing topics and return how many there were. Existing ones keep partitions and configuration.

    Raises RuntimeError when the broker does not answer or refuses a topic.
    """
    changes = await plan_topics(kafka, wishes or TopicWishes(), topics)
    missing = [change for change in changes if change.create]
    await apply_changes(kafka, missing)
    return len(missing)


async def plan_topics(
    kafka: KafkaConnection, wishes: TopicWishes, topics: Sequence[Topic] = ALL_TOPICS
) -> list[Change]:
    """Compare topics with the required ones; change nothing. Raises RuntimeError when the broker does not answer."""

    async def look(admin: AIOKafkaAdminClient) -> list[Change]:
        found = await _found(admin, {kafka.name(topic.name) for topic in topics})
        return [change for topic in topics for change in _changes(topic, found.get(kafka.name(topic.name)), wishes)]

    return await _with_admin(kafka, look)


async def apply_changes(kafka: KafkaConnection, changes: Iterable[Change]) -> None:
    """Make the changes. Raises RuntimeError when the broker does not answer or refuses one."""
    changes = list(changes)

    async def apply(admin: AIOKafkaAdminClient) -> None:
        created = [_new_topic(kafka, change) for change in changes if change.create]
        if created:
            _check(await admin.create_topics(created))
        for change in changes:
            name = kafka.name(change.topic)
            if change.create:
                continue
            if change.partitions is not None:
                await admin.create_partitions({name: NewPartitions(change.partitions)})
            if change.configuration is not None:
                resource = ConfigResource(ConfigResourceType.TOPIC, name, dict(change.configuration))
                _check_altered(await admin.alter_configs([resource]))

    if changes:
        await _with_admin(kafka, apply)


async def _with_admin(kafka: KafkaConnection, work: Callable[[AIOKafkaAdminClient], Awaitable[_Answer]]) -> _Answer:
    admin = kafka.admin()
    try:
        await admin.start()
        return await work(admin)
    except KafkaError as error:
        msg = (
            f"topics were not looked at or changed: Kafka at {kafka.bootstrap} failed with {type(error).__name__}; "
            "check that it runs there, and our credentials and permissions"
        )
        raise RuntimeError(msg) from error
    finally:
        await admin.close()


async def _found(admin: AIOKafkaAdminClient, names: set[str]) -> dict[str, Found]:
    described = [each for each in await admin.describe_topics() if each["topic"] in names]
    if not described:
        return {}
    asked = [ConfigResource(ConfigResourceType.TOPIC, each["topic"]) for each in described]
    entries: dict[str, list[Any]] = {}
    for answer in await admin.describe_configs(asked):
        for code, _, _, name, configs in (resource[:5] for resource in answer.resources):
            if code:
                raise for_code(code)(f"the configuration of {name} could not be read")
            entries[name] = configs
    return {each["topic"]: _topic(each, entries.get(each["topic"], [])) for each in described}


def _topic(described: Mapping[str, Any], entries: Sequence[Any]) -> Found:
    parts = described["partitions"]
    return Found(
        partitions=len(parts),
        replication=min((len(part["replicas"]) for part in parts), default=0),
        configuration={entry[0]: entry[1] for entry in entries},
        own={entry[0]: entry[1] for entry in entries if entry[3] == _SET_ON_TOPIC},
    )


def _changes(topic: Topic, found: Found | None, wishes: TopicWishes) -> Iterator[Change]:
    partitions = wishes.partitions.get(topic.name, topic.partitions)
    wanted = _configuration(topic, wishes)
    if found is None:
        says = f"create with {partitions} partitions, {wishes.replication} copies, {_listed(wanted)}"
        yield Change(topic.name, says, True, partitions, wishes.replication, wanted)
        return
    if found.partitions < partitions:
        if topic.name == CLAIMS_SUBMITTED and partitions % found.partitions:
            msg = (
                f"{topic.name} has {found.partitions} partitions, and {partitions} is not a multiple of it: members would move between "
                f"partitions that both hold claims, and lose their order. Set {2 * found.partitions}, or another multiple, in "
                "CLAIMWRIGHT_KAFKA_PARTITIONS"
            )
            raise RuntimeError(msg)
        order = "; new records of a key may go to another partition than its older ones" if topic.incoming else ""
        says = f"raise partitions from {found.partitions} to {partitions}{order}"
        yield Change(topic.name, says, partitions=partitions)
    raised = {name: value for name, value in wanted.items() if _is_less(name, found.configuration.get(name), value)}
    if raised:
        # AlterConfigs replaces all settings of the topic, so the existing ones are sent again.
        yield Change(topic.name, f"set {_listed(raised)}", configuration={**found.own, **raised})


def _is_less(name: str, now: str | None, wanted: str) -> bool:
    if name in _AT_LEAST:
        return now is None or int(now) < int(wanted)
    return now != wanted


def _listed(configuration: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in configuration.items())


def _configuration(topic: Topic, wishes: TopicWishes) -> Mapping[str, str]:
    """Return a topic's settings. Incoming records get the broker's time, because it is the time of receipt of a claim."""
    copies = {"min.insync.replicas": str(wishes.min_insync_replicas)} if wishes.min_insync_replicas > 1 else {}
    if topic.incoming:
        return {"max.message.bytes": str(LARGEST_INCOMING), "message.timestamp.type": "LogAppendTime"} | copies
    kept = {"retention.ms": "-1", "cleanup.policy": "delete"} if topic.forever else {}
    return {"max.message.bytes": str(LARGEST_OUTGOING)} | kept | copies


def _new_topic(kafka: KafkaConnection, change: Change) -> NewTopic:
    name = kafka.name(change.topic)
    return NewTopic(name, change.partitions, change.replication, topic_configs=change.configuration)


def _check(answer: Any) -> None:
    for topic, code, *_ in answer.topic_errors:
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:
            msg = f"Kafka refused to create {topic}: {error.__name__}; check the broker and its permissions"
            raise RuntimeError(msg)


def _check_altered(answers: Sequence[Any]) -> None:
    for answer in answers:
        for code, message, _, name in answer.resources:
            if code:
                raise RuntimeError(f"Kafka refused to change {name}: {for_code(code).__name__} {message or ''}".strip())
