"""Creates the topics before anything subscribes: Faust only warns about a missing topic and then idles for ever."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from contracts.events.topics import LARGEST_INCOMING, RESERVED_TOPICS, TOPICS, Topic

ALL_TOPICS: Final = (*TOPICS, *RESERVED_TOPICS)
LARGEST_OUTGOING: Final = 4_194_304
"""Bytes of one message. A dead letter holds its original in base64, a third more, and must always fit: one that
does not would hold back everything behind it in the outbox."""


async def create_topics(bootstrap: str, topics: Sequence[Topic] = ALL_TOPICS, replication: int = 1) -> int:
    """Create the missing topics and return how many there were. Existing ones keep partitions and configuration.

    Raises RuntimeError when the broker does not answer or refuses a topic.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        known = set(await admin.list_topics())
        missing = [topic for topic in topics if topic.name not in known]
        if missing:
            wanted = [
                NewTopic(topic.name, topic.partitions, replication, topic_configs=_configuration(topic))
                for topic in missing
            ]
            _check(await admin.create_topics(wanted))
    except KafkaError as error:
        msg = f"no topics created: Kafka at {bootstrap} failed with {type(error).__name__}; check that it runs there"
        raise RuntimeError(msg) from error
    else:
        return len(missing)
    finally:
        await admin.close()


def _configuration(topic: Topic) -> Mapping[str, str]:
    """Incoming records carry the broker's time, since the sender's would decide when we received a claim."""
    if topic.incoming:
        return {"max.message.bytes": str(LARGEST_INCOMING), "message.timestamp.type": "LogAppendTime"}
    kept = {"retention.ms": "-1", "cleanup.policy": "delete"} if topic.forever else {}
    return {"max.message.bytes": str(LARGEST_OUTGOING)} | kept


def _check(answer: object) -> None:
    for topic, code, *_ in answer.topic_errors:  # type: ignore[attr-defined]
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:
            msg = f"Kafka refused to create {topic}: {error.__name__}; check the broker and its permissions"
            raise RuntimeError(msg)
